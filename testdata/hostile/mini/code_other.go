//go:build !amd64

package mini

func code() []byte { return nil }
