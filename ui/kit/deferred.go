package kit

// Deferred is what a key asked for before it could be done, because what it is about was not read yet: it is done
// then, unless another key was pressed meanwhile, or the mouse.
type Deferred struct {
	do   func()
	keys int // Shell.Keys by then
}

// Defer keeps what is to be done.
func (d *Deferred) Defer(sh Shell, do func()) { d.do, d.keys = do, sh.Keys() }

// Resume does it, now that more was read.
func (d *Deferred) Resume(sh Shell) {
	do := d.do
	d.do = nil
	if do != nil && sh.Keys() == d.keys {
		do()
	}
}
