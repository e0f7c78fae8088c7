#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers of images in the store: nothing is copied, and nothing is left.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x/etc" "$T/tmp"
	put_busybox "$T/x" sh cat id touch sleep ls
	ln -s /tmp "$T/x/dev" # which must not be followed
	printf 'alice:x:1000:100::/srv:/bin/sh\n' >"$T/x/etc/passwd"
	tar -C "$T/x" -cf "$T/x.tar" .
	IMAGE_CONFIG='{"Cmd": ["/bin/sh", "-c", "id -u; touch /tmp-file; exit 7"], "User": "alice"}' layout "$T/image" "$T/x.tar"
	store import --no-sync "$T/image" box
}

is_clean_store() {
	[ -z "$(ls -A "$T/tmp")" ]
	[ -z "$(names_in containers)" ]
	[ -z "$(names_in staging)" ]
	run ! grep -q "layerctl:" /proc/self/mountinfo
}

@test "run takes a name of the store, and leaves nothing of it" {
	run run_stored box
	[ "$status" = 7 ]
	[ "${lines[0]}" = 1000 ]
	is_clean_store
	run -0 run_stored box /bin/sh -c 'echo words'
	[ "$output" = words ]
	run -125 run_stored nothing
	is_clean_store
}

@test "while a container runs gc neither waits nor takes what it needs" {
	TMPDIR=$T/tmp "$LAYERCTL" --root "$T/store" run "${RUN_OPTIONS[@]}" box /bin/sh -c \
		'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done' >"$T/out" 2>&1 3>&- &
	pid=$!
	eventually grep -q ready "$T/out"
	store rm box
	store gc
	[ "$(names_in layers | wc -l)" = 1 ]
	[ "$(names_in containers | wc -l)" = 1 ]
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 3 ]
	is_clean_store
	store gc
	[ -z "$(names_in layers)" ]
}

@test "a bundle of a stored image is mounted, until umount" {
	run -0 store bundle box "$T/box" /bin/sh -c 'echo written >/file; cat /file'
	id=$output
	rt validate "$T/box"
	[ -d "$T/box/rootfs/dev" ]
	[ ! -L "$T/box/rootfs/dev" ]
	jq --arg c "/$BOX" --arg t "RT_TEST=$TAG" '.linux.cgroupsPath = $c | .process.env += [$t] | .process.user = {uid: 0, gid: 0}' "$T/box/config.json" >"$T/edited"
	mv "$T/edited" "$T/box/config.json"
	run -0 rt run --bundle "$T/box" "$BOX"
	[ "$output" = written ]
	[ "$(cat "$T/store/containers/$id/upper/file")" = written ]
	store umount "$T/box/rootfs"
	[ -z "$(ls -A "$T/box/rootfs")" ]
	is_clean_store
	run -1 store bundle --net bridge box "$T/other"
	mkdir "$T/full"
	touch "$T/full/mine"
	run -1 store bundle box "$T/full"
	[[ $output == *"is not empty"* ]]
	is_clean_store
}

@test "what a killed run left goes with gc" {
	needs strace
	run strace -f -qq -o "$T/trace" -e trace=move_mount -e inject=move_mount:signal=KILL "$LAYERCTL" --root "$T/store" run "${RUN_OPTIONS[@]}" box
	[ "$status" != 0 ]
	[ "$(names_in containers | wc -l)" = 1 ]
	store gc
	[ -z "$(names_in containers)" ]
	run ! grep -q "layerctl:" /proc/self/mountinfo
}
