package export

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/ours"
	"bones/procwalk/text"

	"github.com/prometheus/common/expfmt"
)

// files are those for node_exporter.
var files = ours.Purpose{What: "--textfile", Help: "name the directory by a path without it"}

// suffix is how node_exporter's textfile collector wants files to be called.
const suffix = ".prom"

// write makes the page once, or again and again, and puts it where node_exporter reads it.
func (f *flags) write(ctx context.Context, p command.Program, e *exporter, every time.Duration) error {
	if f.file != "-" && !strings.HasSuffix(f.file, suffix) {
		return command.Usage("--textfile %s: node_exporter reads files that end in %s only", text.Line(f.file), suffix)
	}
	for {
		if err := f.writeOnce(ctx, p.Out(), e); err != nil || every == 0 {
			return command.Failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

func (f *flags) writeOnce(ctx context.Context, out io.Writer, e *exporter) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	families, err := e.collect(ctx)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&page, family); err != nil {
			return err
		}
	}
	if f.file == "-" {
		_, err = out.Write(page.Bytes())
		return err
	}
	return replace(f.file, page.Bytes())
}

// replace puts a file in the place of another in one step, so that nobody reads half of it. The directory may
// belong to another user, as node_exporter's does on Debian: a link in place of the file is replaced, and none that
// another user may have put on the way is followed, which could lead to a directory of root's.
func replace(name string, content []byte) error {
	dir, err := files.Reach(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	part := "." + filepath.Base(name) + "." + rand.Text()
	f, err := dir.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	var path *os.PathError
	if errors.As(err, &path) { // its path is that of the part, below dir
		return &os.PathError{Op: "create", Path: name, Err: path.Err}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644) // node_exporter runs as another user; before that it could be read half written
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = dir.Rename(part, filepath.Base(name))
	}
	if err != nil {
		dir.Remove(part)
	}
	if errors.As(err, &path) { // its path is that of a descriptor
		return &os.PathError{Op: path.Op, Path: name, Err: path.Err}
	}
	return err
}
