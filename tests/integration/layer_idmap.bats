#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers with ids of their own, of layers that all share.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir "$T/tmp" "$T/mnt"
	export TMPDIR=$T/tmp
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	store import --no-sync "$T/image" box
	owners "$T/store/layers" >"$T/before"
}
teardown() {
	! grep -qF " $T/mnt " /proc/self/mountinfo || umount "$T/mnt"
	end_test
}

owners() { find "$1" -printf '%P %U:%G %m %T@\n' | sort; }
owner() { stat -c %u:%g "$1"; }
MAP=(--uidmap 0:100000:65536)
# As root of such a container.
inside() { setpriv --reuid 100000 --regid 100000 --clear-groups -- "$@"; }

@test "layers are shown with other ids, and stay as they are [LayerIds]" {
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	store mount --id a "${MAP[@]}" box "$T/mnt"
	[ "$(owner "$T/mnt/etc/changed")" = 100000:100000 ]
	[ "$(owner "$T/mnt/etc/kept")" = 100012:100034 ]
	[ "$(owner "$T/mnt")" = 100000:100000 ]
	[ "$(stat -c %a "$T/mnt/bin/busybox")" = 4711 ]
	inside sh -c "echo more >>'$T/mnt/etc/changed'; echo new >'$T/mnt/etc/new'; chmod 600 '$T/mnt/etc/new'"
	inside chmod 700 "$T/mnt/opt"
	run ! inside touch "$T/mnt/etc/kept"
	diff "$T/before" <(owners "$T/store/layers")
	[ "$(owner "$T/store/containers/a/upper/etc/new")" = 100000:100000 ]
	store umount --keep "$T/mnt"
	run -5 store mount --id a --uidmap 0:200000:65536 box "$T/mnt"
	[[ $output == *"has other ids"* ]]
	store mount --id a box "$T/mnt"
	[ "$(owner "$T/mnt/etc/new")" = 100000:100000 ]
}

@test "what was written with other ids has those of the image again in diff and commit [LayerIds]" {
	store mount --id a "${MAP[@]}" --gidmap 0:300000:1000 box "$T/mnt"
	[ "$(owner "$T/mnt/etc/kept")" = 100012:300034 ]
	echo new >"$T/mnt/etc/new"
	chown 100005:300006 "$T/mnt/etc/new"
	touch -d @0 "$T/mnt/etc"
	[ "$(store diff a)" = $'C /etc\nA /etc/new' ]
	store commit a new >/dev/null
	layerctl --root "$T/store" export new "$T/new.tar"
	tar --numeric-owner -tvf "$T/new.tar" >"$T/listed"
	grep -q ' 5/6 .*etc/new$' "$T/listed"
	grep -q ' 12/34 .*etc/kept$' "$T/listed"
	grep -q ' 0/0 .*etc/$' "$T/listed"
	run ! grep -q '[13]000' "$T/listed"
}

@test "a container with a user namespace of its own runs on shared layers [LayerIds]" {
	run run_stored "${MAP[@]}" box /bin/sh -c 'cat /proc/self/uid_map; cd /etc; stat -c %u:%g changed kept; echo x >new; stat -c %u new; exit 7'
	[ "$status" = 7 ]
	[[ ${lines[0]} =~ ^\ *0\ +100000\ +65536$ ]]
	[ "${lines[1]}" = 0:0 ]
	[ "${lines[2]}" = 12:34 ]
	[ "${lines[3]}" = 0 ]
	diff "$T/before" <(owners "$T/store/layers")
	[ -z "$(ls -A "$T/tmp")" ]
	[ -z "$(names_in containers)" ]
	store bundle "${MAP[@]}" --env RT_TEST="$TAG" box "$T/box" /bin/sh -c 'stat -c %u:%g /etc/kept'
	rt validate "$T/box"
	run -0 rt run --bundle "$T/box" "$BOX-2"
	[ "$output" = 12:34 ]
	store umount "$T/box/rootfs"
}

@test "ids that are none are refused before anything is made [LayerIds]" {
	for wrong in 0 0:1 0:1:0 0:1:2:3 0:x:1 -1:0:1 0:4294967296:1 '' 0:100000:65536:; do
		run -1 store mount --uidmap "$wrong" box "$T/mnt"
		[[ $output == *"is not IN:OUT:SIZE"* ]]
	done
	run -1 store mount --uidmap 0:100000:10 --uidmap 5:200000:10 box "$T/mnt"
	[[ $output == *"mapping"* ]]
	run -1 layerctl bundle "${MAP[@]}" "$T/image" "$T/box"
	[[ $output == *"for images of the store (layerctl import)"* ]]
	[ ! -e "$T/box" ]
	[ -z "$(names_in containers)" ]
	run ! grep -qF " $T/mnt " /proc/self/mountinfo
}
