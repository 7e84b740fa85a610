package psfmt

import (
	"strconv"

	"bones/procwalk"
)

// uint, int: the number in decimal is the cell.

func (c *context) uint(n uint64) int {
	start := len(c.cell)
	c.cell = strconv.AppendUint(c.cell, n, 10)
	return len(c.cell) - start
}

func (c *context) int(n int) int {
	start := len(c.cell)
	c.cell = strconv.AppendInt(c.cell, int64(n), 10)
	return len(c.cell) - start
}

// two appends n with at least two digits, as %02u.
func (c *context) two(n uint64) int {
	if n < 10 {
		c.cell = append(c.cell, '0', byte('0'+n))
		return 2
	}
	return c.uint(n)
}

func (c *context) string(s string) int {
	c.cell = append(c.cell, s...)
	return len(s)
}

// padded appends n right-aligned in width columns, as %*u.
func (c *context) padded(n uint64, width int) int {
	pad := max(width-digits(n), 0)
	c.cell = append(c.cell, blanks[:pad]...)
	return pad + c.uint(n)
}

// hex16 appends n as 16 hexadecimal digits.
func (c *context) hex16(n uint64) int {
	const hex = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		c.cell = append(c.cell, hex[n>>shift&15])
	}
	return 16
}

var noStatus procwalk.Status // stands in where status was not read; never written to

func status(p *procwalk.Process) *procwalk.Status {
	if p.Status == nil {
		return &noStatus
	}
	return p.Status
}

var noIO procwalk.IO // stands in where io was not read; never written to

func ioOf(p *procwalk.Process) *procwalk.IO {
	if p.IO == nil {
		return &noIO
	}
	return p.IO
}
