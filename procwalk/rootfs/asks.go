package rootfs

import (
	"context"
	"io"
	"os"

	"bones/procwalk/rootfs/filetree"
)

// What a Client has its worker do, one function for each verb of the wire.

// Stat is Root.Stat.
func (c *Client) Stat(ctx context.Context, path string, follow bool) (Info, error) {
	a, err := c.call(ctx, request{Verb: askStat, Path: path, Follow: follow}, nil, nil, nil)
	if err != nil || len(a.Infos) == 0 {
		return Info{}, err
	}
	return a.Infos[0], nil
}

// lookFirst is Root.lookFirst, and says why the change could not be undone, as far as that is known before.
func (c *Client) lookFirst(ctx context.Context, op Op) (i Info, noUndo string, err error) {
	op.Content, op.Made = nil, nil // it may be long, and says nothing about where it goes
	a, err := c.call(ctx, request{Verb: askLook, Op: op}, nil, nil, nil)
	if err != nil || len(a.Infos) == 0 {
		return Info{}, "", err
	}
	return a.Infos[0], a.NoUndo, nil
}

// Mount is Root.MountOf.
func (c *Client) Mount(ctx context.Context, i Info) (FileMount, error) {
	a, err := c.call(ctx, request{Verb: askMount, Info: i}, nil, nil, nil)
	return a.Mount, err
}

// List gives the entries of a directory to yield, some at a time; limit below 1 means all of them.
func (c *Client) List(ctx context.Context, path string, limit int, yield func([]Info)) error {
	return c.list(ctx, path, limit, func(packed []byte) error {
		var some []Info
		for len(packed) > 0 {
			i, rest, err := parseInfo(packed)
			if err != nil {
				return err
			}
			some, packed = append(some, i), rest
		}
		yield(some)
		return nil
	})
}

// Listing is List for a directory of which all is wanted at once: it takes a fifth of the memory.
func (c *Client) Listing(ctx context.Context, path string, limit int) (*Listing, error) {
	var l Listing
	err := c.list(ctx, path, limit, l.add)
	return &l, err
}

func (c *Client) list(ctx context.Context, path string, limit int, each func(packed []byte) error) error {
	_, err := c.call(ctx, request{Verb: askList, Path: path, Limit: int64(limit)}, nil, nil, func(a *response) error {
		if len(a.Packed) == 0 && !a.Done {
			return nil
		}
		return each(a.Packed)
	})
	return err
}

// Read writes the content of a regular file to w: limit bytes from offset; below 1 all of it.
func (c *Client) Read(ctx context.Context, path string, offset, limit int64, w io.Writer) error {
	_, err := c.call(ctx, request{Verb: askRead, Path: path, Offset: offset, Limit: limit}, nil, nil,
		func(a *response) error {
			if len(a.Data) == 0 {
				return nil
			}
			_, err := w.Write(a.Data)
			return err
		})
	return err
}

// Do carries an Op out. content is what a put writes where the Op has none of its own; size its length, -1 if that is
// not known.
func (c *Client) Do(
	ctx context.Context,
	op Op,
	content io.Reader,
	size int64,
	progress func(int64),
) (OpResult, error) {
	return c.do(ctx, op, content, size, progressOf(progress))
}

func (c *Client) do(ctx context.Context, op Op, content io.Reader, size int64, each func(*response) error) (OpResult,
	error) {
	q := request{Verb: askDo, Op: op, Stream: content != nil, Size: size}
	var file *os.File
	if f, ok := content.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			q.Stream, file, content = false, f, nil // it is read there, without a detour through us
		}
	}
	a, err := c.call(ctx, q, file, content, each)
	return a.Result, err
}

// progressOf tells progress the bytes done so far.
func progressOf(progress func(int64)) func(*response) error {
	return func(a *response) error {
		if progress != nil && a.Progress > 0 {
			progress(a.Progress)
		}
		return nil
	}
}

// toldAt is told for copies of several files.
func toldAt(progress func(Progress)) func(*response) error {
	return func(a *response) error {
		if progress != nil && a.At != "" {
			progress(Progress{a.At, a.Progress, a.Total})
		}
		return nil
	}
}

// Get is Root.Get: it copies a file or a tree to a place of ours, without a detour through us.
func (c *Client) Get(ctx context.Context, t Transfer, progress func(Progress)) (filetree.Report, string, error) {
	return c.get(ctx, t, nil, progress)
}

// Pack is Root.Pack: it writes a file or a tree as tar into a file of ours.
func (c *Client) Pack(
	ctx context.Context,
	t Transfer,
	to *os.File,
	progress func(Progress),
) (filetree.Report, error) {
	report, _, err := c.get(ctx, t, to, progress)
	return report, err
}

func (c *Client) get(ctx context.Context, t Transfer, to *os.File, progress func(Progress)) (filetree.Report, string,
	error) {
	a, err := c.call(ctx, request{Verb: askGet, Get: t}, to, nil, toldAt(progress))
	if a.Report == nil {
		return filetree.Report{}, a.Final, err
	}
	return *a.Report, a.Final, err
}

// FindDestination is Root.FindDestination.
func (c *Client) FindDestination(ctx context.Context, local, path string, follow bool) (Placed, error) {
	a, err := c.call(ctx, request{Verb: askPlace, Op: Op{Local: local, Path: path, Follow: follow}}, nil, nil, nil)
	return a.Placed, err
}
