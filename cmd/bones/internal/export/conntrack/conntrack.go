// Package conntrack stands in for github.com/mwitkow/go-conntrack, by a line in go.mod. The exporter toolkit reads its
// configuration with a package that could also make HTTP clients, and those count their connections with conntrack:
// bones makes none, but linking it brings golang.org/x/net/trace with its templates, which are 3 MB of the program.
package conntrack

import (
	"context"
	"net"
)

// DialerOpt is an option of a dialer.
type DialerOpt func(*dialer)

type dialer struct {
	dial func(context.Context, string, string) (net.Conn, error)
}

// DialWithTracing has no effect: it would link x/net/trace.
func DialWithTracing() DialerOpt { return func(*dialer) {} }

// DialWithName has no effect: nobody asks for the metrics of connections by name.
func DialWithName(string) DialerOpt { return func(*dialer) {} }

// DialWithDialContextFunc has connections made by a function.
func DialWithDialContextFunc(dial func(context.Context, string, string) (net.Conn, error)) DialerOpt {
	return func(d *dialer) { d.dial = dial }
}

// NewDialContextFunc returns a function that makes connections.
func NewDialContextFunc(options ...DialerOpt) func(context.Context, string, string) (net.Conn, error) {
	d := &dialer{dial: (&net.Dialer{}).DialContext}
	for _, o := range options {
		o(d)
	}
	return d.dial
}
