package psfmt

import "bones/procwalk"

// kB: ps shows memory in units of 1024 bytes.

func printVSZ(c *context, p *procwalk.Process) int { return c.uint(status(p).VmSize / 1024) }
func printRSS(c *context, p *procwalk.Process) int { return c.uint(status(p).VmRSS / 1024) }

// printSZ is the size in pages.
func printSZ(c *context, p *procwalk.Process) int {
	return c.uint(status(p).VmSize / 1024 / max(c.snap.Host.PageSize/1024, 1))
}

// printPMem is the resident memory in percent of the host's, at most 99.9.
func printPMem(c *context, p *procwalk.Process) int {
	n := min(status(p).VmRSS/1024*1000/c.memTotal, 999)
	if n < 100 {
		c.cell = append(c.cell, ' ')
		return 1 + c.tenths(n)
	}
	return c.tenths(n)
}

// printSize is the size in bytes, in spite of its name.
func printSize(c *context, p *procwalk.Process) int { return c.uint(p.VSize) }

func printSwapable(c *context, p *procwalk.Process) int {
	return c.uint(status(p).VmData/1024 + status(p).VmStk/1024)
}

// textSize and dataSize are what the addresses in stat say, in kB.

func textSize(p *procwalk.Process) int64 {
	if p.VSize == 0 {
		return 0
	}
	return int64((p.EndCode - p.StartCode) >> 10)
}

func dataSize(p *procwalk.Process) int64 {
	if p.VSize == 0 {
		return 0
	}
	return int64((p.VSize - p.EndCode + p.StartCode) >> 10)
}

func printTrs(c *context, p *procwalk.Process) int  { return c.int(int(textSize(p))) }
func printTsiz(c *context, p *procwalk.Process) int { return c.int(int(textSize(p))) }
func printDrs(c *context, p *procwalk.Process) int  { return c.int(int(dataSize(p))) }
func printDsiz(c *context, p *procwalk.Process) int { return c.int(int(dataSize(p))) }

func printMajflt(c *context, p *procwalk.Process) int { return c.uint(p.MajFlt) }
func printMinflt(c *context, p *procwalk.Process) int { return c.uint(p.MinFlt) }

// printLim is the limit of the resident size, xx for none.
func printLim(c *context, p *procwalk.Process) int {
	if p.RSSLim == 1<<64-1 {
		return c.string("xx")
	}
	return c.padded(p.RSSLim>>10, 5)
}

func printStackp(c *context, p *procwalk.Process) int { return c.hex16(p.StartStack) }
func printESP(c *context, p *procwalk.Process) int    { return c.hex16(p.KstkESP) }
func printEIP(c *context, p *procwalk.Process) int    { return c.hex16(p.KstkEIP) }

func printRbytes(c *context, p *procwalk.Process) int  { return c.uint(ioOf(p).ReadBytes) }
func printRchars(c *context, p *procwalk.Process) int  { return c.uint(ioOf(p).RChar) }
func printRops(c *context, p *procwalk.Process) int    { return c.uint(ioOf(p).SyscR) }
func printWbytes(c *context, p *procwalk.Process) int  { return c.uint(ioOf(p).WriteBytes) }
func printWcbytes(c *context, p *procwalk.Process) int { return c.uint(ioOf(p).CancelledWriteBytes) }
func printWchars(c *context, p *procwalk.Process) int  { return c.uint(ioOf(p).WChar) }
func printWops(c *context, p *procwalk.Process) int    { return c.uint(ioOf(p).SyscW) }

var (
	byVMSize      = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmSize })
	byVMRSS       = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmRSS })
	byVMRSSLocked = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmLck })
	byVMData      = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmData })
	byVMStack     = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmStk })
	byVMExe       = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmExe })
	byVMLib       = number(func(c *context, p *procwalk.Process) uint64 { return status(p).VmLib })
	byVsizeBytes  = number(func(c *context, p *procwalk.Process) uint64 { return p.VSize })
	byRSSLim      = number(func(c *context, p *procwalk.Process) uint64 { return p.RSSLim })
	byMemResPgs   = number(func(c *context, p *procwalk.Process) uint64 { return p.RSS })
	byMemShrPgs   = number(func(c *context, p *procwalk.Process) uint64 {
		return status(p).RssFile +
			status(p).RssShmem
	})
	byFltMaj         = number(func(c *context, p *procwalk.Process) uint64 { return p.MajFlt })
	byFltMin         = number(func(c *context, p *procwalk.Process) uint64 { return p.MinFlt })
	byAddrCodeStart  = number(func(c *context, p *procwalk.Process) uint64 { return p.StartCode })
	byAddrCodeEnd    = number(func(c *context, p *procwalk.Process) uint64 { return p.EndCode })
	byAddrStackStart = number(func(c *context, p *procwalk.Process) uint64 { return p.StartStack })
	byAddrCurrEsp    = number(func(c *context, p *procwalk.Process) uint64 { return p.KstkESP })
	byAddrCurrEip    = number(func(c *context, p *procwalk.Process) uint64 { return p.KstkEIP })
	byIOReadBytes    = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).ReadBytes })
	byIOReadChars    = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).RChar })
	byIOReadOps      = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).SyscR })
	byIOWriteBytes   = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).WriteBytes })
	byIOWriteChars   = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).WChar })
	byIOWriteOps     = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).SyscW })
	byIOWriteCbytes  = number(func(c *context, p *procwalk.Process) uint64 { return ioOf(p).CancelledWriteBytes })
)
