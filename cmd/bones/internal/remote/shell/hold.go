package shell

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/text"
)

// Held is a copy of this program on another host. It lasts as long as the connection that keeps it: the host itself
// removes it when that ends.
type Held struct {
	Path string // of the program there

	ssh    *SSH
	dir    string
	marker string
	in     io.WriteCloser
	lines  *bufio.Reader
	c      *exec.Cmd
	left   int // bytes that are still read of what the host says
	begun  chan error
	finish chan struct{} // closed: nothing is read any more
	ended  chan error
}

// dirForm is what the host may call the directory: the name that mktemp was told to make, below a path that means
// nothing to a shell.
var dirForm = text.Pattern(`^(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,16}/bones-[A-Za-z0-9]{10}$`)

// machines are what uname -m says where programs for an architecture run.
var machines = map[string][]string{"amd64": {"x86_64", "amd64"}, "arm64": {"aarch64", "arm64"}}

// Fits reports with an error that this program does not run on a host of that kind.
func Fits(system, machine string) error {
	fits := system == "Linux"
	found := false
	for _, m := range machines[runtime.GOARCH] {
		found = found || m == machine
	}
	if !fits || !found {
		return fmt.Errorf("it is %s on %s, and this bones is for Linux on %s: install bones there that is made for it",
			system, machine, runtime.GOARCH)
	}
	return nil
}

// Hold copies this program to the host, checks that it has arrived as it is, and keeps it until Remove.
func (s *SSH) Hold(ctx context.Context, errs io.Writer) (held *Held, err error) {
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer program.Close()
	info, err := program.Stat()
	if err != nil {
		return nil, err
	}
	h := &Held{ssh: s, marker: newMarker(), left: maxBefore, begun: make(chan error), finish: make(chan struct{}),
		ended: make(chan error, 1)}
	// What ends the command must not end the connection before the host has removed the copy.
	if err := h.begin(context.WithoutCancel(ctx), s, info.Size(), errs); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, crash.Guarded(func() {
		h.in.Close()
		time.AfterFunc(endWithin, crash.Guarded(func() { h.c.Process.Kill() }))
	}))
	defer stop()
	defer func() {
		if err != nil {
			err = cmp.Or(ctx.Err(), errors.Join(err, h.Remove()))
		}
	}()
	if err := h.findHost(); err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(h.in, sum), program); err != nil {
		return nil, fmt.Errorf("the copy: %w", err)
	}
	arrived, err := h.answer("sum")
	if err != nil {
		return nil, err
	}
	if arrived != hex.EncodeToString(sum.Sum(nil)) {
		return nil, errors.New("the SHA-256 sum of the copy is not that of what bones sent: is the disk full there, and " +
			"is there sha256sum?")
	}
	h.Path = h.dir + "/bones"
	return h, nil
}

// begin starts ssh. It lives in a goroutine of its own, whose thread lasts as long as ssh does.
func (h *Held) begin(ctx context.Context, s *SSH, size int64, errs io.Writer) error {
	h.c = s.command(ctx, s.line(false, holdScript, h.marker, fmt.Sprint(size)))
	h.c.Stderr = errs
	in, err := h.c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := h.c.StdoutPipe()
	if err != nil {
		return err
	}
	h.in, h.lines = in, bufio.NewReaderSize(out, 4096)
	crash.Go(func() {
		runtime.LockOSThread() // and it ends with the goroutine
		err := h.c.Start()
		h.begun <- err
		if err == nil {
			<-h.finish
			h.ended <- h.c.Wait()
		}
	})
	if err := <-h.begun; err != nil {
		_, err = ended(h.c, err)
		return err
	}
	return nil
}

// findHost reads what host it is and where the copy is to be.
func (h *Held) findHost() error {
	host, err := h.answer("host")
	if err != nil {
		return err
	}
	words := strings.Fields(host)
	if len(words) != 2 || !wordForm().MatchString(words[0]) || !wordForm().MatchString(words[1]) {
		return fmt.Errorf("the host says that it is %s, which uname never answers", shortened(host))
	}
	if err := Fits(words[0], words[1]); err != nil {
		return err
	}
	if h.dir, err = h.answer("directory"); err != nil {
		return err
	}
	if !dirForm().MatchString(h.dir) {
		dir := h.dir
		h.dir = ""
		return fmt.Errorf("the host names the directory %s, which is not one that bones asked for", shortened(dir))
	}
	return nil
}

// answer reads up to the line with the marker and a word, and returns the rest of that line.
func (h *Held) answer(word string) (string, error) {
	for {
		line, err := h.line()
		if err != nil {
			if err == io.EOF {
				err = errors.New("ssh ended before the copy was there")
			}
			return "", err
		}
		rest, found := bytes.CutPrefix(line, []byte(h.marker+" "))
		switch first, more, _ := strings.Cut(string(rest), " "); {
		case found && first == word:
			return more, nil
		case found && first == "nowhere":
			return "", errors.New("there is no directory there where a program could be put and run: bones tried TMPDIR, " +
				"/tmp, /var/tmp and the home")
		}
	}
}

// line reads a line, within bounds.
func (h *Held) line() ([]byte, error) {
	line, err := h.lines.ReadSlice('\n')
	if h.left -= len(line); h.left < 0 || err == bufio.ErrBufferFull {
		return nil, fmt.Errorf("the host prints other things than bones asked for, without an end: %s",
			shortened(string(line)))
	}
	if err != nil {
		return nil, err
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	if i := bytes.Index(line, []byte(h.marker)); i > 0 {
		line = line[i:] // behind a prompt, or what else did not end its line
	}
	return line, nil
}

// Remove has the host remove the copy, and reports with an error that it did not say so.
func (h *Held) Remove() error {
	h.in.Close()
	watch := time.AfterFunc(2*endWithin, crash.Guarded(func() { h.c.Process.Kill() }))
	defer watch.Stop()
	removed := false
	for {
		line, err := h.line()
		if err != nil {
			if err != io.EOF {
				h.c.Process.Kill() // it prints what nobody asked for
			}
			break
		}
		removed = removed || string(line) == h.marker+" removed"
	}
	close(h.finish)
	<-h.ended
	if h.dir != "" && !removed && !h.removeAgain() {
		return fmt.Errorf("the host did not say that it removed the copy in %s; it does that when it sees the end of the "+
			"connection", text.Line(h.dir))
	}
	return nil
}

// removeAgain removes the copy through a connection of its own: what has ended the first one, such as ^C, has ended it
// before the host could say anything.
func (h *Held) removeAgain() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*endWithin)
	defer cancel()
	second := *h.ssh
	second.Batch = true // whoever was asked for a password has gone
	out := &marked{to: io.Discard, marker: newMarker(), begun: make(chan struct{})}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := second.command(ctx, second.line(false, removeScript, out.marker, h.dir))
	c.Stdout = out
	return c.Run() == nil && out.said == "removed"
}
