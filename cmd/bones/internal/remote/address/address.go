// Package address reads what a user calls another host: as ssh takes it, as a URL, or by the name of a docker context
// that is reached through ssh.
package address

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Destination is another host.
type Destination struct {
	Name string   // as the user wrote it; safe to print
	Args []string // what ssh is told of it: options, "--", and the destination last
}

// Parse reads what the user calls a host: [USER@]HOST as ssh has it, which may be an alias of ssh's configuration;
// ssh://[USER@]HOST[:PORT]; context:NAME, a docker context that is reached through ssh; or docker:, what docker itself
// would speak to. A NAME alone that is a docker context of that kind is that context, and `docker` what docker would
// speak to if that goes through ssh: ssh://NAME is the host in any case.
func Parse(word string, d *Docker) (Destination, error) {
	h := Destination{Name: text.Line(word)}
	var err error
	switch name, isContext := strings.CutPrefix(word, "context:"); {
	case strings.HasPrefix(word, "ssh://"):
		h.Args, err = fromURL(word, false)
	case isContext:
		h.Args, err = d.context(name)
	case word == "docker:":
		h.Args, err = d.current()
	default:
		if h.Args = d.named(word); h.Args == nil {
			h.Args, err = destination("", word, "")
		}
	}
	if err != nil {
		return Destination{}, fmt.Errorf("--host %s: %w", text.Sanitise(word), err)
	}
	return h, nil
}

// form is what a name of a user or host may be made of. Nothing that a shell would act upon is in it: ssh
// hands names to the shell of a ProxyCommand. Nothing begins with a hyphen, which ssh could take for an option.
//
// Source: OpenSSH, ssh.c, valid_hostname and valid_ruser.
var (
	hostForm = text.Pattern(`^[A-Za-z0-9_.:\[][A-Za-z0-9_.:%\[\]-]{0,254}$`)
	userForm = text.Pattern(`^[A-Za-z0-9_.+][A-Za-z0-9_.+@-]{0,127}(\\[A-Za-z0-9_.+-]{1,127})?$`)
)

// destination is what ssh is told of a user, a host and a port. Empty: not said. The host may have the user in it.
func destination(user, host, port string) ([]string, error) {
	if i := strings.LastIndexByte(host, '@'); i >= 0 && user == "" {
		if user, host = host[:i], host[i+1:]; user == "" {
			return nil, fmt.Errorf("the user before the @ is missing")
		}
	}
	switch {
	case host == "":
		return nil, fmt.Errorf("it names no host: write user@host, or the name that ssh has for it")
	case strings.HasPrefix(host, "-") || strings.HasPrefix(user, "-"):
		return nil, fmt.Errorf("it begins with a hyphen, which ssh would take for an option")
	case !hostForm().MatchString(host):
		return nil, fmt.Errorf("%s is not a valid name of a host", text.Sanitise(host))
	case user != "" && !userForm().MatchString(user):
		return nil, fmt.Errorf("%s is not a valid name of a user", text.Sanitise(user))
	}
	var args []string
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%s is not a port: ports go from 1 to 65535", text.Sanitise(port))
		}
		args = append(args, "-p", strconv.FormatUint(n, 10))
	}
	if user != "" {
		args = append(args, "-l", user)
	}
	return append(args, "--", host), nil
}

// fromURL reads ssh://[USER@]HOST[:PORT]. path: docker may have the path of its socket behind it, which means nothing
// to ssh.
func fromURL(url string, path bool) ([]string, error) {
	rest := strings.TrimPrefix(url, "ssh://")
	rest, behind, _ := strings.Cut(rest, "/")
	if behind != "" && !path {
		return nil, fmt.Errorf("a path has no meaning in it: write ssh://user@host:port")
	}
	user, host, port := "", rest, ""
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if user, host = rest[:i], rest[i+1:]; user == "" {
			return nil, fmt.Errorf("the user before the @ is missing")
		}
		if strings.Contains(user, ":") {
			return nil, fmt.Errorf("bones takes no password: ssh has its own ways, such as keys and its agent")
		}
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	return destination(user, host, port)
}
