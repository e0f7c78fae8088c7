#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh FILE OUT: assembler that holds FILE between rt_init_blob_begin and rt_init_blob_end
set -eu
cat >"$2" <<END
	.section .rodata.rt_init_blob, "a"
	.balign 64
	.globl rt_init_blob_begin, rt_init_blob_end
rt_init_blob_begin:
	.incbin "$(realpath "$1")"
rt_init_blob_end:
	.section .note.GNU-stack, "", %progbits
END
