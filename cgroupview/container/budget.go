package container

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bones/procwalk/text"
)

// What one user's directories may cost in one pass, all together: whoever may write there can make as many records,
// and as large ones, as there is room for, and root would read them all. A host where one user runs hundreds of
// containers stays below it. Beyond it nothing more of that user's is read in that pass, and Store.LeftOut says so.
const (
	maxUserBytes   = 16 << 20
	maxUserEntries = 4096
	maxUserTime    = time.Second
	maxUserErrors  = 8 // how many records that cannot be used are named
)

// What is kept of one container, and of all in one pass. Images and labels are chosen by whoever builds the image, and
// annotations by whoever starts the container.
const (
	maxName        = 4 << 10 // bytes of a name or of the reference of an image
	maxLabels      = 1024    // labels of one container
	maxLabelBytes  = 256 << 10
	maxLabelsTotal = 32 << 20 // bytes of the labels of all containers
)

// errOverBudget says that a record was not read because of what was read before. It is said once, by LeftOut.
var errOverBudget = errors.New("more than is read of one user's records")

// budget is what was spent on one user's directories in this pass.
type budget struct {
	bytes   int64
	time    time.Duration
	seen    map[string]bool // paths that were counted
	over    string          // which bound was reached; empty if none
	skipped int             // how many reads were not made since
}

// budgets are those of all users.
type budgets struct {
	mu     sync.Mutex
	users  map[uint32]*budget
	labels int64 // bytes of labels in this pass
	cut    int   // containers of which labels were left out for the sum
}

// begin starts a pass.
func (b *budgets) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.users)
	b.labels, b.cut = 0, 0
}

func (b *budgets) of(uid uint32) *budget {
	if b.users == nil {
		b.users = map[uint32]*budget{}
	}
	u := b.users[uid]
	if u == nil {
		u = &budget{seen: map[string]bool{}}
		b.users[uid] = u
	}
	return u
}

// spend counts a path of a place, and its size, before it is read. It fails once the user's budget is spent.
func (b *budgets) spend(p directory, path string, size int64) error {
	if p.user == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.of(*p.user)
	if u.over == "" && !u.seen[path] {
		switch {
		case u.bytes+size > maxUserBytes:
			u.over = fmt.Sprintf("more than %d MiB", maxUserBytes>>20)
		case len(u.seen) >= maxUserEntries:
			u.over = fmt.Sprintf("more than %d files and directories", maxUserEntries)
		case u.time > maxUserTime:
			u.over = fmt.Sprintf("reading them takes longer than %v", maxUserTime)
		default:
			u.seen[path] = true
			u.bytes += size
		}
	}
	if u.over != "" && !u.seen[path] {
		u.skipped++
		return errOverBudget
	}
	return nil
}

// spent fails for a path that is not read because the user's budget is spent: it is not even looked at.
func (b *budgets) spent(p directory, path string) error {
	if p.user == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.of(*p.user)
	if u.over == "" || u.seen[path] {
		return nil
	}
	u.skipped++
	return errOverBudget
}

// took counts the time that a read of a place took.
func (b *budgets) took(p directory, d time.Duration) {
	if p.user == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(*p.user).time += d
}

// labelsFit reports whether labels of so many bytes may be kept beside those of other containers.
func (b *budgets) labelsFit(bytes int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.labels += int64(bytes); b.labels > maxLabelsTotal {
		b.cut++
		return false
	}
	return true
}

// LeftOut says, for each user of whom not all was read since the last Records, who that is and why, and whether labels
// were left out because those of all containers are too many; and which directories of users are not looked at at all.
func (s *Store) LeftOut() []error {
	b := &s.files.budgets
	b.mu.Lock()
	defer b.mu.Unlock()
	var uids []uint32
	for uid, u := range b.users {
		if u.over != "" {
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	list := slices.Clone(s.elsewhere)
	for _, uid := range uids {
		u := b.users[uid]
		list = append(list, fmt.Errorf("the engines' records of UID %d are too many: %s; %d were read, at least %d more "+
			"are left out, and containers of this user may be missing",
			uid, u.over, len(u.seen), u.skipped))
	}
	if b.cut > 0 {
		list = append(list, fmt.Errorf("the labels of all containers are longer than %d MiB; those of %d containers are "+
			"left out", maxLabelsTotal>>20, b.cut))
	}
	return list
}

// fewErrors keeps the first errors of a user's records that cannot be used, and says how many more there are.
func fewErrors(p directory, errs []error) []error {
	if p.user == nil || len(errs) <= maxUserErrors {
		return errs
	}
	return append(errs[:maxUserErrors:maxUserErrors], fmt.Errorf("%d more records of UID %d cannot be used",
		len(errs)-maxUserErrors, *p.user))
}

// bounded is a name of which no more than maxName bytes are kept. What was cut off is an error of the container.
func (l *lookup) bounded(what, s string) text.Text {
	if len(s) > maxName {
		l.failed(fmt.Errorf("the %s is %d bytes long; %d are shown", what, len(s), maxName))
		s = s[:maxName]
	}
	return text.New(s)
}
