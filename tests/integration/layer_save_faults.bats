#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl export, save and commit when something fails: what is written is whole, or it is not there.

load helpers
load layer.bash

setup() {
	begin_layer_test
	needs strace
	mkdir -p "$T/x/dir" "$T/tmp"
	seq 20000 >"$T/x/dir/file"
	echo small >"$T/x/small"
	ln "$T/x/small" "$T/x/hard"
	ln -s dir "$T/x/soft"
	setfattr -n user.a -v b "$T/x/small"
	tar -C "$T/x" --xattrs -cf "$T/x.tar" .
	layout "$T/image" "$T/x.tar"
	cp -a "$T/x" "$T/tree"
	echo changed >"$T/tree/dir/new"
	rm "$T/tree/hard"
	export TMPDIR=$T/tmp SOURCE_DATE_EPOCH=1700000000
	layerctl commit "$T/tree" "$T/image" "oci-archive:$T/want.tar:t"
	layerctl commit "$T/tree" "$T/image" "oci:$T/want:t"
}

# whole_or_none: $T/out.tar and $T/out are as they should be, if they are there; gives how many there are.
whole_or_none() {
	local count=0
	if [ -e "$T/out.tar" ]; then
		cmp "$T/want.tar" "$T/out.tar" || return
		count=1
	fi
	if [ -e "$T/out" ]; then
		diff -r "$T/want" "$T/out" || return
		count=$((count + 1))
	fi
	rm -rf "$T/out.tar" "$T/out"
	echo "$count"
}

@test "whatever call fails, what is committed is whole or not there" {
	failed=0
	for call in openat mkdirat newfstatat fstat getdents64 llistxattr lgetxattr readlinkat readlink pread64 write linkat renameat fsync syncfs \
		flock fcntl stat faccessat; do
		for when in 1 2 3 5 8; do
			for target in "oci-archive:$T/out.tar:t" "oci:$T/out:t"; do
				run strace -qq -o "$T/trace" -e trace=$call -e inject=$call:error=EIO:when=$when \
					"$LAYERCTL" commit "$T/tree" "$T/image" "$target"
				there=$(whole_or_none)
				if [ "$status" != 0 ]; then
					failed=$((failed + 1))
					[ "$status" = 1 ]
					[[ $output == "layerctl: "* ]]
					[ "$there" = 0 ] || [[ $call == *sync* ]] # of what is there already nobody knows whether it is on the disk
				else
					[ "$there" = 1 ]
				fi
				[ -z "$(find "$T" "$T/tmp" -maxdepth 1 -name '.*layerctl*')" ]
			done
		done
	done
	[ "$failed" -gt 30 ] # or nothing was injected
}

@test "killed at any call, a commit leaves what is whole or nothing, and the next one works" {
	killed=0
	for call in openat mkdirat getdents64 lgetxattr pread64 write linkat renameat syncfs fsync unlinkat; do
		for when in 1 2 4 9; do
			for target in "oci-archive:$T/out.tar:t" "oci:$T/out:t"; do
				status=0
				strace -qq -o "$T/trace" -e trace=$call -e inject=$call:signal=KILL:when=$when \
					"$LAYERCTL" commit "$T/tree" "$T/image" "$target" 2>/dev/null || status=$?
				[ "$status" = 0 ] || killed=$((killed + 1))
				whole_or_none
			done
		done
	done
	[ "$killed" -gt 30 ]
	layerctl commit "$T/tree" "$T/image" "oci:$T/out:t"
	[ "$(whole_or_none)" = 1 ]
	[ -z "$(find "$T" "$T/tmp" -maxdepth 1 -name '.*layerctl*')" ]
}

@test "on a disk of any size what is written is whole or not there" {
	mkdir "$T/small"
	whole=0
	for pages in 1 2 4 8 12 16 20 24 32 48 64 100; do
		for command in "export $T/tree $T/small/out" "save $T/image docker-archive:$T/small/out" "save $T/image oci:$T/small/out" \
			"commit $T/tree $T/image oci:$T/small/out"; do
			mount -t tmpfs -o "size=$((pages * 4096))" small "$T/small"
			# shellcheck disable=SC2086
			run layerctl $command
			left=$(ls -A "$T/small")
			umount "$T/small"
			if [ "$status" = 0 ]; then
				whole=$((whole + 1))
				[ "$left" = out ]
			else
				[ "$status" = 6 ]
				[ "$left" = "" ]
			fi
		done
	done
	[ "$whole" -gt 4 ]
	[ "$whole" -lt 44 ]
}

@test "no room for what has to be stored meanwhile is told" {
	mount -t tmpfs -o size=40k small "$T/tmp"
	run layerctl commit "$T/tree" "$T/image" "oci:$T/out:t"
	left=$(ls -A "$T/tmp")
	umount "$T/tmp"
	[ "$status" = 6 ]
	[ "$left" = "" ]
	[ ! -e "$T/out" ]
}
