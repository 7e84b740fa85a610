package main

import (
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"bones/testdata/hostile/mini"
)

// argKinds have a command line that does harm to who prints it, or that is long, absent or a lie.
func argKinds() []kind {
	plain := func(name, doc string, argv func() []string) kind {
		return kind{name: name, doc: doc, make: func(s *stage, _ int) ([]int, error) {
			// The kernel grants a quarter of the stack limit, 6 MiB at most (fs/exec.c, bprm_stack_limits).
			big := unix.Rlimit{Cur: 64 << 20, Max: unix.RLIM_INFINITY}
			if err := unix.Setrlimit(unix.RLIMIT_STACK, &big); err != nil {
				big.Max = 64 << 20
				unix.Setrlimit(unix.RLIMIT_STACK, &big) // as much as there is; exec says if it is too little
			}
			pid, err := s.start(mini.Program{}, "args", argv())
			return []int{pid}, err
		}}
	}
	ofSelf := func(name, doc string) kind {
		return kind{name: name, doc: doc, small: true, make: func(s *stage, _ int) ([]int, error) {
			pid, err := s.startSelf(strings.TrimPrefix(name, "args-"))
			return []int{pid}, err
		}}
	}
	small := func(k kind) kind { k.small = true; return k }
	return []kind{
		small(plain("args-osc52",
			"an argument that writes to the clipboard, one that sets the title, one that hangs a reader", func() []string {
				return []string{"osc", "\x1b]52;c;ZXZpbA==\a", "\x1b]0;title\x1b\\", "\x1bP", "\x1b[6n\x1b[c", "\u202e\u2066",
					"a\nb\r\tc\x00"[:6]}
			})),
		plain("args-128k", "one argument as long as the kernel allows (MAX_ARG_STRLEN)", func() []string {
			return []string{"long", strings.Repeat("x", 128<<10-1)}
		}),
		plain("args-2m", "2 MiB of arguments", func() []string {
			argv := []string{"longer"}
			for range 16 {
				argv = append(argv, strings.Repeat("y", 128<<10-1))
			}
			return argv
		}),
		plain("args-200k", "200,000 arguments", func() []string {
			argv := make([]string, 200_000)
			for i := range argv {
				argv[i] = "z"
			}
			return argv
		}),
		plain("args-empty", "50,000 empty arguments", func() []string { return make([]string, 50_000) }),
		plain("args-escapes", "128 KiB of escapes, each of which is drawn as four characters", func() []string {
			return []string{"escapes", strings.Repeat("\x1b", 128<<10-1)}
		}),
		plain("args-marks", "a letter with 30,000 combining marks", func() []string {
			return []string{"marks", "Z" + strings.Repeat("\u0351", 30_000)}
		}),
		small(plain("args-none", "started with no argument at all; since Linux 5.18 that is one empty argument",
			func() []string { return nil })),
		ofSelf("args-erased", "a command line that the process overwrote with NUL bytes"),
		ofSelf("args-rewritten", "a command line that the process overwrote with a title, running on into its environment"),
		ofSelf("args-control", "a command line that the process overwrote with escape sequences and invalid UTF-8"),
	}
}

// argv returns the memory where the kernel put the arguments of this process: os.Args points there.
func argv() []byte {
	first := unsafe.StringData(os.Args[0])
	length := 0
	for _, a := range os.Args {
		length += len(a) + 1
	}
	return unsafe.Slice(first, length)
}

func eraseArguments() error {
	clear(argv())
	return nil
}

// rewriteArguments does as setproctitle does: without a NUL at the end the kernel takes it that the title goes on in
// the environment (fs/proc/base.c, get_mm_proctitle).
func rewriteArguments() error {
	b := argv()
	const title = "worker: \x1b[5mbusy\x1b[m with [red]everything[-] "
	for i := range b {
		b[i] = title[i%len(title)]
	}
	return nil
}

func controlArguments() error {
	b := argv()
	for i := range b {
		b[i] = byte(i*37 + 128) // every byte, controls and invalid UTF-8 among them
	}
	b[len(b)-1] = 0
	return nil
}
