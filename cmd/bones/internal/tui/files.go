package tui

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"time"

	"bones/cmd/bones/internal/copying"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/rootfs/filetree"
	"bones/ui"
	"bones/ui/files"
)

// viewPatience is how long view 5 waits for a file system that does not answer.
const viewPatience = 3 * time.Second

// fileClients are the workers of view 5: one for the root and one for the folder of the process that is looked at, and
// for each another one that copies, so that a long copy keeps nobody from looking.
type fileClients struct {
	procRoot string
	mu       sync.Mutex
	id       procwalk.ID
	clients  map[clientFor]*rootfs.Client
	old      []*rootfs.Client // of processes that were looked at before: an effect may still be about them
}

type clientFor struct {
	where  rootfs.Where
	copies bool
}

// of returns the worker for a process. Looking at another one leaves those before alone until there are many.
func (f *fileClients) of(id procwalk.ID, what clientFor) *rootfs.Client {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.id != id {
		for _, c := range f.clients {
			f.old = append(f.old, c)
		}
		f.id, f.clients = id, map[clientFor]*rootfs.Client{}
		for len(f.old) > 8 {
			old := f.old[0]
			crash.Go(func() { old.Close() })
			f.old = f.old[1:]
		}
	}
	c := f.clients[what]
	if c == nil {
		c = rootfs.NewClient(f.procRoot, id, what.where, viewPatience)
		f.clients[what] = c
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
	crash.Go(func() {
		defer close(done)
		var all sync.WaitGroup
		for _, c := range f.old {
			all.Go(crash.Guarded(func() { c.Close() }))
		}
		all.Wait()
	})
	select {
	case <-done:
	case <-time.After(500 * time.Millisecond):
	}
}

// fileBackend fills in what the terminal UI needs for files. What is returned is to be called at the end.
func (p *program) fileBackend(b *ui.Backend) (stop func()) {
	clients := &fileClients{procRoot: p.Targets.Proc, clients: map[clientFor]*rootfs.Client{}}
	b.Files.List = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int) ([]rootfs.Info,
		bool, error) {
		var list []rootfs.Info
		err := clients.of(id, clientFor{where: where}).List(ctx, path, limit+1,
			func(some []rootfs.Info) { list = append(list, some...) })
		more := len(list) > limit
		if more {
			list = list[:limit]
		}
		return list, more, err
	}
	b.Files.Read = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int64) ([]byte,
		error) {
		var content bytes.Buffer
		err := clients.of(id, clientFor{where: where}).Read(ctx, path, 0, limit, &content)
		return content.Bytes(), err
	}
	b.Files.Mount = func(ctx context.Context, id procwalk.ID, i rootfs.Info) (rootfs.FileMount, error) {
		return clients.of(id, clientFor{where: rootfs.RootDir}).Mount(ctx, i)
	}
	b.Files.Change = func(ctx context.Context, whose files.Owner, op rootfs.Op) (effect.Effect, error) {
		e, err := rootfs.NewChange(ctx, clients.of(whose.ID, clientFor{where: rootfs.RootDir}), op, whose.Name, nil)
		if err != nil {
			return nil, rootfs.HowToChange(err, "the command `bones files "+op.Kind+"` with --kernel-files makes the change")
		}
		return e, nil
	}
	b.Files.Get = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path, local string,
		progress func(files.CopyProgress)) (string, error) {
		client := clients.of(id, clientFor{where, true})
		report, _, err := client.Get(ctx, rootfs.Transfer{Path: path, Local: local}, toTUI(progress))
		return noteOf(&report), err
	}
	b.Files.Put = func(ctx context.Context, whose files.Owner, local, path string,
		progress func(files.CopyProgress)) (effect.Effect, error) {
		in := &copying.In{Client: clients.of(whose.ID, clientFor{rootfs.RootDir, true}), Name: whose.Name,
			At: toTUI(progress)}
		e, err := in.Plan(ctx, local, path)
		if err != nil {
			return nil, rootfs.HowToChange(err, "the command `bones files put` with --kernel-files makes the change")
		}
		return e, nil
	}
	b.Files.KeepText = copying.KeepText
	return clients.close
}

// toTUI tells the terminal UI how far a copy is.
func toTUI(progress func(files.CopyProgress)) func(rootfs.Progress) {
	path, done := "", 0
	return func(p rootfs.Progress) {
		if path != p.Path && path != "" {
			done++
		}
		path = p.Path
		progress(files.CopyProgress{Path: p.Path, Done: p.Done, Total: p.Total, Files: done})
	}
}

// noteOf says what a copy left out or did otherwise; empty if nothing.
func noteOf(r *filetree.Report) string {
	notes := r.Notes
	if err := r.Err(); err != nil {
		notes = append([]string{err.Error()}, notes...)
	}
	return strings.Join(notes, "; ")
}
