#include "textflag.h"

// The text of the programs. It is entered as a process is: argc at 0(SP), then argv, NULL, envp, NULL. It stands at
// any address, and finds its parameters at a fixed one. Registers: R12 parameters, R13 count, R14 a pid.
//
// System calls by number: write 1, close 3, pause 34, nanosleep 35, clone 56, execve 59, exit 60, wait4 61,
// prctl 157, exit_group 231.

#define PARAMETERS 0x400800
#define Mode 0(R12)
#define Count 8(R12)
#define Flags 16(R12)
#define Named 24(R12)
#define NAME 32
#define EVERY 48
#define LIFE 64

TEXT ·mini(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $PARAMETERS, R12
	MOVQ Count, R13
	CMPQ Named, $0
	JEQ  dispatch
	MOVQ $157, AX           // prctl(PR_SET_NAME, name)
	MOVQ $15, DI
	LEAQ NAME(R12), SI
	SYSCALL

dispatch:
	CMPQ Mode, $1
	JEQ  chain
	CMPQ Mode, $2
	JEQ  fan
	CMPQ Mode, $3
	JEQ  storm
	CMPQ Mode, $4
	JEQ  run
	CMPQ Mode, $5
	JEQ  vfork
	CMPQ Mode, $6
	JEQ  zombies
	CMPQ Mode, $7
	JEQ  leader

ready:                      // write(3, anything, 1)
	MOVQ $1, AX
	MOVQ $3, DI
	MOVQ R12, SI
	MOVQ $1, DX
	SYSCALL

quiet:                      // close(3)
	MOVQ $3, AX
	MOVQ $3, DI
	SYSCALL

sleep:
	MOVQ $34, AX
	SYSCALL
	JMP  sleep

fail:                       // exit_group(1): whoever waits for the byte sees the pipe closed instead
	MOVQ $231, AX
	MOVQ $1, DI
	SYSCALL

chain:
	CMPQ R13, $0
	JEQ  ready
	MOVQ Flags, DI
	MOVQ $56, AX
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  deepest
	JNE  quiet
	DECQ R13
	JMP  chain

deepest:                    // CLONE_NEWPID: no deeper than this
	MOVQ Flags, DI
	TESTQ $0x20000000, DI
	JNE  ready
	JMP  fail

fan:
	CMPQ R13, $0
	JEQ  ready
	MOVQ Flags, DI
	MOVQ $56, AX
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  fail
	JEQ  quiet
	DECQ R13
	JMP  fan

zombies:
	CMPQ R13, $0
	JEQ  ready
	MOVQ $56, AX
	MOVQ $17, DI            // SIGCHLD
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  fail
	JEQ  end
	DECQ R13
	JMP  zombies

end:                        // exit(0), of this thread only
	MOVQ $60, AX
	XORQ DI, DI
	SYSCALL

storm:                      // ready first, then for ever
	MOVQ $1, AX
	MOVQ $3, DI
	MOVQ R12, SI
	MOVQ $1, DX
	SYSCALL
	MOVQ $3, AX
	MOVQ $3, DI
	SYSCALL

again:
	MOVQ $56, AX
	MOVQ $17, DI
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JEQ  short

reap:                       // wait4(-1, NULL, WNOHANG, NULL)
	MOVQ $61, AX
	MOVQ $-1, DI
	XORQ SI, SI
	MOVQ $1, DX
	XORQ R10, R10
	SYSCALL
	CMPQ AX, $0
	JGT  reap
	MOVQ $35, AX            // nanosleep(every, NULL)
	LEAQ EVERY(R12), DI
	XORQ SI, SI
	SYSCALL
	JMP  again

short:
	MOVQ $35, AX            // nanosleep(life, NULL)
	LEAQ LIFE(R12), DI
	XORQ SI, SI
	SYSCALL
	JMP  end

vfork:                      // clone(CLONE_VM|CLONE_VFORK|SIGCHLD): the stack is shared, and nobody uses it
	MOVQ $56, AX
	MOVQ $0x4111, DI
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  fail
	JEQ  ready
	JMP  sleep

leader:                     // clone(CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD)
	MOVQ $56, AX
	MOVQ $0x10f00, DI
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  fail
	JEQ  ready
	JMP  end

run:
	MOVQ $56, AX
	MOVQ $17, DI
	XORQ SI, SI
	XORQ DX, DX
	XORQ R10, R10
	XORQ R8, R8
	SYSCALL
	CMPQ AX, $0
	JLT  fail
	JEQ  exec
	MOVQ AX, R14
	MOVQ 0(SP), R13         // argc, not needed any more
	SUBQ $256, SP
	MOVQ $0, 0(SP)

wait:                       // wait4(pid, status, 0, rusage)
	MOVQ $61, AX
	MOVQ R14, DI
	LEAQ 0(SP), SI
	XORQ DX, DX
	LEAQ 8(SP), R10
	SYSCALL
	CMPQ AX, $-4            // EINTR
	JEQ  wait
	MOVQ $1, AX             // write(3, status and rusage)
	MOVQ $3, DI
	LEAQ 0(SP), SI
	MOVQ $152, DX
	SYSCALL
	MOVQ 0(SP), DI
	TESTQ $0x7f, DI
	JNE  fail
	SHRQ $8, DI
	ANDQ $0xff, DI
	MOVQ $231, AX
	SYSCALL

exec:
	MOVQ $3, AX
	MOVQ $3, DI
	SYSCALL
	MOVQ 0(SP), R13
	MOVQ 16(SP), DI         // argv[1]
	LEAQ 16(SP), SI         // argv+1
	LEAQ 16(SP)(R13*8), DX  // envp: behind argc, argc pointers and a NULL
	MOVQ $59, AX
	SYSCALL
	MOVQ $231, AX
	MOVQ $127, DI
	SYSCALL

TEXT ·miniEnd(SB), NOSPLIT|NOFRAME, $0-0
	RET

TEXT ·bounds(SB), NOSPLIT, $0-16
	LEAQ ·mini(SB), AX
	MOVQ AX, start+0(FP)
	LEAQ ·miniEnd(SB), AX
	MOVQ AX, end+8(FP)
	RET
