package host

import "golang.org/x/sys/unix"

// Version tells whether a journal has been written to: one that has not need not be read again.
type Version struct {
	known           bool
	dev, ino        uint64
	size            int64
	changed, modify unix.Timespec
}

// Version is that of the file as it is now. Where it cannot be told, because there is none yet or it is not for us to
// see, it is the same as no other.
func (j *Journal) Version() Version {
	var st unix.Stat_t
	if j.err != nil || unix.Stat(j.path, &st) != nil {
		return Version{}
	}
	return Version{true, st.Dev, st.Ino, st.Size, st.Ctim, st.Mtim}
}

// Same reports whether nothing was written between the two. A kernel's clock goes on in steps of a few
// milliseconds: it is the size that tells of two records within one of them.
func (v Version) Same(as Version) bool { return v.known && v == as }
