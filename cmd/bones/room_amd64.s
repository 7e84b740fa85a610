#include "textflag.h"

// The kernel's numbers. Source: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/linux/sched.h, resource.h.
#define SYS_write 1
#define SYS_clone 56
#define SYS_exit_group 231
#define SYS_wait4 61
#define SYS_prlimit64 302
#define RLIMIT_DATA 2
#define RLIMIT_AS 9
#define CLONE_VM_VFORK_SIGCHLD 0x4111
#define WALL 0x40000000

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
	CALL	chain<>(SB)
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
	CALL	chain<>(SB)
	MOVQ	R13, ret+8(FP)
	RET

// chain makes R12 processes, each the child of the one before, and leaves 0 in R13, or something else if one of them
// could not be made. Registers are each process's own, so a child is known by R14; they share the memory, and the
// parent, which waits, its stack.
TEXT chain<>(SB), NOSPLIT|NOFRAME, $0
	XORL	R14, R14
next:
	MOVL	$SYS_clone, AX
	MOVL	$CLONE_VM_VFORK_SIGCHLD, DI
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	SYSCALL
	MOVL	$1, R13
	TESTQ	AX, AX
	JLT	over // not made
	JNE	made
	MOVL	$1, R14 // the child
	XORL	R13, R13
	DECQ	R12
	JNE	next
	JMP	over // the last
made:
	// The child has ended; how tells whether all below it were made.
	MOVQ	AX, DI
again:
	MOVQ	DI, R15
	LEAQ	-16(SP), SI
	MOVQ	$0, -16(SP)
	MOVL	$WALL, DX
	XORL	R10, R10
	MOVL	$SYS_wait4, AX
	SYSCALL
	MOVQ	R15, DI
	CMPQ	AX, $-4 // EINTR
	JEQ	again
	MOVL	-16(SP), R13
over:
	TESTQ	R14, R14
	JEQ	back
	XORL	DI, DI
	TESTQ	R13, R13
	JEQ	end
	MOVL	$1, DI
end:
	MOVL	$SYS_exit_group, AX
	SYSCALL
	INT	$3
back:
	RET
