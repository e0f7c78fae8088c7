#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl of an ordinary user: with ids of /etc/subuid, or with none but their own.

# shellcheck shell=bash disable=SC2154
load rootless
load layer.bash
load registry.bash

setup() {
	begin_layer_test
	as_user
	give_ids
	cp "$LAYERCTL" "$T/layerctl"
	mkdir -p "$T/home" "$T/tmp"
	two_layers
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	chmod -R a+rX "$T/image"
	chown "$U:$U" "$T/home" "$T/tmp"
	STORE=$T/home/.local/share/layerctl
}
teardown() {
	end_registry
	end_user
	end_test
}

# layerctl, as the user has it.
ours() { user env RT_TEST="$TAG" HOME="$T/home" TMPDIR="$T/tmp" "$T/layerctl" "$@"; }
run_ours() { ours run --env RT_TEST="$TAG" "$@"; }
without_helpers() { user env PATH="$T/path" RT_TEST="$TAG" HOME="$T/home" TMPDIR="$T/tmp" "$T/layerctl" "$@"; }

leaves_nothing() {
	[ -z "$(ls -A "$T/tmp")" ]
	[ -z "$(ls -A "$STORE/containers")" ]
	[ -z "$(ls -A "$STORE/staging")" ]
}

owners_in() { find "$1" -printf '%P: %y %m %l %U %G\n' | sort; }
# The same of a tree of the user's, with the ids that they have there.
users_owners_in() { owners_in "$1" | awk -v own="$U" -v sub_="$SUB" '{ for (i = NF - 1; i <= NF; i++) $i = $i == own ? 0 : $i - sub_ + 1; print }'; }

@test "an ordinary user imports an image and runs it [LayerRootless]" {
	ours import "$T/image" box
	[ "$(stat -c %a:%u "$STORE")" = "700:$U" ]
	run -0 ours list
	[[ ${lines[1]} == box\ * ]]
	run run_ours box /bin/sh -c 'cat /proc/self/uid_map; echo x >/var/made; exit 7'
	[ "$status" = 7 ]
	[[ ${lines[0]} =~ ^\ *0\ +$U\ +1$ ]]
	[[ ${lines[1]} =~ ^\ *1\ +$SUB\ +65536$ ]]
	leaves_nothing
	run -0 run_ours box /bin/sh -c 'echo /etc/* /gone /opt/*'
	[ "$output" = "/etc/changed /etc/kept /gone /opt/new" ]
	run -0 --separate-stderr run_ours "$T/image" /bin/sh -c 'cat /etc/changed'
	[ "$output" = two ]
	leaves_nothing
}

@test "owners are those of the image, in the user's ids [LayerRootless]" {
	ours unpack "$T/image" "$T/home/out"
	[ "$(stat -c %u:%g "$T/home/out/etc/kept")" = "$((SUB + 11)):$((SUB + 33))" ]
	[ "$(stat -c %u:%g "$T/home/out/bin/busybox")" = "$U:$U" ]
	[ "$(stat -c %a "$T/home/out/bin/busybox")" = 4711 ]
	layerctl unpack "$T/image" "$T/roots"
	diff <(owners_in "$T/roots" | tr -s " ") <(users_owners_in "$T/home/out" | tr -s " ")
	run -0 user "$T/layerctl" unshare rm -rf "$T/home/out"
	[ ! -e "$T/home/out" ]
}

@test "devices, which a user namespace has none of, are left out, and what they hide is hidden [LayerRootless]" {
	mkdir "$T/three" "$T/three/etc"
	mknod "$T/three/etc/changed" c 1 3
	ln "$T/three/etc/changed" "$T/three/etc/linked"
	tar -C "$T/three" -cf "$T/three.tar" etc/changed etc/linked
	layout "$T/devices" "$T/one.tar" "$T/two.tar" "$T/three.tar"
	chmod -R a+rX "$T/devices"
	run -0 --separate-stderr ours --log "$T/home/log" --log-format json import "$T/devices" devices
	left_out='layer 3 of 3: 2 devices are left out, the first is "etc/changed": in a user namespace nobody makes any'
	[ "$stderr" = "" ]
	[ "$(jq -r '.level + " " + .msg' "$T/home/log" | sort -u)" = "$(printf 'warning %s\n' "$left_out" "layer 1 of 3: 1 device is left out, \"opt/null\": in a user namespace nobody makes any" | sort)" ]
	run -0 run_ours devices /bin/sh -c 'cd /etc; echo [ckl]*'
	[ "$output" = kept ]
	run -0 ours unpack "$T/devices" "$T/home/out"
	line "layerctl: warning: $left_out"
	[ "${#lines[@]}" = 2 ]
	[ "$(ls "$T/home/out/etc")" = kept ]
}

@test "what a user mounts is seen in layerctl unshare, and can be committed [LayerRootlessMount]" {
	ours import "$T/image" box
	mkdir "$T/home/mnt"
	run -1 ours mount box "$T/home/mnt"
	says 'layerctl unshare'
	[ -z "$(ls -A "$STORE/containers")" ]
	cat >"$T/home/work" <<-'END'
		set -e
		layerctl=$1 mnt=$2
		id=$("$layerctl" mount --id work box "$mnt")
		[ "$id" = work ]
		[ ! -e "$mnt/gone" ]
		[ "$(cat "$mnt/etc/changed")" = two ]
		rm "$mnt/etc/kept"
		rm -r "$mnt/var/lib"
		mkdir "$mnt/var/lib"
		echo new >"$mnt/var/lib/new"
		chown 12:34 "$mnt/var/lib/new"
	END
	ours unshare sh "$T/home/work" "$T/layerctl" "$T/home/mnt"
	[ -z "$(ls -A "$T/home/mnt")" ]
	run -0 ours diff work
	line 'D /etc/kept'
	line 'A /var/lib/new'
	line 'D /var/lib/old'
	ours commit work changed
	ours save changed "oci:$T/tmp/changed"
	layerctl unpack "oci:$T/tmp/changed" "$T/roots"
	[ ! -e "$T/roots/etc/kept" ]
	[ "$(ls "$T/roots/var/lib")" = new ]
	[ "$(stat -c %u:%g "$T/roots/var/lib/new")" = 12:34 ]
	ours umount work
	run -0 run_ours changed /bin/sh -c 'cat /var/lib/*'
	[ "$output" = new ]
	ours rm changed box
	ours gc
	[ -z "$(find "$STORE/layers" "$STORE/blobs/sha256" -mindepth 1)" ]
}

@test "a user's bundle is run by the user's runtime, in a user namespace [LayerRootlessMount]" {
	ours import "$T/image" box
	ours bundle --env RT_TEST="$TAG" box "$T/home/bundle" /bin/sh -c 'cat /etc/changed; stat -c %u /etc/kept; exit 5'
	run rt run --bundle "$T/home/bundle" "$BOX"
	[ "$status" = 5 ]
	[ "${lines[0]}" = two ]
	[ "${lines[1]}" = 12 ]
	rt validate "$T/home/bundle"
}

@test "a user without other ids has images of root's files alone, and is told so [LayerRootless]" {
	mkdir "$T/path"
	run -1 without_helpers import "$T/image" box
	says 'owner 12:34'
	says '/etc/subuid and /etc/subgid have to give more'
	put_busybox "$T/simple" sh
	tar -C "$T/simple" -cf "$T/simple.tar" .
	layout "$T/plain" "$T/simple.tar"
	chmod -R a+rX "$T/plain"
	without_helpers import "$T/plain" plain
	run without_helpers run --runtime "$T/runtime" --env RT_TEST="$TAG" plain /bin/sh -c 'echo words; exit 3'
	[ "$status" = 3 ]
	[ "$output" = words ]
}

@test "a store is not taken for one with other ids [LayerRootless]" {
	ours import "$T/image" box
	run -1 layerctl --root "$STORE" mount box "$T/home"
	says 'of other ids'
	printf '%s:%s:65536\n' "$U" 400000 >"$T/subids"
	run -125 run_ours box
	says 'of other ids'
	run -0 ours list
	[[ ${lines[1]} == box\ * ]]
}

@test "fsck finds and mends what a user's store lacks [LayerRootless]" {
	ours import "$T/image" box
	ours fsck --content
	ours unshare sh -c "rm -r '$STORE'/layers/*/layer.json"
	run -4 ours fsck
	ours fsck --repair
	ours fsck
	run -0 run_ours box /bin/sh -c 'echo /etc/[ck]*'
	[ "$output" = "/etc/changed /etc/kept" ]
}

@test "an ordinary user's containers have the image's volumes [LayerRootless]" {
	IMAGE_CONFIG='{"Volumes": {"/etc": {}}}' layout "$T/volumes" "$T/one.tar" "$T/two.tar"
	chmod -R a+rX "$T/volumes"
	ours import "$T/volumes" box
	run -0 run_ours box /bin/sh -c 'stat -c %u:%g /etc/kept; echo x >/etc/new; cat /etc/changed; grep -c " /etc " /proc/self/mountinfo'
	[ "${lines[0]}" = 12:34 ]
	[ "${lines[1]}" = two ]
	[ "${lines[2]}" = 1 ]
	leaves_nothing
	ours bundle --env RT_TEST="$TAG" "$T/volumes" "$T/home/bundle" /bin/sh -c 'stat -c %u:%g /etc/kept; echo x >/etc/new'
	run -0 rt run --bundle "$T/home/bundle" "$BOX"
	[ "$output" = 12:34 ]
	[ "$(stat -c %u "$T/home/bundle/volumes/0/new")" = "$U" ]
}

@test "an ordinary user pulls from a registry, runs from it, and pushes to it [LayerRootless]" {
	needs docker-registry skopeo curl
	begin_registry
	ours save --tls-verify=false "$T/image" "docker://$REGISTRY/box:1"
	# Where skopeo would look for signatures if it took the user for root.
	[ ! -d /var/lib/containers ] || mount -t tmpfs -o mode=700 root /var/lib/containers
	ours import --tls-verify=false "docker://$REGISTRY/box:1" box
	[ ! -d /var/lib/containers ] || umount /var/lib/containers
	run -0 run_ours box /bin/cat /etc/changed
	[ "$output" = two ]
	run -0 --separate-stderr run_ours --tls-verify=false "docker://$REGISTRY/box:1" /bin/sh -c 'cat /etc/changed; stat -c %u:%g /etc/kept'
	[ "$output" = $'two\n12:34' ]
	ours bundle --tls-verify=false "docker://$REGISTRY/box:1" "$T/home/box" /bin/sh
	ours unshare sh -c "echo mine >$T/home/box/rootfs/etc/changed"
	ours commit --tls-verify=false "$T/home/box" "docker://$REGISTRY/box:1" "docker://$REGISTRY/box:2"
	layerctl unpack --tls-verify=false "docker://$REGISTRY/box:2" "$T/roots"
	[ "$(cat "$T/roots/etc/changed")" = mine ]
	[ "$(stat -c %u:%g "$T/roots/etc/kept")" = 12:34 ]
	leaves_nothing
}
