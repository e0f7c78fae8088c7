#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What an image calls volumes: directories of a container's own, gone with it.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir -p "$T/x"/{etc,proc,dev,sys,srv/kept/deep,run,var} "$T/tmp" "$T/outside"
	put_busybox "$T/x" sh cat touch rm ls stat grep
	ln -s ../run "$T/x/var/run"
	echo words >"$T/x/srv/kept/deep/file"
	ln "$T/x/srv/kept/deep/file" "$T/x/srv/kept/same"
	ln -s deep/file "$T/x/srv/kept/link"
	mkfifo "$T/x/srv/kept/pipe"
	mknod "$T/x/srv/kept/null" c 1 3
	chown -R 12:34 "$T/x/srv/kept"
	chmod 2751 "$T/x/srv/kept"
	chmod 4711 "$T/x/srv/kept/same"
	setfattr -n user.colour -v blue "$T/x/srv/kept/deep/file" || :
	touch -d @1700000000.25 "$T/x/srv/kept/deep/file" "$T/x/srv/kept/deep" "$T/x/srv/kept"
	echo secret >"$T/outside/secret"
}
teardown() {
	! grep -qF " $T/box/rootfs " /proc/self/mountinfo || umount "$T/box/rootfs"
	end_test
}

# an_image VOLUMES [COMMAND...]: $T/image, and "box" of the store.
an_image() {
	local volumes=$1
	shift
	tar -C "$T/x" --format=pax --xattrs --xattrs-include='*' -cf "$T/x.tar" .
	IMAGE_CONFIG=$(jq -nc --argjson v "$volumes" '{Cmd: $ARGS.positional, Volumes: $v}' --args -- "$@") layout "$T/image" "$T/x.tar"
	store import --no-sync "$T/image" box >/dev/null
}
run_image() { TMPDIR=$T/tmp layerctl --root "$T/store" run "${RUN_OPTIONS[@]}" "$@"; }

# in_box: the bundle $T/box, run under this test's name and cgroup.
in_box() {
	jq --arg c "/$BOX" --arg t "RT_TEST=$TAG" '.linux.cgroupsPath = $c | .process.env += [$t]' "$T/box/config.json" >"$T/edited"
	mv "$T/edited" "$T/box/config.json"
	rt run --bundle "$T/box" "$BOX"
}
leaves_nothing() {
	[ -z "$(ls -A "$T/tmp")" ]
	[ -z "$(names_in containers)" ]
	[ -z "$(names_in staging)" ]
}
volume_mounts() { jq -c '[.mounts[] | select(.options | index("bind")) | .destination]' "$T/box/config.json"; }

# spec: ImageConvVolumes
@test "a volume is a mount of its own, with what the image has there" {
	an_image '{"/srv/kept": {}, "/data/": {}}' /bin/sh -c 'echo new >/srv/kept/new; echo new >/data/new; cat /srv/kept/link; grep -cE " (/data|/srv/kept) " /proc/self/mountinfo'
	layerctl bundle "$T/image" "$T/box"
	[ "$(volume_mounts)" = '["/data","/srv/kept"]' ]
	diff <(tree_of "$T/x/srv/kept") <(tree_of "$T/box/volumes/1")
	[ "$(stat -c %a:%u:%g "$T/box/volumes/0")" = 755:0:0 ]
	rt validate "$T/box"
	run -0 in_box
	[ "${lines[0]}" = words ]
	[ "${lines[1]}" = 2 ]
	[ -e "$T/box/volumes/1/new" ]
	[ -e "$T/box/volumes/0/new" ]
	[ ! -e "$T/box/rootfs/srv/kept/new" ]
}

# spec: ImageConvVolumes
@test "volumes of a stored image are the container's, and go with it" {
	an_image '{"/srv/kept": {}, "/data": {}}' /bin/sh -c 'echo new >/srv/kept/new; echo new >/data/new'
	id=$(store bundle box "$T/box")
	diff <(tree_of "$T/x/srv/kept") <(tree_of "$T/store/containers/$id/volumes/1")
	run -0 in_box
	[ -e "$T/store/containers/$id/volumes/0/new" ]
	[ -e "$T/store/containers/$id/volumes/1/new" ]
	[ -z "$(find "$T/store/containers/$id/upper" -name new)" ]
	store umount "$T/box/rootfs"
	leaves_nothing
	run -0 run_image box
	leaves_nothing
	run -0 run_image "$T/image" /bin/cat /srv/kept/same
	[ "$output" = words ]
	leaves_nothing
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }
# 32 MiB in pieces of 256 KiB, each held up.
@test "who is asked to end while a volume is filled does so, and leaves nothing" {
	head -c 32M /dev/zero >"$T/x/srv/kept/large"
	an_image '{"/srv/kept": {}}' /bin/sh -c 'echo runs'
	TMPDIR=$T/tmp strace -f -qq -o "$T/trace" -e trace=pwrite64 -e inject=pwrite64:delay_enter=200000 \
		"$LAYERCTL" --root "$T/store" run "${RUN_OPTIONS[@]}" box >"$T/said" 2>&1 3>&- &
	pid=$!
	eventually eval 'test -s "$(echo "$T"/store/containers/*/volumes/0/large)"'
	kill -TERM "$(pgrep -P $pid)"
	eventually has_ended $pid
	status=0
	wait $pid || status=$?
	[ "$status" != 0 ]
	run ! grep runs "$T/said"
	leaves_nothing
}

# As many zeros would fill the disk with what takes a few bytes in an image.
@test "holes of a file in a volume stay holes" {
	echo words >"$T/x/srv/kept/large"
	truncate -s 1G "$T/x/srv/kept/large"
	echo more >>"$T/x/srv/kept/large"
	truncate -s 2G "$T/x/srv/kept/large"
	TAR_OPTIONS=--sparse an_image '{"/srv/kept": {}}' /bin/sh
	id=$(store bundle box "$T/box")
	cmp "$T/x/srv/kept/large" "$T/store/containers/$id/volumes/0/large"
	[ "$(stat -c %s "$T/store/containers/$id/volumes/0/large")" = 2147483648 ]
	[ "$(du -k "$T/store/containers/$id/volumes/0/large" | cut -f1)" -lt 1024 ]
}

# spec: ImageVolumesNotCommitted
@test "neither volumes nor the places they are mounted on are among a container's changes" {
	an_image '{"/srv/kept": {}, "/new/deep/data": {}}' /bin/sh -c 'echo new >/srv/kept/new; echo new >/new/deep/data/new; echo x >/var/other'
	id=$(store bundle box "$T/box")
	run -0 in_box
	[ "$(store diff "$id")" = $'C /var\nA /var/other' ]
	store commit "$id" made >/dev/null
	[ "$(store diff box made)" = $'C /var\nA /var/other' ]
	store export "$id" "$T/exported.tar"
	run -1 grep -c 'new$' <(tar -tf "$T/exported.tar")
	store umount "$T/box/rootfs"
	rm -r "$T/box"
	layerctl bundle "$T/image" "$T/box"
	run -0 in_box
	layerctl commit --include-volumes "$T/box" "$T/image" "oci:$T/with"
	[ "$(layerctl diff "$T/image" "$T/with" | grep -c data)" = 1 ]
	layerctl commit "$T/box" "$T/image" "oci:$T/without"
	[ "$(layerctl diff "$T/image" "$T/without" | grep -c data)" = 0 ]
}

# spec: ImageConvVolumes
@test "nor are the places of --volume and of the host's files" {
	an_image '{}' /bin/sh -c 'cat /made/for/words /far/away/secret; touch /made/for/good'
	echo words >"$T/outside/words"
	id=$(store bundle --net host -v "$T/outside/words:/made/for/words" -v "$T/outside:/far/away" -v "$T/outside:/made/for/it" \
		-v "$T/outside/words:/srv/kept/deep/file" -v "$T/outside/words:/made/for/words" box "$T/box")
	run -0 in_box
	[ "$output" = $'words\nsecret' ]
	[ "$(store diff "$id")" = $'C /made\nC /made/for\nA /made/for/good' ]
	store umount "$T/box/rootfs"
}

# spec: ImageConvVolumes
@test "a volume below a volume, and one through a link, are where the image says" {
	an_image '{"/srv": {}, "/srv/kept/deep": {}, "/var/run/lock": {}}' /bin/sh -c 'cat /srv/kept/deep/file; touch /srv/a /srv/kept/deep/b /run/lock/c'
	id=$(store bundle box "$T/box")
	[ "$(volume_mounts)" = '["/srv","/srv/kept/deep","/var/run/lock"]' ]
	run -0 in_box
	[ "$output" = words ]
	[ -e "$T/store/containers/$id/volumes/0/a" ]
	[ -e "$T/store/containers/$id/volumes/1/b" ]
	[ -e "$T/store/containers/$id/volumes/2/c" ]
}

# spec: ImageConvVolumes
@test "a --volume in the place of the image's is instead of it, one above it is below it" {
	mkdir -p "$T/mine/kept/deep"
	an_image '{"/srv/kept": {}, "/srv/kept/deep/": {}}' /bin/sh -c 'ls /srv /srv/kept; cat /srv/kept/deep/file'
	run -0 run_image --volume "$T/mine:/srv" box
	[ "$output" = $'/srv:\nkept\n\n/srv/kept:\ndeep\nlink\nnull\npipe\nsame\nwords' ]
	echo mine >"$T/mine/file"
	run -0 run_image --volume "$T/mine:/srv//kept/deep" box
	[ "${lines[-1]}" = mine ]
	leaves_nothing
}

@test "with --no-image-volumes they are directories like all others" {
	an_image '{"/srv/kept": {}, "/etc/../..": {}}' /bin/sh -c 'touch /srv/kept/new'
	layerctl bundle --no-image-volumes "$T/image" "$T/box"
	[ "$(volume_mounts)" = '[]' ]
	[ ! -e "$T/box/volumes" ]
	run -0 in_box
	[ -e "$T/box/rootfs/srv/kept/new" ]
	run -0 run_image --no-image-volumes box
	leaves_nothing
}

# spec: ImageConvVolumes
@test "no volume leads out of the image (CVE-2022-23648)" {
	ln -s "$T/outside" "$T/x/out"
	ln -s "../../../../../../../../../..$T/outside" "$T/x/up"
	ln -s /proc/self/root "$T/x/magic"
	an_image "$(jq -nc --arg a "/up" --arg b "/magic$T/outside" '{"/out": {}, ($a): {}, ($b): {}}')" /bin/ls /
	layerctl bundle "$T/image" "$T/box"
	[ -z "$(find "$T/box" -name secret)" ]
	rm -r "$T/box"
	id=$(store bundle box "$T/box")
	[ -z "$(find "$T/store/containers/$id" -name secret)" ]
	in_box >/dev/null || :
	[ "$(ls -A "$T/outside")" = secret ]
}

@test "a volume that cannot be one makes no bundle" {
	local volume
	for volume in / /../etc /srv/../../x /etc/passwd; do
		rm -rf "$T/store" "$T/image"
		touch "$T/x/etc/passwd"
		an_image "{\"$volume\": {}}" /bin/ls
		run -1 layerctl bundle "$T/image" "$T/box"
		[[ $output == *"the image's volume \"$volume\": "*"(--no-image-volumes)" ]]
		[ ! -e "$T/box" ]
		[ ! -e "$T/.box.layerctl" ]
		run -1 store bundle box "$T/box"
		[[ $output == *"the image's volume \"$volume\": "*"(--no-image-volumes)" ]]
		[ ! -e "$T/box" ]
		run -125 run_image box
		leaves_nothing
	done
}

@test "a volume over /proc is refused" {
	ln -s /proc "$T/x/view"
	an_image '{"/view": {}}' /bin/ls
	run -1 run_image box
	[[ $output == *'mounting "/view"'* ]]
	leaves_nothing
}

@test "of a container with ids of its own, volumes have them too" {
	an_image '{"/srv/kept": {}}' /bin/sh -c 'stat -c %u:%g:%a /srv/kept /srv/kept/same; rm /srv/kept/pipe && echo gone'
	run -0 run_image --uidmap 0:100000:65536 box
	[ "${lines[0]}" = 12:34:2751 ]
	[ "${lines[1]}" = 12:34:4711 ]
	[ "${lines[2]}" = gone ]
	leaves_nothing
}
