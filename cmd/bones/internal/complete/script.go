package complete

import (
	"bytes"
	"fmt"
	"strings"

	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// Script returns what a shell reads at its start, to complete the words of root's command lines from then on.
func Script(root *cobra.Command, shell string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(&b, true)
		b.WriteString(bashWithoutPackage)
	case "zsh":
		err = root.GenZshCompletion(&b)
	case "fish":
		err = root.GenFishCompletion(&b, true)
	default:
		err = &ShellError{shell}
	}
	return b.Bytes(), err
}

// ShellError is the error of a shell that there is no script for.
type ShellError struct{ Shell string }

// Error names the shell, and those that there are scripts for.
func (e *ShellError) Error() string {
	return fmt.Sprintf("%s: there is completion for bash, zsh and fish", text.Sanitise(e.Shell))
}

// bashWithoutPackage puts the words of the line together again where the package bash-completion is not there to do
// it: bash takes them apart at "=" and ":" too.
var bashWithoutPackage = strings.TrimLeft(`
# Without the package bash-completion.
__bones_init_completion() {
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local line=$COMP_LINE i word at=-1 gap
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        line=${line#"$word"}
        if [[ -z $gap && $at -ge 0 && ( $word == [=:]* || ${words[at]} == *[=:] ) ]]; then
            words[at]+=$word
        else
            words[++at]=$word
        fi
    done
    cword=$at
    cur=${words[at]}
    prev=
    ((at > 0)) && prev=${words[at - 1]}
    return 0
}
`, "\n")
