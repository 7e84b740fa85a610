package spaces_test

import (
	"testing"

	"bones/cmd/bones/internal/spaces"
	"bones/nsview"
	"bones/procwalk"
)

// TestParse: every word that names a namespace, and those that look like one and are something else.
func TestParse(t *testing.T) {
	const every = procwalk.NSType(-1)
	for _, c := range []struct {
		word string
		key  nsview.Key
		file string
	}{
		{"ns:4026531833", nsview.Key{Type: every, Inode: 4026531833}, ""},
		{"ns:1", nsview.Key{Type: every, Inode: 1}, ""},
		{"4026531833", nsview.Key{Type: every, Inode: 4026531833}, ""}, // as the initial net namespace has since 6.18
		{"4194305", nsview.Key{Type: every, Inode: 4194305}, ""},
		{"net:4026531833", nsview.Key{Type: procwalk.Net, Inode: 4026531833}, ""},
		{"net:[4026531833]", nsview.Key{Type: procwalk.Net, Inode: 4026531833}, ""},
		{"net:7", nsview.Key{Type: procwalk.Net, Inode: 7}, ""},
		{"pid:4026531836", nsview.Key{Type: procwalk.PID, Inode: 4026531836}, ""},
		{"pid:[7]", nsview.Key{Type: procwalk.PID, Inode: 7}, ""},
		{"cgroup:4026531835", nsview.Key{Type: procwalk.Cgroup, Inode: 4026531835}, ""},
		{"netns:blue", nsview.Key{Type: every}, "/run/netns/blue"},
		{"netns:/x/y", nsview.Key{Type: every}, "/x/y"},
		{"ns:/x/y", nsview.Key{Type: every}, "/x/y"},
	} {
		r, ok, err := spaces.Parse(c.word)
		if !ok || err != nil || r.Key != c.key || r.File != c.file {
			t.Errorf("%s: %+v, %v, %v; want %v %q", c.word, r, ok, err, c.key, c.file)
		}
	}
	for _, word := range []string{"", "web", "1", "4194304", "pid:1", "pid:4194304", "pid:x", "cgroup:/a", "cgroup:12",
		"cgroup:/4026531835", "cgroup:a", "name:x", "host", "self", "+4026531833", "99999999999999999999999", "net",
		"mntx:[5000000]"} {
		if r, ok, err := spaces.Parse(word); ok || err != nil {
			t.Errorf("%q is the namespace %+v, %v", word, r, err)
		}
	}
	for _, word := range []string{"ns:", "ns:x", "ns:-1", "net:", "net:[]", "net:[1", "net:1]", "net:[x]", "pid:[x]",
		"uts:/x", "netns:", "netns:..", "netns:../x", "ns:99999999999999999999999"} {
		if _, _, err := spaces.Parse(word); err == nil {
			t.Errorf("%q is no error", word)
		}
	}
}
