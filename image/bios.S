/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a BIOS starts from the medium, as a disc (El Torito without emulation) or as a disk (the
 * code of the MBR): it prints why nothing happens, and halts. At most 440 bytes, since the
 * signature and the partition table of the MBR follow. scripts/image assembles it.
 */
	.code16
	.globl _start
_start:
	cli
	cld
	/* The BIOS may start it at 0000:7c00 or at 07c0:0000: all addresses are relative to here. */
	call	here
here:
	pop	%si
	add	$(text - here), %si
	push	%cs
	pop	%ds
	mov	$0x0003, %ax	/* text mode, 80 columns, cleared */
	push	%si
	int	$0x10
	pop	%si
next:
	lodsb
	test	%al, %al
	jz	halt
	mov	$0x0e, %ah	/* teletype output */
	mov	$0x0007, %bx	/* page 0, grey */
	push	%si
	int	$0x10
	pop	%si
	jmp	next
halt:
	hlt
	jmp	halt
text:
	.asciz	"stprov: this machine was booted by BIOS (legacy mode).\r\nProvisioning needs UEFI: boot this by UEFI. Choose it in the firmware's menu,\r\nwhere the medium is often listed twice, once with \"UEFI:\".\r\n"
