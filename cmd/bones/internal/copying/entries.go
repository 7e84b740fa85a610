// Package copying plans what is copied between this host and a container, for the commands files get and files put and
// for the terminal UI, and makes files of ours in directories in which others may write, too.
package copying

import (
	"context"
	"fmt"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
)

// maxListed bounds how many entries of a directory are held at once.
const maxListed = 1_000_000

// Listing reads a whole directory. One that never ends is an error.
func Listing(ctx context.Context, c *rootfs.Client, path string) (*rootfs.Listing, error) {
	list, err := c.Listing(ctx, path, maxListed+1)
	if err == nil && list.Len() > maxListed {
		err = fmt.Errorf("%s: %w: more than %d entries", text.Line(path), rootfs.ErrTooLarge, maxListed)
	}
	return list, err
}
