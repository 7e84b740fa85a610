package proctest

import (
	"fmt"
	"strconv"
	"strings"
)

// hostFiles returns the files of /proc itself.
func hostFiles() map[string]string {
	return map[string]string{
		"stat": "cpu  39040 12 10450 6479320 1216 0 391 77 0 0\n" +
			"cpu0 19520 6 5225 3239660 608 0 200 38 0 0\n" +
			"cpu1 19520 6 5225 3239660 608 0 191 39 0 0\n" +
			"intr 2846323 0 9 0 0 0\n" +
			"ctxt 5012345\n" +
			fmt.Sprintf("btime %d\n", BootTime) +
			"processes 40404\nprocs_running 2\nprocs_blocked 0\n" +
			"softirq 1012345 1 2 3 4 5 6 7 8 9 10\n",
		"uptime":  fmt.Sprintf("%d.25 199000.50\n", Uptime),
		"loadavg": "0.52 0.31 1.10 2/345 40404\n",
		"meminfo": "MemTotal:        8000000 kB\nMemFree:         1000000 kB\nMemAvailable:    5000000 kB\n" +
			"Buffers:          100000 kB\nCached:          3000000 kB\nSwapCached:            0 kB\n" +
			"Shmem:             50000 kB\nSlab:             200000 kB\nSReclaimable:     150000 kB\n" +
			"SwapTotal:       2000000 kB\nSwapFree:        1500000 kB\n",
		"pressure/cpu": "some avg10=1.25 avg60=0.50 avg300=0.10 total=123456\n" +
			"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
		"pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" +
			"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
		"pressure/io": "some avg10=0.00 avg60=0.25 avg300=0.00 total=4321\n" +
			"full avg10=0.00 avg60=0.00 avg300=0.00 total=1234\n",
		"sys/kernel/pid_max":   "4194304\n",
		"sys/kernel/osrelease": "6.18.0-test\n",
		"sys/kernel/version":   "#1 SMP Wed Jan 1 00:00:00 UTC 2025\n",
		"sys/kernel/hostname":  "testhost\n",
		"version":              "Linux version 6.18.0-test (test@test) (gcc 14) #1 SMP Wed Jan 1 00:00:00 UTC 2025\n",
	}
}

const limitsText = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             96365                96365                processes 
Max open files            1024                 524288               files     
Max locked memory         8388608              8388608              bytes     
Max address space         unlimited            unlimited            bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       96365                96365                signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
`

var ioLines = []string{"rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "cancelled_write_bytes"}

func (p Proc) ioText() string {
	var b strings.Builder
	for _, key := range ioLines {
		fmt.Fprintf(&b, "%s: %d\n", key, p.IO[key])
	}
	return b.String()
}

// detailFiles adds what only a look at one process reads.
func (p Proc) detailFiles(m map[string]string) {
	environ := ""
	for _, e := range p.Environ {
		environ += e + "\x00"
	}
	m["comm"] = p.Comm + "\n"
	m["environ"] = environ
	m["limits"] = limitsText
	m["loginuid"] = "4294967295"
	m["sessionid"] = "4294967295"
	m["oom_score"] = "666\n"
	m["oom_score_adj"] = "0\n"
	m["wchan"] = "0"
	m["personality"] = "00000000\n"
	m["attr/current"] = "unconfined\n"
	m["uid_map"] = "         0          0 4294967295\n"
	m["gid_map"] = "         0          0 4294967295\n"
	m["setgroups"] = "allow\n"
	m["schedstat"] = "1000000000 2000000 300\n"
	m["mountinfo"] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n" +
		"23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw\n"
	m["net/dev"] = "Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier " +
		"compressed\n" +
		"    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0 " +
		"         0\n" +
		"  eth0: 1000000    1000    0    0    0     0          0         0   500000     800    0    0    0     0       0 " +
		"         0\n"
	if p.hasMemory() {
		m["smaps_rollup"] = fmt.Sprintf("555d42fd3000-7ffd94f10000 ---p 00000000 00:00 0                          "+
			"[rollup]\n"+
			"Rss:            %8d kB\nPss:            %8d kB\nShared_Clean:          0 kB\nShared_Dirty:          0 kB\n"+
			"Private_Clean:         0 kB\nPrivate_Dirty:         0 kB\nReferenced:            0 kB\nAnonymous:             "+
			"0 kB\n"+
			"Swap:                  0 kB\nSwapPss:               0 kB\n", p.RSS*4, p.RSS*2)
	}
	for fd := range p.FDs {
		m[fmt.Sprintf("fdinfo/%d", fd)] = "pos:\t0\nflags:\t0100002\nmnt_id:\t22\nino:\t1234\n"
	}
	leader := Thread{TID: p.PID, Comm: p.Comm, State: p.State, UTime: p.UTime, STime: p.STime}
	for _, t := range append([]Thread{leader}, p.Threads...) {
		if t.Comm == "" {
			t.Comm = p.Comm
		}
		if t.State == 0 {
			t.State = 'S'
		}
		if t.Start == 0 {
			t.Start = p.Start
		}
		task := p
		task.PID, task.Comm, task.State, task.UTime, task.STime, task.Start = t.TID, t.Comm, t.State, t.UTime, t.STime,
			t.Start
		dir := "task/" + strconv.Itoa(t.TID) + "/"
		m[dir+"stat"] = task.StatLine()
		m[dir+"comm"] = t.Comm + "\n"
	}
}
