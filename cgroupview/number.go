package cgroupview

// Number reads a file of a group that holds one number.
func (h *FileSystem) Number(g *Group, file string) Reading {
	return (&reader{buf: make([]byte, 64)}).number(g, file)
}
