package main

import (
	"bytes"
	"io"
	"strings"

	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what makes a shell complete commands, flags, targets, files and values: bash, zsh or fish",
		Long: `Print a script for bash, zsh or fish, to be read by the shell when it starts. Then Tab completes commands and flags, and what is
there at the moment: containers, processes, control groups and their files, the files of a container, and values.

Names that hold blanks, or characters that a shell would obey, are not offered. What cannot be found out within a second,
or without privilege, is not offered either.`,
		Example: "  bones completion bash > /etc/bash_completion.d/bones\n  bones completion zsh > /usr/local/share/zsh/site-functions/_bones\n" +
			"  bones completion fish > ~/.config/fish/completions/bones.fish",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			var b bytes.Buffer
			var err error
			switch args[0] {
			case "bash":
				err = root.GenBashCompletionV2(&b, true)
				b.WriteString(bashWithoutPackage)
			case "zsh":
				err = root.GenZshCompletion(&b)
			case "fish":
				err = root.GenFishCompletion(&b, true)
			default:
				return usage("%s: there is completion for bash, zsh and fish", text.Sanitise(args[0]))
			}
			if err != nil {
				return failed(err)
			}
			_, err = io.Copy(c.OutOrStdout(), &b)
			return failed(err)
		},
	}
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
