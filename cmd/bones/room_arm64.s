#include "textflag.h"

// The kernel's numbers. Source: include/uapi/asm-generic/unistd.h, resource.h, include/uapi/linux/sched.h.
#define SYS_write 64
#define SYS_clone 220
#define SYS_exit_group 94
#define SYS_wait4 260
#define SYS_prlimit64 261
#define RLIMIT_DATA 2
#define RLIMIT_AS 9
#define CLONE_VM_VFORK_SIGCHLD 0x4111
#define WALL 0x40000000

// func entry()
//
// The stack is as the kernel made it: what is below it is free.
TEXT ·entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	SUB	$32, RSP
	MOVD	$1, R0
	MOVW	R0, ·entered(SB)
	MOVD	$0, R0
	MOVD	$RLIMIT_AS, R1
	MOVD	$0, R2
	MOVD	RSP, R3
	MOVD	$SYS_prlimit64, R8
	SVC
	CBNZ	R0, data
	MOVD	0(RSP), R0
	MOVD	$(1536<<20), R1
	CMP	R1, R0
	BHS	data
	MOVD	·noSpace+0(SB), R1
	MOVD	·noSpace+8(SB), R2
	B	say
data:
	MOVD	$0, R0
	MOVD	$RLIMIT_DATA, R1
	MOVD	$0, R2
	MOVD	RSP, R3
	MOVD	$SYS_prlimit64, R8
	SVC
	CBNZ	R0, threads
	MOVD	0(RSP), R0
	MOVD	$(256<<20), R1
	CMP	R1, R0
	BHS	threads
	MOVD	·noData+0(SB), R1
	MOVD	·noData+8(SB), R2
	B	say
threads:
	MOVD	$12, R19
	BL	chain<>(SB)
	CBNZ	R20, full
	ADD	$32, RSP
	B	_rt0_arm64_linux(SB)
full:
	MOVD	·noThreads+0(SB), R1
	MOVD	·noThreads+8(SB), R2
say:
	MOVD	$2, R0
	MOVD	$SYS_write, R8
	SVC
	MOVD	$1, R0
	MOVD	$SYS_exit_group, R8
	SVC
	BRK

// func probeThreads(n int64) int64
TEXT ·probeThreads(SB), NOSPLIT, $0-16
	MOVD	n+0(FP), R19
	BL	chain<>(SB)
	MOVD	R20, ret+8(FP)
	RET

// chain makes R19 processes, each the child of the one before, and leaves 0 in R20, or something else if one of them
// could not be made. Registers are each process's own, so a child is known by R21; they share the memory, and the
// parent, which waits, its stack.
TEXT chain<>(SB), NOSPLIT|NOFRAME, $0
	MOVD	$0, R21
next:
	MOVD	$CLONE_VM_VFORK_SIGCHLD, R0
	MOVD	$0, R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$SYS_clone, R8
	SVC
	MOVD	$1, R20
	CMP	$0, R0
	BLT	over // not made
	BNE	made
	MOVD	$1, R21 // the child
	MOVD	$0, R20
	SUBS	$1, R19
	BNE	next
	B	over // the last
made:
	// The child has ended; how tells whether all below it were made.
	MOVD	R0, R22
	SUB	$16, RSP
again:
	MOVD	R22, R0
	MOVD	RSP, R1
	MOVD	ZR, 0(RSP)
	MOVD	$WALL, R2
	MOVD	$0, R3
	MOVD	$SYS_wait4, R8
	SVC
	CMN	$4, R0 // EINTR
	BEQ	again
	MOVWU	0(RSP), R20
	ADD	$16, RSP
over:
	CBZ	R21, back
	CMP	$0, R20
	CSET	NE, R0
	MOVD	$SYS_exit_group, R8
	SVC
	BRK
back:
	RET
