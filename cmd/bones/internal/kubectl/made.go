package kubectl

import (
	"io"
	"sync"

	"bones/procwalk/text"
)

// madePod passes on what kubectl debug says and notes the pod that it makes.
type madePod struct {
	to io.Writer

	mu   sync.Mutex
	head []byte // of what was said
}

// Write implements io.Writer.
func (m *madePod) Write(b []byte) (int, error) {
	m.mu.Lock()
	m.head = append(m.head, b[:min(len(b), max(0, 4096-len(m.head)))]...)
	m.mu.Unlock()
	return m.to.Write(b)
}

// madeForm is how kubectl debug names the pod.
//
// Source: kubectl, pkg/cmd/debug/debug.go (visitNode): "Creating debugging pod %s with container %s on node %s.\n".
var madeForm = text.Pattern(`Creating debugging pod (node-debugger-[-a-z0-9.]+) with container`)

// name returns the pod's name; empty if none was made.
func (m *madePod) name() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := madeForm().FindSubmatch(m.head); found != nil {
		return string(found[1])
	}
	return ""
}
