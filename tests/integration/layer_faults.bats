#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl unpack when something fails: a system call, the power, the room on the disk.  The tree is whole, or
# there is none.

load helpers
load layer.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x/dir"
	seq 20000 >"$T/x/dir/file"
	echo small >"$T/x/dir/small"
	ln "$T/x/dir/file" "$T/x/hard"
	ln -s dir "$T/x/soft"
	mkfifo "$T/x/fifo"
	tar -C "$T/x" -cf "$T/x.tar" .
	mkdir "$T/y"
	touch "$T/y/.wh.dir"
	tar -C "$T/y" -cf "$T/y.tar" .wh.dir
	layout "$T/image" "$T/x.tar" "$T/y.tar"
}

@test "whatever call fails, the tree is whole or there is none" {
	needs strace
	layerctl unpack "$T/image" "$T/want"
	tree_of "$T/want" >"$T/want.tree"
	failed=0
	for call in openat mkdirat mknodat symlinkat linkat fchmod fchown fchownat fchmodat utimensat pwrite64 pread64 read \
		renameat flock syncfs pipe2 unshare mount open_tree move_mount pivot_root umount2 prctl capset prlimit64 close_range; do
		for when in 1 2 4; do
			run strace -f -qq -o "$T/trace" -e trace=$call -e inject=$call:error=EIO:when=$when \
				"$LAYERCTL" unpack --no-sync "$T/image" "$T/out"
			if [ "$status" = 0 ]; then
				tree_of "$T/out" | diff "$T/want.tree" -
				rm -rf "$T/out"
			else
				failed=$((failed + 1))
				[ "$status" = 1 ]
				[[ $output == "layerctl: "* ]]
				[ ! -e "$T/out" ]
				[ ! -e "$T/.out.layerctl" ]
			fi
		done
	done
	[ "$failed" -gt 30 ] # or nothing was injected
}

@test "on a disk of any size the tree is whole or there is none" {
	mkdir "$T/small"
	whole=0
	for pages in 1 2 3 5 8 12 16 20 24 28 32 36 40 48 64 100; do
		mount -t tmpfs -o "size=$((pages * 4096)),nr_inodes=20" small "$T/small"
		run layerctl unpack --no-sync --no-room-check "tar:$T/x.tar" "$T/small/out"
		if [ "$status" = 0 ]; then
			whole=$((whole + 1))
			cmp "$T/x/dir/file" "$T/small/out/hard"
		else
			[ "$status" = 6 ]
			[ -z "$(ls -A "$T/small")" ]
		fi
		umount "$T/small"
	done
	[ "$whole" -gt 0 ]
	[ "$whole" -lt 16 ]
}

# What is on the disk in the instant after is what a power cut would leave.
power_cut() {
	umount "$T/cut" 2>/dev/null || :
	cp "$T/disk" "$T/copy"
	mount -o loop "$T/copy" "$T/cut" # which replays the journal
}

@test "a power cut after unpack has returned leaves the tree whole" {
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	truncate -s 32M "$T/disk"
	mkfs.ext4 -q "$T/disk"
	mkdir "$T/mnt" "$T/cut"
	mount -o loop "$T/disk" "$T/mnt" || skip "no loop devices"
	layerctl unpack --no-sync "$T/image" "$T/mnt/unsafe"
	power_cut
	[ ! -s "$T/cut/unsafe/hard" ] # so a cut is a cut
	layerctl unpack "$T/image" "$T/mnt/safe"
	power_cut
	diff <(tree_of "$T/mnt/safe") <(tree_of "$T/cut/safe")
	umount "$T/cut" "$T/mnt"
}
