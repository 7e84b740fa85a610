package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui"
)

// viewPatience is how long view 5 waits for a file system that does not answer.
const viewPatience = 3 * time.Second

// fileClients are the workers of view 5: one for the root and one for the folder of the process that is looked at.
type fileClients struct {
	procRoot string
	mu       sync.Mutex
	id       procwalk.ID
	clients  map[rootfs.Where]*rootfs.Client
	old      []*rootfs.Client // of processes that were looked at before: an effect may still be about them
}

// of returns the worker for a process. Looking at another one leaves those before alone until there are many.
func (f *fileClients) of(id procwalk.ID, where rootfs.Where) *rootfs.Client {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.id != id {
		for _, c := range f.clients {
			f.old = append(f.old, c)
		}
		f.id, f.clients = id, map[rootfs.Where]*rootfs.Client{}
		for len(f.old) > 4 {
			go f.old[0].Close()
			f.old = f.old[1:]
		}
	}
	c := f.clients[where]
	if c == nil {
		c = rootfs.NewClient(f.procRoot, id, where, viewPatience)
		f.clients[where] = c
	}
	return c
}

// close ends the workers. One that hangs is not waited for.
func (f *fileClients) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.clients {
		f.old = append(f.old, c)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		for _, c := range f.old {
			all.Go(func() { c.Close() })
		}
		all.Wait()
	}()
	select {
	case <-done:
	case <-time.After(500 * time.Millisecond):
	}
}

// fileBackend fills in what the terminal UI needs for files. What is returned is to be called at the end.
func (a *app) fileBackend(b *ui.Backend) (stop func()) {
	clients := &fileClients{procRoot: a.procRoot, clients: map[rootfs.Where]*rootfs.Client{}}
	source, _ := b.Source.(*namedSource)
	nameOf := func(id procwalk.ID) text.Text {
		if source != nil {
			if l := source.latest.Load(); l != nil {
				if p := l.snap.FindID(id); p != nil {
					if label := l.index.Label(p); label.Len() > 0 {
						return text.New("container " + label.Raw())
					}
					return text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw()))
				}
			}
		}
		return text.New(fmt.Sprintf("PID %d", id.PID))
	}
	b.FileList = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int) ([]rootfs.Info, bool, error) {
		var list []rootfs.Info
		err := clients.of(id, where).List(ctx, path, limit+1, func(some []rootfs.Info) { list = append(list, some...) })
		more := len(list) > limit
		if more {
			list = list[:limit]
		}
		return list, more, err
	}
	b.FileRead = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int64) ([]byte, error) {
		var content bytes.Buffer
		err := clients.of(id, where).Read(ctx, path, 0, limit, &content)
		return content.Bytes(), err
	}
	b.FileMount = func(ctx context.Context, id procwalk.ID, i rootfs.Info) (rootfs.Mount, error) {
		return clients.of(id, rootfs.RootDir).Mount(ctx, i)
	}
	b.FileChange = func(ctx context.Context, id procwalk.ID, op rootfs.Op) (effect.Effect, error) {
		e, err := rootfs.NewChange(ctx, clients.of(id, rootfs.RootDir), op, nameOf(id), nil)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	b.FileGet = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path, local string) error {
		client := clients.of(id, where)
		i, err := client.Stat(ctx, path, true)
		if err != nil {
			return err
		}
		return a.getFile(ctx, &filesTarget{client: client, id: id}, path, i, func() (*os.File, error) {
			return os.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(i.Mode&0o777))
		})
	}
	b.FilePut = func(ctx context.Context, id procwalk.ID, local, path string) (effect.Effect, error) {
		f, err := os.Open(local)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		info, err := f.Stat()
		switch {
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s: %w; bones files put copies directories", text.Line(local), rootfs.ErrSpecial)
		case info.Size() > maxEdit:
			return nil, fmt.Errorf("%s: %w for here; bones files put copies it with progress", text.Line(local), rootfs.ErrTooLarge)
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(f); err != nil {
			return nil, err
		}
		e, err := rootfs.NewChange(ctx, clients.of(id, rootfs.RootDir), rootfs.Op{Kind: "put", Path: path, Content: content.Bytes()}, nameOf(id), nil)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	return clients.close
}
