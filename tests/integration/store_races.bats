#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is done to a store, or to a tree that is read, by two at once.  That many imports of one image do the work once is
# in store_import.bats.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	requires strace
	mkdir -p "$T/x/etc" "$T/m" "$T/tmp"
	put_busybox "$T/x" sh sleep
	tar -C "$T/x" -cf "$T/x.tar" .
	IMAGE_CONFIG='{"Cmd": ["/bin/sh", "-c", "echo words"]}' layout "$T/image" "$T/x.tar"
}

# slowly CALL COMMAND...: layerctl, which waits 5 ms before each such call, for the other to come between.
slowly() {
	local call=$1
	shift
	strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:delay_enter=5000" "$LAYERCTL" "$@"
}

# until_gone FILE COMMAND...: again and again; how often is in FILE.times.
until_gone() {
	local file=$1 times=0
	shift
	while [ -e "$file" ]; do
		"$@" >"$file.said" 2>&1 || { echo "$*: $(cat "$file.said")"; return 1; }
		times=$((times + 1))
		echo $times >"$file.times"
	done
}

was_collected() { [ "$(cat "$T/go.times")" -ge "$1" ]; }

@test "gc that runs all the time takes nothing of what is imported meanwhile" {
	store import --no-sync "$T/image" first
	touch "$T/go"
	until_gone "$T/go" store gc 3>&- &
	pid=$!
	for i in 1 2 3 4 5 6 7 8; do
		echo $i >"$T/x/etc/which"
		tar -C "$T/x" -cf "$T/$i.tar" etc
		layout "$T/image.$i" "$T/x.tar" "$T/$i.tar"
		slowly fsync --root "$T/store" import --no-sync "$T/image.$i" "image:$i"
		[ $((i % 2)) = 0 ] || store rm "image:$i"
		eventually was_collected $i
	done
	rm "$T/go"
	wait $pid
	is_whole
	for i in 2 4 6 8; do
		store mount --read-only "image:$i" "$T/m" >/dev/null
		[ "$(cat "$T/m/etc/which")" = $i ]
		store umount "$T/m"
	done
	store gc
	run -0 store fsck --content
	[ -z "$output" ]
	[ "$(names_in layers | wc -l)" = 5 ]
}

has_container() { [ -n "$(names_in containers)" ]; }

@test "run while its image is removed runs or says that it is not there, and leaves nothing" {
	ran=0
	for i in 1 2 3 4 5 6; do
		store import --no-sync "$T/image" image
		# every other time when the container is there already
		touch "$T/go"
		{ until [ $((i % 2)) = 0 ] || has_container || [ ! -e "$T/go" ]; do :; done; store rm image; } 3>&- &
		pid=$!
		run run_stored image
		rm "$T/go"
		wait $pid
		if [ "$status" = 0 ]; then
			[ "$output" = words ]
			ran=$((ran + 1))
		else
			[ "$status" = 125 ]
			[[ $output == *"no such file"* || $output == *"No such file"* || $output == *"there is no image"* || $output == *"no name of the store"* ]]
		fi
		store gc
		[ -z "$(names_in containers)$(names_in layers)$(names_in staging)$(names_in trash)" ]
	done
	echo "# $ran of 6 ran" >&3
	[ "$ran" -gt 0 ]
}

@test "umount and mount --id leave a container alone that is run" {
	store import --no-sync "$T/image" image
	TMPDIR=$T/tmp "$LAYERCTL" --root "$T/store" run "${RUN_OPTIONS[@]}" image /bin/sh -c 'trap "echo kept >/file; exit 3" TERM; echo ready; while :; do sleep 0.05; done' >"$T/out" 2>&1 3>&- &
	pid=$!
	eventually grep -q ready "$T/out"
	id=$(names_in containers)
	run -5 store umount "$id"
	[ "$output" = "layerctl: umount: container \"$id\" is run (end it first)" ]
	run -5 store mount --id "$id" image "$T/m"
	[[ $output == *"is run"* ]]
	[ "$(names_in containers)" = "$id" ]
	[ -d "$T/store/containers/$id/upper" ]
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 3 ]
	[ -z "$(names_in containers)" ]
}

@test "of two commits to one name one has it, whole, and the other is garbage" {
	store import --no-sync "$T/image" image
	for id in a b; do
		store mount --id $id image "$T/m" >/dev/null
		echo $id >"$T/m/etc/id"
		store umount --keep "$T/m"
	done
	for i in 1 2 3 4; do
		store commit a new >"$T/a" &
		pid=$!
		store commit b new >"$T/b"
		wait $pid
		digest=$(store list --json | jq -r '.[] | select(.name == "new").digest')
		[ "$digest" = "$(cat "$T/a")" ] || [ "$digest" = "$(cat "$T/b")" ]
		[ "$(store list --json | jq length)" = 2 ]
		is_whole
		store mount --read-only new "$T/m" >/dev/null
		[[ $(cat "$T/m/etc/id") == [ab] ]]
		store umount "$T/m"
		store gc
		run -0 store fsck --content
		[ -z "$output" ]
		[ "$(names_in layers | wc -l)" = 2 ]
	done
}

# raced: $T/tree/d, with files of the tree's own, and $T/tree/l, a link to what is outside, swap their names all the time.
raced() {
	mkdir -p "$T/tree/d" "$T/outside"
	for i in 1 2 3 4 5 6 7 8 9; do
		echo own >"$T/tree/d/$i"
		echo secret >"$T/outside/$i"
	done
	ln -s "$T/outside" "$T/tree/l"
	"$SUITE/racer" "$T/tree/d" "$T/tree/l" 3>&- &
	RACER=$!
}

@test "export and commit read nothing outside of a tree whose directories become links" {
	raced
	led=0 read=0
	for i in $(seq 20); do
		# who goes by names is led out: cat, and tar that is given them
		cat "$T"/tree/d/* >"$T/seen" 2>/dev/null || :
		! grep -q secret "$T/seen" || led=$((led + 1))
		rm -f "$T/out.tar"
		run slowly openat export --compress none "$T/tree" "$T/out.tar"
		if [ "$status" = 0 ]; then
			run ! grep -q secret "$T/out.tar"
			read=$((read + 1))
		else
			echo "$output"
			[[ $output == *"changed while it was read (pause whoever writes there)" ]]
			[ ! -e "$T/out.tar" ]
		fi
		rm -rf "$T/new"
		run slowly openat commit --compress none "$T/tree" "$T/image" "oci:$T/new"
		run ! grep -rq secret "$T/new"
	done
	kill $RACER
	echo "# cat was led out $led times of 20, $read exports were whole" >&3
	[ "$led" -gt 0 ]
	[ "$(cat "$T/outside/1")" = secret ]
}

# swap_while_there DIR: what is half unpacked there has its directory "d" become a link to what is outside, again and
# again: in every other round once a file is in it, since who has it open then gets to the end.
swap_while_there() {
	local first=d
	[ $((i % 2)) = 0 ] || first=d/1
	until [ -e "$1/$first" ] || [ ! -e "$T/go" ]; do :; done
	ln -s "$T/outside" "$1/l" 2>/dev/null && exec "$SUITE/racer" "$1/d" "$1/l"
}

@test "unpack writes nothing outside of a directory whose directories become links" {
	mkdir -p "$T/outside" "$T/y/d"
	(cd "$T/y/d" && seq 200 | xargs touch)
	# the directory's entry comes first
	tar -C "$T/y" --sort=name -cf "$T/y.tar" d
	led=0 swapped=0
	for i in 1 2 3 4 5; do
		for who in ours theirs; do
			rm -rf "$T/out" "$T/.out.layerctl"
			touch "$T/go"
			if [ $who = ours ]; then
				swap_while_there "$T/.out.layerctl/root" 3>&- &
				pid=$!
				slowly openat unpack --no-sync "tar:$T/y.tar" "$T/out" >"$T/said" 2>&1 || :
				[ -z "$(ls -A "$T/outside")" ]
			else
				mkdir "$T/out"
				swap_while_there "$T/out" 3>&- &
				pid=$!
				for j in $(seq 300); do mkdir -p "$T/out/d" && echo x >"$T/out/d/$j"; done 2>/dev/null
				[ -z "$(ls -A "$T/outside")" ] || led=$((led + 1))
				rm -f "$T"/outside/*
			fi
			rm "$T/go"
			[ ! -L "$T/out/l" ] && [ ! -L "$T/out/d" ] || swapped=$((swapped + 1))
			kill $pid 2>/dev/null || :
			wait $pid || :
		done
	done
	echo "# who writes by names was led out $led times of 5, $swapped were swapped" >&3
	[ "$led" -gt 0 ]
	[ "$swapped" -gt "$led" ]
}
