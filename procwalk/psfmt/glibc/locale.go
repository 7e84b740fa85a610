package glibc

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/bounded"
)

// UTF8Locale reports whether the environment asks for a UTF-8 locale that the C library would accept: ps falls back
// to ASCII if it would not. dir is where the locales are, /usr/lib/locale as a rule; where it does not exist (musl),
// any is accepted.
//
// Source: setlocale(3), locale(7). C.UTF-8 needs no file with glibc 2.35 and later.
func UTF8Locale(getenv func(string) string, dir string) bool {
	all := getenv("LC_ALL")
	lang := getenv("LANG")
	ctype := ""
	for _, category := range []string{"LC_CTYPE", "LC_COLLATE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"} {
		name := all
		if name == "" {
			name = getenv(category)
		}
		if name == "" {
			name = lang
		}
		// One category that is not there makes setlocale refuse all of them.
		if !localeExists(name, dir) {
			return false
		}
		if category == "LC_CTYPE" {
			ctype = name
		}
	}
	_, codeset := splitLocale(ctype)
	return codeset == "utf8"
}

// splitLocale cuts a name such as de_DE.UTF-8@euro into the language with its modifier, and the codeset, in lower case
// and without punctuation.
func splitLocale(name string) (language, codeset string) {
	name, modifier, _ := strings.Cut(name, "@")
	language, codeset, _ = strings.Cut(name, ".")
	codeset = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(codeset))
	if modifier != "" {
		language += "@" + modifier
	}
	return language, codeset
}

func localeExists(name, dir string) bool {
	switch name {
	case "", "C", "POSIX":
		return true
	}
	if strings.ContainsRune(name, '/') {
		return false
	}
	language, codeset := splitLocale(name)
	if language == "C" && codeset == "utf8" {
		return true
	}
	if _, err := os.Stat(dir); err != nil {
		return true
	}
	base, modifier, _ := strings.Cut(language, "@")
	want := base
	if codeset != "" {
		want += "." + codeset
	}
	if modifier != "" {
		want += "@" + modifier
	}
	for _, candidate := range []string{name, want} {
		if _, err := os.Stat(filepath.Join(dir, candidate)); err == nil {
			return true
		}
	}
	f, err := os.Open(filepath.Join(dir, "locale-archive"))
	if err != nil {
		return false
	}
	defer f.Close()
	// the whole archive can be 200 MB; its names are at the beginning
	archive, err := bounded.ReadAll(f, 1<<20)
	if err != nil && !errors.Is(err, bounded.ErrTooLong) {
		return false
	}
	// Names stand in the archive between NULs, ahead of the data.
	return strings.Contains(string(archive), "\x00"+want+"\x00")
}
