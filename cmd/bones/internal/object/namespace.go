package object

import (
	"fmt"
	"slices"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Namespace is a namespace as `bones ns --json` prints it. What is not known is null, and Errors tells why under the
// name of the field; pid to command are null without an error where no process is in it.
type Namespace struct {
	NS         *uint64           `json:"ns"`
	Type       string            `json:"type"`
	NProcs     int               `json:"nprocs"`
	PID        *int              `json:"pid"`
	PPID       *int              `json:"ppid"`
	UID        *uint32           `json:"uid"` // effective, of the process
	User       *text.Text        `json:"user"`
	Command    *text.Text        `json:"command"`
	Parent     *uint64           `json:"parent"`    // pid and user only
	Owner      *uint64           `json:"owner"`     // the user namespace that owns it
	OwnerUID   *uint32           `json:"owner_uid"` // user only: who made it
	HeldBy     []string          `json:"held_by"`   // process thread fd bind socket child
	Holders    []NamespaceHolder `json:"holders,omitempty"`
	Containers []text.Text       `json:"containers"`
	Isolation  string            `json:"isolation,omitempty"` // with a TARGET: own host neighbour unknown
	Members    []NamespaceMember `json:"members,omitempty"`   // with an INODE
	Details    *NamespaceDetails `json:"details,omitempty"`   // with an INODE
	Errors     map[string]string `json:"errors"`
}

// NamespaceHolder says what holds a namespace, and where.
type NamespaceHolder struct {
	Kind  string     `json:"kind"`
	PID   int        `json:"pid,omitempty"`
	TID   int        `json:"tid,omitempty"`
	FD    *int       `json:"fd,omitempty"`
	Path  *text.Text `json:"path,omitempty"`
	MntNS uint64     `json:"mnt_ns,omitempty"`
	Child uint64     `json:"child,omitempty"`
	Where text.Text  `json:"where"`
}

// NamespaceMember is a process that is in a namespace.
type NamespaceMember struct {
	PID    int   `json:"pid"`
	NSPIDs []int `json:"ns_pids"`

	PIDInside *int      `json:"pid_inside"` // the last of ns_pids
	PPID      int       `json:"ppid"`
	UID       *uint32   `json:"uid"`
	User      text.Text `json:"user"`
	Command   text.Text `json:"command"`
}

// NamespaceDifference is what `bones ns --diff --json` prints for each type.
type NamespaceDifference struct {
	Type   string            `json:"type"`
	A      *uint64           `json:"a"`
	B      *uint64           `json:"b"`
	Same   *bool             `json:"same"`
	Errors map[string]string `json:"errors"`
}

// Namespaces makes objects of the namespaces of one view. Names say what users and containers are called.
type Namespaces struct {
	View  *nsview.View
	Names *rows.NSNames
}

func (r *Namespaces) one(n *nsview.Namespace) Namespace {
	inode := n.Inode
	o := Namespace{
		NS: &inode, Type: n.Type.String(), NProcs: len(n.Members),
		HeldBy: []string{}, Containers: r.containers(n), Errors: map[string]string{},
	}
	if leader := n.Leader(); leader >= 0 {
		p := &r.View.Snapshot.Processes[leader]
		who := r.Names.Who(leader)
		o.PID, o.PPID, o.Command = &p.PID, &p.PPID, &who.Command
		if who.UIDErr == nil {
			user := r.user(who.UID)
			o.UID, o.User = &who.UID, &user
		} else {
			o.Errors["uid"] = fault.Line(who.UIDErr)
			o.Errors["user"] = o.Errors["uid"]
		}
		if who.Err != nil {
			o.Errors["command"] = fault.Line(who.Err)
		}
	}
	r.relations(&o, n)
	for _, k := range r.View.HeldBy(n) {
		o.HeldBy = append(o.HeldBy, k.String())
	}
	for _, row := range n.ForChildren {
		h := nsview.Holder{Kind: nsview.ByProcess, ID: r.View.Snapshot.Processes[row].ID()}
		o.Holders = append(o.Holders, newHolder(h))
	}
	for _, h := range n.Holders {
		o.Holders = append(o.Holders, newHolder(h))
	}
	if n.MoreHolders {
		o.Errors["holders"] = fmt.Sprintf("there are more than these %d", len(n.Holders))
	}
	return o
}

// List returns the namespaces for which shown is true; none is an empty list.
func (r *Namespaces) List(shown func(*nsview.Namespace) bool) []Namespace {
	all := []Namespace{}
	for i := range r.View.Namespaces {
		if n := &r.View.Namespaces[i]; shown(n) {
			all = append(all, r.one(n))
		}
	}
	return all
}

func (r *Namespaces) user(uid uint32) text.Text {
	if name := r.Names.User(uid); name.Len() > 0 {
		return name
	}
	return text.New(strconv.FormatUint(uint64(uid), 10))
}

func (r *Namespaces) relations(o *Namespace, n *nsview.Namespace) {
	rel := n.Relations
	reason := func(field string, err error) bool {
		if err == nil && !rel.Known {
			err = procwalk.ErrUnsupported
		}
		if rel.Err != nil {
			err = rel.Err
		}
		if err != nil {
			o.Errors[field] = fault.Line(err)
		}
		return err == nil
	}
	if nsview.HasParent(n.Type) && reason("parent", rel.ParentErr) {
		o.Parent = &rel.Parent.Inode
	}
	if reason("owner", rel.OwnerErr) {
		o.Owner = &rel.Owner.Inode
	}
	if n.Type == procwalk.User && reason("owner_uid", rel.UIDErr) {
		o.OwnerUID = &rel.UID
	}
}

func newHolder(h nsview.Holder) NamespaceHolder {
	o := NamespaceHolder{Kind: h.Kind.String(), PID: h.ID.PID, TID: h.TID, MntNS: h.MntNS, Child: h.Child.Inode,
		Where: text.New(h.Where())}
	if h.Kind == nsview.ByFD || h.Kind == nsview.BySocket {
		o.FD = &h.FD
	}
	if h.Path.Len() > 0 {
		o.Path = &h.Path
	}
	return o
}

// containers names the containers that have a process in it.
func (r *Namespaces) containers(n *nsview.Namespace) []text.Text {
	all := []text.Text{}
	if r.Names.Container == nil {
		return all
	}
	for _, row := range n.Members {
		if c := r.Names.Container(&r.View.Snapshot.Processes[row]); c.Len() > 0 && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// Detailed adds what `bones ns INODE` tells.
func (r *Namespaces) Detailed(n *nsview.Namespace, d nsview.Details) Namespace {
	o := r.one(n)
	o.Members = []NamespaceMember{}
	for _, row := range n.Members {
		p := &r.View.Snapshot.Processes[row]
		who := r.Names.Who(row)
		m := NamespaceMember{PID: p.PID, PPID: p.PPID, Command: who.Command}
		if who.UIDErr == nil {
			m.UID, m.User = &who.UID, r.user(who.UID)
		}
		if p.Status != nil {
			m.NSPIDs = p.Status.NSpid
			if n := len(m.NSPIDs); n > 0 {
				m.PIDInside = &m.NSPIDs[n-1]
			}
		}
		o.Members = append(o.Members, m)
	}
	if d.Err != nil {
		o.Errors["details"] = fault.Line(d.Err)
	} else {
		o.Details = newNamespaceDetails(&d)
	}
	return o
}

// Isolated is one of the eight namespaces of a target.
func (r *Namespaces) Isolated(is nsview.Isolation) Namespace {
	if is.Share == nsview.Unknown {
		why := "not read"
		if is.Err != nil {
			why = fault.Line(is.Err)
		}
		return Namespace{
			Type: is.Type.String(), HeldBy: []string{}, Containers: []text.Text{},
			Isolation: is.Share.String(), Errors: map[string]string{"ns": why},
		}
	}
	o := r.one(r.View.Find(nsview.Key{Type: is.Type, Inode: is.Inode}))
	o.Isolation = is.Share.String()
	return o
}

// NewNamespaceDifference tells whether two processes are in the same namespace of one type.
func NewNamespaceDifference(d nsview.Difference) NamespaceDifference {
	o := NamespaceDifference{Type: d.Type.String(), Errors: map[string]string{}}
	for _, side := range []struct {
		name  string
		inode uint64
		err   error
		to    **uint64
	}{{"a", d.A, d.AErr, &o.A}, {"b", d.B, d.BErr, &o.B}} {
		switch {
		case side.inode != 0:
			*side.to = &side.inode
		case side.err != nil:
			o.Errors[side.name] = fault.Line(side.err)
		}
	}
	if same, known := d.Same(); known {
		o.Same = &same
	}
	return o
}
