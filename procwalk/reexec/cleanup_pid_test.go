package reexec

// PID is the process that cleans up.
func (c *Cleanup) PID() int { return c.cmd.Process.Pid }
