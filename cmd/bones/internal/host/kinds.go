package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"bones/cgroupview/edit"
	"bones/cgroupview/inventory/surroundings"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/signals"
	"bones/procwalk/text"
	"bones/procwalk/tuning"
)

// EffectKind is what the host must know of one kind of effect to take such a change back after a restart, from the
// journal.
type EffectKind struct {
	// Lasting says that such a change stays: undo without a number takes nothing back that is older than one. What only
	// runs a program is none.
	Lasting bool
	// UndoneBy reports with an error that the inverse that stands in the journal cannot be that of the change: bones
	// only writes inverses that are about the same object. nil: such a change is not taken back. kind is that of the
	// inverse.
	UndoneBy func(change json.RawMessage, kind string, inverse json.RawMessage) error
	// Restore makes an effect of this kind again from what its Record wrote. Whom it is about it says as things are now.
	Restore func(ctx context.Context, record json.RawMessage) (effect.Effect, error)
	// Present says, a line each, what is there now of what a change was about that never came to an end. May be nil.
	Present func(ctx context.Context, record json.RawMessage) []string
	// Unscripted says why a script cannot make such a change again with its command by hand; empty: it can. nil: it
	// always can.
	Unscripted func(byHand string) string
	// Ends says that the process that such a change is about may have ended of it.
	Ends bool
}

// Kinds are all kinds of effects by their name.
type Kinds map[string]EffectKind

// Sources is where the kinds take the facts of this host from.
type Sources struct {
	Proc       string // the proc file system
	Cgroups    func() (*cgroupview.FileSystem, error)
	Containers func(context.Context) (*procwalk.Snapshot, *inventory.Inventory, error)
	// KernelFiles reports whether files are changed that are the kernel itself, see rootfs.Op; nil: they are not.
	KernelFiles func() bool
	Patience    time.Duration // how long the file system of a container may go without an answer
}

// NewKinds registers every kind of effect that bones has.
func NewKinds(s Sources) Kinds {
	kinds := Kinds{
		"enter":       {},
		"unshare":     {},
		"demo.start":  {Unscripted: demoUnscripted},
		"demo.stop":   {},
		"remote.copy": {},
		"cgroup.kill": {Lasting: true},
		"signal":      s.signal(), "process.tune": s.tune(),
		"cgroup.edit": s.edit(), "cgroup.freeze": s.freeze(),
	}
	for _, kind := range []string{"file.touch", "file.mkdir", "file.put", "file.rm", "file.mv", "file.copy",
		"file.unpack", "file.restore"} {
		kinds[kind] = s.file(kind)
	}
	return kinds
}

func demoUnscripted(string) string {
	return "it would not come back from that; bones demo starts one in the background"
}

// fileUnscripted is about commands that read what they write from their standard input.
func fileUnscripted(byHand string) string {
	if strings.HasPrefix(byHand, "cat > ") || strings.HasPrefix(byHand, "tar -x") {
		return "what was written is not in the journal"
	}
	return ""
}

// errKind is why an inverse of another kind is not carried out.
var errKind = errors.New("it is of another kind")

// only is an UndoneBy for kinds whose inverse is of the same kind.
func only(kind string, fits func(change, inverse json.RawMessage) error) func(json.RawMessage, string,
	json.RawMessage) error {
	return func(change json.RawMessage, of string, inverse json.RawMessage) error {
		if of != kind {
			return errKind
		}
		return fits(change, inverse)
	}
}

func (s Sources) signal() EffectKind {
	return EffectKind{
		Lasting:  true,
		Ends:     true,
		UndoneBy: only("signal", signals.UndoneBy),
		Restore: func(ctx context.Context, record json.RawMessage) (effect.Effect, error) {
			snap, _, err := s.Containers(ctx)
			if err != nil {
				return nil, err
			}
			return noNil(signals.Restore(s.Proc, snap, record))
		},
		Present: func(_ context.Context, record json.RawMessage) []string {
			return signals.Present(s.Proc, record)
		},
	}
}

func (s Sources) tune() EffectKind {
	return EffectKind{
		Lasting:  true,
		UndoneBy: only("process.tune", tuning.UndoneBy),
		Restore: func(ctx context.Context, record json.RawMessage) (effect.Effect, error) {
			snap, x, err := s.Containers(ctx)
			if err != nil {
				return nil, err
			}
			return noNil(tuning.Restore(s.Proc, record, func(id procwalk.ID) bool {
				p := snap.FindID(id)
				return p != nil && Service(x, p)
			}))
		},
		Present: func(_ context.Context, record json.RawMessage) []string {
			return tuning.Present(s.Proc, record)
		},
	}
}

// Service reports whether a process is a service of the host: in no container, started by PID 1, and of root or a
// system user. Their IDs are below 1000.
//
// Source: systemd, docs/UIDS-GIDS.md.
func Service(x *inventory.Inventory, p *procwalk.Process) bool {
	if p.PPID != 1 || p.Status == nil || p.Status.UID >= 1000 {
		return false
	}
	if x == nil {
		return true
	}
	_, in := x.Of(p)
	return !in
}

// surroundings finds the control groups, and returns what tells of each of them what surrounds it.
func (s Sources) surroundings(ctx context.Context) (*cgroupview.FileSystem,
	func(*cgroupview.Group) cgroupview.Surroundings, error) {
	h, err := s.Cgroups()
	if err != nil {
		return nil, nil, err
	}
	snap, x, err := s.Containers(ctx)
	if err != nil {
		return nil, nil, err
	}
	return h, func(g *cgroupview.Group) cgroupview.Surroundings {
		name, chain := x.NameGroup(h, snap, g)
		return surroundings.Of(h, snap, chain, name)
	}, nil
}

func (s Sources) edit() EffectKind {
	return EffectKind{
		Lasting:  true,
		UndoneBy: only("cgroup.edit", edit.UndoneBy),
		Restore: func(ctx context.Context, record json.RawMessage) (effect.Effect, error) {
			h, surroundings, err := s.surroundings(ctx)
			if err != nil {
				return nil, err
			}
			return noNil(edit.Restore(h, record, surroundings))
		},
		Present: func(_ context.Context, record json.RawMessage) []string {
			h, err := s.Cgroups()
			if err != nil {
				return nil
			}
			return edit.Present(h, record)
		},
	}
}

func (s Sources) freeze() EffectKind {
	return EffectKind{
		Lasting:  true,
		UndoneBy: only("cgroup.freeze", cgroupview.FreezeUndoneBy),
		Restore: func(ctx context.Context, record json.RawMessage) (effect.Effect, error) {
			h, surroundings, err := s.surroundings(ctx)
			if err != nil {
				return nil, err
			}
			return noNil(h.RestoreFreeze(record, surroundings))
		},
		Present: func(_ context.Context, record json.RawMessage) []string {
			h, err := s.Cgroups()
			if err != nil {
				return nil
			}
			return h.PresentFreeze(record)
		},
	}
}

// presentPatience is how long a file system may go without an answer where bones only wants to say what is there.
const presentPatience = 3 * time.Second

func (s Sources) file(kind string) EffectKind {
	open := func(patience time.Duration, name func(procwalk.ID) text.Text) func(procwalk.ID) (*rootfs.Client, text.Text) {
		return func(id procwalk.ID) (*rootfs.Client, text.Text) {
			return rootfs.NewClient(s.Proc, id, rootfs.RootDir, patience), name(id)
		}
	}
	return EffectKind{
		Lasting:    true,
		Unscripted: fileUnscripted,
		UndoneBy: func(change json.RawMessage, of string, inverse json.RawMessage) error {
			if rootfs.KindOfRecord(change) != kind || rootfs.KindOfRecord(inverse) != of {
				return errKind
			}
			return rootfs.ChangeUndoneBy(change, inverse)
		},
		Restore: func(ctx context.Context, record json.RawMessage) (effect.Effect, error) {
			snap, x, err := s.Containers(ctx)
			if err != nil {
				return nil, err
			}
			return noNil(rootfs.RestoreChange(ctx, record, s.KernelFiles != nil && s.KernelFiles(),
				open(s.Patience, func(id procwalk.ID) text.Text {
					if p := snap.FindID(id); p != nil {
						return x.NameProcess(p)
					}
					return text.New(fmt.Sprintf("PID %d", id.PID))
				})))
		},
		Present: func(ctx context.Context, record json.RawMessage) []string {
			return rootfs.PresentChange(ctx, record, open(presentPatience, func(procwalk.ID) text.Text { return text.Text{} }))
		},
	}
}

// noNil keeps a nil pointer from becoming an effect.
func noNil[E effect.Effect](e E, err error) (effect.Effect, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}
