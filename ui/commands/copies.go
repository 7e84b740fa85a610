package commands

import (
	"path"
	"strings"

	"bones/ui/kit"
	"bones/ui/rows"
)

// Copy is what the words get, put and cp ask for.
type Copy struct {
	Target string // whose file it is; empty: that of what is selected
	Path   string // in there
	Local  string // of ours
	In     bool   // it goes into the container
}

// copyWords are the words that copy files, as `bones files` and `docker cp` do.
func copyWords(p Program, off func(string) string) []kit.Word {
	word := func(words, args, help string, changes bool) kit.Word {
		name, _, _ := strings.Cut(words, " ")
		return kit.Word{Words: words, Args: args, Help: help, Changes: changes, Off: off(name), Offers: firstOnly(p.Targets),
			Do: func(rest string) {
				words, ok := split(p, rest)
				if !ok {
					return
				}
				if c, problem := Copies(name, words); problem != "" {
					p.Notice(rows.Warn, problem)
				} else {
					p.Copy(c)
				}
			}}
	}
	return []kit.Word{
		word("get", "TARGET PATH [LOCAL]", "copy a file or directory out of a container, to a place of ours", false),
		word("put", "TARGET LOCAL PATH", "copy a file or directory of ours into a container; alone: the last one back",
			true),
		word("cp", "TARGET:PATH LOCAL", "copy as `docker cp` does: out, or in where the second one is TARGET:PATH", true),
	}
}

// firstOnly offers for the first word alone: what follows is a path.
func firstOnly(offers func(string) []kit.Item) func(string) []kit.Item {
	return func(rest string) []kit.Item {
		if before, _ := kit.LastWord(rest); before != "" {
			return nil
		}
		return offers(rest)
	}
}

// Copies reads the words behind get, put or cp. problem says what is wrong with them.
func Copies(name string, words []string) (c Copy, problem string) {
	c.In = name == "put"
	if name == "cp" && len(words) == 2 {
		c.In = !strings.Contains(words[0], ":/")
	}
	switch {
	case name == "cp" && (len(words) != 2 || strings.Contains(words[0], ":/") == strings.Contains(words[1], ":/")):
		return c, "which file, and where to? :cp NAME:/PATH FILE copies out, :cp FILE NAME:/PATH copies in"
	case c.In && len(words) == 0:
		return c, "" // the last one back
	case c.In:
		at := len(words) - 1
		c.Target, c.Path = inside(words[at])
		if at--; at >= 0 {
			c.Local = words[at]
		}
		if at--; at >= 0 && c.Target == "" {
			c.Target, at = words[at], at-1
		}
		if at >= 0 || c.Local == "" || c.Path == "" {
			return c, "which file, and where to? :put NAME FILE /PATH"
		}
	default:
		if len(words) > 0 {
			if c.Target, c.Path = inside(words[0]); c.Path == "" {
				c.Target = words[0]
				if words = words[1:]; len(words) > 0 {
					_, c.Path = inside(words[0])
				}
			}
		}
		if c.Path == "" || len(words) > 2 {
			return c, "which file? :get NAME /PATH [FILE]"
		}
		if c.Local = path.Base(c.Path); len(words) == 2 {
			c.Local = words[1]
		}
	}
	return c, ""
}

// inside splits TARGET:/PATH, or /PATH. A word that is neither has no path.
func inside(word string) (target, path string) {
	if strings.HasPrefix(word, "/") {
		return "", word
	}
	if target, rest, ok := strings.Cut(word, ":/"); ok {
		return target, "/" + rest
	}
	return "", ""
}
