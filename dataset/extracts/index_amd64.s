#include "textflag.h"

// func mark(ends, lines *uint64, data *byte, words int)
//
// Each word of ends and lines is of 64 bytes of data: a bit for each byte that
// is a comma or a line end, and for each that is a line end. SSE2 alone, which
// every processor of this architecture has.
TEXT ·mark(SB), NOSPLIT, $0-32
	MOVQ ends+0(FP), DI
	MOVQ lines+8(FP), SI
	MOVQ data+16(FP), DX
	MOVQ words+24(FP), CX
	MOVQ $0x2c2c2c2c2c2c2c2c, AX
	MOVQ AX, X0
	PUNPCKLQDQ X0, X0
	MOVQ $0x0a0a0a0a0a0a0a0a, AX
	MOVQ AX, X1
	PUNPCKLQDQ X1, X1

word:
	TESTQ CX, CX
	JLE   done

	MOVOU    48(DX), X2
	MOVOU    32(DX), X4
	MOVOA    X2, X3
	MOVOA    X4, X5
	PCMPEQB  X1, X3
	PCMPEQB  X1, X5
	PCMPEQB  X0, X2
	PCMPEQB  X0, X4
	POR      X3, X2
	POR      X5, X4
	PMOVMSKB X2, R8
	PMOVMSKB X3, R9
	PMOVMSKB X4, R10
	PMOVMSKB X5, R11
	SHLQ     $16, R8
	SHLQ     $16, R9
	ORQ      R10, R8
	ORQ      R11, R9

	MOVOU    16(DX), X2
	MOVOU    (DX), X4
	MOVOA    X2, X3
	MOVOA    X4, X5
	PCMPEQB  X1, X3
	PCMPEQB  X1, X5
	PCMPEQB  X0, X2
	PCMPEQB  X0, X4
	POR      X3, X2
	POR      X5, X4
	PMOVMSKB X2, R10
	PMOVMSKB X3, R11
	PMOVMSKB X4, R12
	PMOVMSKB X5, R13
	SHLQ     $16, R10
	SHLQ     $16, R11
	ORQ      R12, R10
	ORQ      R13, R11
	SHLQ     $32, R8
	SHLQ     $32, R9
	ORQ      R10, R8
	ORQ      R11, R9

	MOVQ R8, (DI)
	MOVQ R9, (SI)
	ADDQ $64, DX
	ADDQ $8, DI
	ADDQ $8, SI
	DECQ CX
	JMP  word

done:
	RET
