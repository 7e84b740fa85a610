package export

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/ours"
	"bones/procwalk/crash"
	"bones/procwalk/text"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sys/unix"
)

// maxConnections are kept at a time; see crowd.
const maxConnections = 256

// landing is what somebody sees who opens the address in a browser. The exporter toolkit makes such a page too, of a
// template; this one needs none.
const landing = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>bones</title></head>
<body><h1>bones</h1><p>Containers, processes and namespaces of this host, for Prometheus:
<a href="%[1]s">%[1]s</a></p></body></html>
`

// listeners opens the addresses, or takes those that systemd opened.
func (f *flags) listeners() ([]net.Listener, error) {
	if f.socket {
		list, err := activation.Listeners()
		if err == nil && len(list) == 0 {
			err = errors.New("systemd has passed no socket; start bones by a .socket unit, or name --listen")
		}
		return list, err
	}
	var list []net.Listener
	for _, address := range f.listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, open := range list {
				open.Close()
			}
			return nil, fmt.Errorf("--listen %s: %w", text.Line(address), err)
		}
		list = append(list, l)
	}
	return list, nil
}

// serve answers scrapers until ctx ends.
func (f *flags) serve(ctx context.Context, p command.Program, s *shared) error {
	err := checkSettings(f.web)
	if err == nil {
		err = web.Validate(f.web)
	}
	if err != nil {
		return command.Usage("--web.config.file %s: %w", text.Line(f.web), err)
	}
	list, err := f.listeners()
	if err != nil {
		return command.Failed(err)
	}
	pages := http.NewServeMux()
	pages.Handle(f.path, s)
	if f.path != "/" {
		pages.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprintf(w, landing, f.path)
		})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(list))
	visitors := newCrowd(maxConnections)
	logger := slog.New(&complaints{p})
	for _, l := range list {
		server := newServer(pages, visitors, logger) // one for each: the toolkit puts its own handler around it
		crash.Go(func() {
			err := web.Serve(l, server, &web.FlagConfig{WebListenAddresses: &f.listen, WebSystemdSocket: &f.socket,
				WebConfigFile: &f.web}, logger)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			cancel() // the others need not go on alone
			ended <- err
		})
		context.AfterFunc(ctx, crash.Guarded(func() { server.Close() }))
		fmt.Fprintf(p.Err(), "bones answers Prometheus at %s%s\n", l.Addr(), f.path)
	}
	for range list {
		err = errors.Join(err, <-ended)
	}
	return command.Failed(err)
}

func newServer(h http.Handler, visitors *crowd, logger *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog:  slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // of connections that break: no news
		ConnState: visitors.changed}
}

// checkSettings refuses a file of TLS and passwords that somebody else may write: he would choose who may read the
// page,
// and which files of root's are opened as keys. What is no plain file is not opened at all.
func checkSettings(path string) error {
	if path == "" {
		return nil
	}
	f, err := ours.OpenPlain(unix.AT_FDCWD, path, path)
	if err != nil {
		return err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return err
	}
	if st.Uid != 0 && st.Uid != uint32(os.Geteuid()) || st.Mode&0o002 != 0 {
		return fmt.Errorf("it is %w: it belongs to UID %d, with mode %#o", ours.ErrForeign, st.Uid, st.Mode&0o7777)
	}
	return nil
}

// complaints is a slog.Handler that passes on what went wrong, a line each.
type complaints struct{ program command.Program }

// Enabled implements slog.Handler.
func (c *complaints) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

// Handle implements slog.Handler.
func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	err := errors.New(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		err = fmt.Errorf("%w: %s", err, a.Value)
		return true
	})
	c.program.Complain(err)
	return nil
}

// WithAttrs implements slog.Handler.
func (c *complaints) WithAttrs([]slog.Attr) slog.Handler { return c }

// WithGroup implements slog.Handler.
func (c *complaints) WithGroup(string) slog.Handler { return c }
