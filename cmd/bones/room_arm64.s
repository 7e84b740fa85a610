#include "textflag.h"

// The kernel's numbers. Source: include/uapi/asm-generic/unistd.h, resource.h, include/uapi/linux/sched.h.
#define SYS_write 64
#define SYS_clone 220
#define SYS_exit_group 94
#define SYS_wait4 260
#define SYS_prlimit64 261
#define RLIMIT_DATA 2
#define RLIMIT_AS 9
#define CLONE_VM_FS_FILES_SIGHAND 0xf00
#define WCLONE 0x80000000

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
	BL	crowd<>(SB)
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
	BL	crowd<>(SB)
	MOVD	R20, ret+8(FP)
	RET

// crowd makes R19 processes that end at once, of which each counts until the last one was made, as nobody has waited
// for it, and leaves 0 in R20, or something else if one of them could not be made. A child has nothing of its own but
// its registers: it touches neither the memory nor the stack, which are ours. It tells no signal of its end, so that
// nobody who ignores SIGCHLD makes it go before it was waited for, and by that it is known from other children.
TEXT crowd<>(SB), NOSPLIT|NOFRAME, $0
	MOVD	$0, R20
	MOVD	R19, R21
next:
	MOVD	$CLONE_VM_FS_FILES_SIGHAND, R0
	MOVD	$0, R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$SYS_clone, R8
	SVC
	CBZ	R0, child
	CMP	$0, R0
	BLT	full
	SUBS	$1, R21
	BNE	next
	B	made
full:
	CMN	$11, R0 // EAGAIN; what else there is is no limit: an emulator that does not make such processes
	BNE	made
	MOVD	$1, R20
made:
	SUB	R21, R19 // so many were made
reap:
	CBZ	R19, back
again:
	MOVD	$-1, R0
	MOVD	$0, R1
	MOVD	$WCLONE, R2
	MOVD	$0, R3
	MOVD	$SYS_wait4, R8
	SVC
	CMN	$4, R0 // EINTR
	BEQ	again
	SUB	$1, R19
	B	reap
child:
	MOVD	$SYS_exit_group, R8 // R0 is 0
	SVC
	BRK
back:
	RET
