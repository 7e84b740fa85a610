#include "textflag.h"

// The kernel's numbers. Source: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/linux/sched.h, resource.h.
#define SYS_write 1
#define SYS_clone 56
#define SYS_exit_group 231
#define SYS_wait4 61
#define SYS_prlimit64 302
#define RLIMIT_DATA 2
#define RLIMIT_AS 9
#define CLONE_VM_FS_FILES_SIGHAND 0xf00
#define WCLONE 0x80000000

// func entry()
//
// The stack is as the kernel made it: what is below it is free.
TEXT ·entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	SUBQ	$32, SP
	MOVL	$1, ·entered(SB)
	MOVL	$SYS_prlimit64, AX
	XORL	DI, DI
	MOVL	$RLIMIT_AS, SI
	XORL	DX, DX
	MOVQ	SP, R10
	SYSCALL
	TESTQ	AX, AX
	JNE	data
	MOVQ	0(SP), AX
	MOVQ	$(1536<<20), CX
	CMPQ	AX, CX
	JCC	data
	MOVQ	·noSpace+0(SB), SI
	MOVQ	·noSpace+8(SB), DX
	JMP	say
data:
	MOVL	$SYS_prlimit64, AX
	XORL	DI, DI
	MOVL	$RLIMIT_DATA, SI
	XORL	DX, DX
	MOVQ	SP, R10
	SYSCALL
	TESTQ	AX, AX
	JNE	threads
	MOVQ	0(SP), AX
	MOVQ	$(256<<20), CX
	CMPQ	AX, CX
	JCC	threads
	MOVQ	·noData+0(SB), SI
	MOVQ	·noData+8(SB), DX
	JMP	say
threads:
	MOVQ	$12, R12
	CALL	crowd<>(SB)
	TESTQ	R13, R13
	JNE	full
	ADDQ	$32, SP
	JMP	_rt0_amd64_linux(SB)
full:
	MOVQ	·noThreads+0(SB), SI
	MOVQ	·noThreads+8(SB), DX
say:
	MOVL	$SYS_write, AX
	MOVL	$2, DI
	SYSCALL
	MOVL	$SYS_exit_group, AX
	MOVL	$1, DI
	SYSCALL
	INT	$3

// func probeThreads(n int64) int64
TEXT ·probeThreads(SB), NOSPLIT, $0-16
	MOVQ	n+0(FP), R12
	CALL	crowd<>(SB)
	MOVQ	R13, ret+8(FP)
	RET

// crowd makes R12 processes that end at once, of which each counts until the last one was made, as nobody has waited
// for it, and leaves 0 in R13, or something else if one of them could not be made. A child has nothing of its own but
// its registers: it touches neither the memory nor the stack, which are ours. It tells no signal of its end, so that
// nobody who ignores SIGCHLD makes it go before it was waited for, and by that it is known from other children.
TEXT crowd<>(SB), NOSPLIT|NOFRAME, $0
	XORL	R13, R13
	MOVQ	R12, R14
next:
	MOVL	$SYS_clone, AX
	MOVL	$CLONE_VM_FS_FILES_SIGHAND, DI
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	SYSCALL
	TESTQ	AX, AX
	JEQ	child
	JLT	full
	DECQ	R14
	JNE	next
	JMP	made
full:
	CMPQ	AX, $-11 // EAGAIN; what else there is is no limit: an emulator that does not make such processes
	JNE	made
	MOVL	$1, R13
made:
	SUBQ	R14, R12 // so many were made
reap:
	TESTQ	R12, R12
	JEQ	back
again:
	MOVL	$SYS_wait4, AX
	MOVQ	$-1, DI
	XORL	SI, SI
	MOVL	$WCLONE, DX
	XORL	R10, R10
	SYSCALL
	CMPQ	AX, $-4 // EINTR
	JEQ	again
	DECQ	R12
	JMP	reap
child:
	MOVL	$SYS_exit_group, AX
	XORL	DI, DI
	SYSCALL
	INT	$3
back:
	RET
