#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl unpack, killed or without room at a system call after the other, in the parent as in the child: the tree is
# whole or there is none, and the next one makes it.  SWEEP=full takes every point, otherwise every SWEEP_STRIDE-th (5).

load helpers
load layer.bash

setup() {
	begin_layer_test
	requires strace
	mkdir -p "$T/x/dir/sub"
	seq 30000 >"$T/x/dir/file"
	ln "$T/x/dir/file" "$T/x/hard"
	ln -s dir "$T/x/soft"
	mkfifo "$T/x/fifo"
	touch "$T/x/dir/sub"/{a,b,c}
	tar -C "$T/x" -cf "$T/x.tar" .
	mkdir -p "$T/y/dir"
	touch "$T/y/dir/.wh.sub" "$T/y/new"
	tar -C "$T/y" -cf "$T/y.tar" dir/.wh.sub new
	layout "$T/image" "$T/x.tar" "$T/y.tar"
	layerctl unpack --no-sync "$T/image" "$T/want"
	tree_of "$T/want" >"$T/want.tree"
	[ "${SWEEP-}" = full ] && stride=1 || stride=${SWEEP_STRIDE:-5}
}

# Lines "NAME K": the K-th call of that name of the parent or the child that makes most of them.
all_points() {
	rm -rf "$T/out"
	strace -f -qq -o "$T/trace" "$LAYERCTL" unpack "$@" "$T/image" "$T/out"
	rm -rf "$T/out"
	sed -n 's/^\([0-9]*\) *\([a-z_0-9]*\)(.*/\1 \2/p' "$T/trace" | awk '
		$2 == "exit_group" || $2 == "execve" { next }
		{ k = ++n[$1, $2]; if (k > most[$2]) { most[$2] = k; print $2, k } }'
}

# Everything that a case may leave beside the image is gone or whole.
whole_or_nothing() {
	[ ! -e "$T/out" ] || tree_of "$T/out" | cmp -s "$T/want.tree" -
}

@test "killed at whatever system call, unpack leaves a whole tree or none, and the next one makes it" {
	all_points >"$T/points"
	[ "$(wc -l <"$T/points")" -gt 60 ]
	n=0 killed=0 bad=0
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		rm -rf "$T/out"
		status=0
		{ timeout "$PATIENCE" strace -f -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			"$LAYERCTL" unpack "$T/image" "$T/out" </dev/null >"$T/said" || status=$?; } 2>>"$T/said"
		[ "$status" = 0 ] || killed=$((killed + 1))
		whole_or_nothing || { echo "killed at $name $k: half a tree"; bad=$((bad + 1)); }
		rm -rf "$T/out"
		eventually layerctl unpack --no-sync "$T/image" "$T/out" # the child goes when the parent has
		whole_or_nothing && [ -e "$T/out" ] || { echo "after $name $k: half a tree"; bad=$((bad + 1)); }
		[ ! -e "$T/.out.layerctl" ] || { echo "after $name $k: something is left"; bad=$((bad + 1)); }
	done <"$T/points"
	echo "$n points, $killed killed, $bad bad"
	[ "$bad" = 0 ]
	[ "$killed" -gt 10 ]
}

@test "without room at whatever system call, unpack exits with 6 and leaves nothing" {
	all_points --no-sync >"$T/points"
	n=0 full=0
	while read -r name k; do
		case $name in
		openat | mkdirat | mknodat | symlinkat | linkat | pwrite64 | renameat | ftruncate) ;;
		*) continue ;;
		esac
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		for error in ENOSPC EDQUOT; do
			run strace -f -qq -o /dev/null -e trace="$name" -e inject="$name:error=$error:when=$k" \
				"$LAYERCTL" unpack --no-sync "$T/image" "$T/out"
			if [ "$status" = 0 ]; then # what looks only
				tree_of "$T/out" | diff "$T/want.tree" -
				rm -rf "$T/out"
				continue
			fi
			full=$((full + 1))
			echo "$name $k: $output"
			[ "$status" = 6 ]
			[[ $output == "layerctl: "* ]]
			[ "${#lines[@]}" = 1 ]
			[ ! -e "$T/out" ]
			# Who takes it away opens directories too, and the same count strikes again: then the next does.
			[ "$name" != openat ] || layerctl unpack --no-sync "$T/image" "$T/out"
			rm -rf "$T/out"
			[ ! -e "$T/.out.layerctl" ]
		done
	done <"$T/points"
	echo "$n points, $full without room"
	[ "$full" -gt 5 ]
}

@test "on a real disk that fills up while a layer is unpacked nothing is left" {
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	truncate -s 8M "$T/disk"
	mkfs.ext4 -q -N 64 "$T/disk"
	mkdir "$T/mnt" "$T/z"
	mount -o loop "$T/disk" "$T/mnt" || skip "no loop devices"
	before=$(df --output=used,iused "$T/mnt" | tail -n 1)
	head -c 20000000 /dev/urandom >"$T/z/big"
	tar -C "$T/z" -cf "$T/z.tar" big
	run -6 layerctl unpack "tar:$T/z.tar" "$T/mnt/out" # no blocks
	[ "$(ls -A "$T/mnt")" = lost+found ]
	rm "$T/z/big"
	(cd "$T/z" && seq 200 | xargs touch)
	tar -C "$T/z" -cf "$T/z.tar" .
	run -6 layerctl unpack "tar:$T/z.tar" "$T/mnt/out" # no inodes
	[ "$(ls -A "$T/mnt")" = lost+found ]
	sync -f "$T/mnt"
	[ "$(df --output=used,iused "$T/mnt" | tail -n 1)" = "$before" ]
	umount "$T/mnt"
}
