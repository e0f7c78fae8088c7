#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl mount: overlayfs shows what unpack makes, whatever the layers are.

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	mkdir "$T/m"
}

# Like tree_of, without what overlayfs cannot give: one inode for two names of a directory's count of links.
seen_in() {
	(
		cd "$1" || exit
		find . ! -type d -printf '%p %y %m %U:%G %n %T@ %l\n' | sort
		find . -type d -printf '%p %y %m %U:%G\n' | sort
		find . -type d -print0 | sort -z | xargs -0 ls -A # names that nothing is behind
		find . -type f -print0 | sort -z | xargs -0 -r sha256sum
		find . -print0 | sort -z | xargs -0 -r getfattr -hd -m '^(user|security.capability|trusted)' 2>/dev/null
	)
}

# as_unpacked TAR...: the image of these layers is seen, read-only and writable, as unpack makes it.
as_unpacked() {
	rm -rf "$T/image" "$T/flat"
	layout "$T/image" "$@"
	layerctl unpack --no-sync "$T/image" "$T/flat"
	store import --no-sync "$T/image" i
	store mount --read-only i "$T/m"
	diff <(seen_in "$T/flat") <(seen_in "$T/m")
	store umount "$T/m"
	store mount i "$T/m"
	diff <(seen_in "$T/flat") <(seen_in "$T/m")
	store umount "$T/m"
	[ -z "$(names_in containers)" ]
}

# a_layer NAME: $T/NAME.tar of $T/NAME, without an entry for the root.
a_layer() { (cd "$T/$1" && find . -mindepth 1 -print0 | sort -z | sed -z 's,^\./,,' | tar --no-recursion --null -T - --format=pax --xattrs --xattrs-include='*' -cf "$T/$1.tar"); }

# spec: ImageWhiteoutHidden ImageWhiteoutsBoth
@test "an image is mounted as it is unpacked, whatever its layers change" {
	two_layers
	as_unpacked "$T/one.tar" "$T/two.tar"
	as_unpacked "$T/one.tar" # a layer alone
	as_unpacked "$T/one.tar" "$T/two.tar" "$T/one.tar" # the same twice
}

@test "directories that a layer only passes through keep what they are" {
	mkdir -p "$T"/{a,b}/srv/x "$T/b/other/new"
	chmod 1777 "$T/a/srv"
	chown 12:34 "$T/a/srv/x"
	setfattr -n user.colour -v blue "$T/a/srv/x"
	tar -C "$T/a" --format=pax --xattrs --xattrs-include='*' -cf "$T/a.tar" srv
	echo new >"$T/b/srv/x/file"
	echo new >"$T/b/other/new/file"
	tar -C "$T/b" -cf "$T/b.tar" srv/x/file other/new/file
	as_unpacked "$T/a.tar" "$T/b.tar"
	store mount i "$T/m"
	[ "$(stat -c %a "$T/m/srv")" = 1777 ]
	[ "$(stat -c %u:%g "$T/m/srv/x")" = 12:34 ]
	store umount "$T/m"
	# and a layer above may say otherwise
	mkdir -p "$T/c/srv"
	chmod 0750 "$T/c/srv"
	tar -C "$T/c" -cf "$T/c.tar" srv
	as_unpacked "$T/a.tar" "$T/b.tar" "$T/c.tar"
}

@test "the root is as the topmost layer that has one says" {
	mkdir "$T/a" "$T/b"
	chmod 0711 "$T/a"
	chown 5:6 "$T/a"
	tar -C "$T/a" -cf "$T/a.tar" .
	echo >"$T/b/file"
	tar -C "$T/b" -cf "$T/b.tar" file
	as_unpacked "$T/a.tar" "$T/b.tar"
	store mount i "$T/m"
	[ "$(stat -c '%a %u:%g' "$T/m")" = "711 5:6" ]
	store umount i 2>/dev/null || store umount "$T/m"
}

@test "hard links to files of the layers below are links" {
	mkdir -p "$T/a/d" "$T/b/e"
	echo content >"$T/a/d/file"
	chmod 4750 "$T/a/d/file"
	ln -s nowhere "$T/a/d/soft"
	ln "$T/a/d/file" "$T/b/e/linked" && ln "$T/a/d/file" "$T/b/e/again"
	mkdir "$T/all"
	cp -a "$T/a/d" "$T/all/"
	mkdir "$T/all/e"
	ln "$T/all/d/file" "$T/all/e/linked"
	ln "$T/all/d/file" "$T/all/e/again"
	tar -C "$T/a" -cf "$T/a.tar" d
	# e/linked and e/again as links to d/file, which is not in the layer
	tar -C "$T/all" -cf "$T/b.tar" d/file e/linked e/again
	tar --delete -f "$T/b.tar" d/file
	tar -tvf "$T/b.tar" | grep -c 'link to d/file' | grep -qx 2
	as_unpacked "$T/a.tar" "$T/b.tar"
	store mount i "$T/m"
	[ "$T/m/d/file" -ef "$T/m/e/linked" ]
	[ "$(stat -c '%h %a' "$T/m/e/again")" = "3 4750" ]
	store umount "$T/m"
	# deleted, or something else, further up
	mkdir -p "$T/c/e" "$T/c/d"
	: >"$T/c/e/.wh.linked"
	echo other >"$T/c/d/file"
	tar -C "$T/c" -cf "$T/c.tar" e/.wh.linked d/file
	as_unpacked "$T/a.tar" "$T/b.tar" "$T/c.tar"
	# to nothing at all
	tar -C "$T/c" -cf "$T/other.tar" e
	layout "$T/bad" "$T/other.tar" "$T/b.tar"
	local command
	for command in "unpack $T/bad $T/out" "import $T/bad bad"; do
		# shellcheck disable=SC2086
		run -1 store $command
		[[ $output == *'"e/again": hard link to "d/file"'* || $output == *'"e/linked": hard link to "d/file"'* ]]
	done
	[ ! -e "$T/out" ]
	[ "$(store list --json | jq length)" = 1 ]
}

@test "what hides nothing is not seen, and a hidden root hides all" {
	mkdir -p "$T/a/dir" "$T/b/dir" "$T/b/alone"
	echo >"$T/a/dir/file"
	: >"$T/b/dir/.wh.none"
	: >"$T/b/alone/.wh.none"
	tar -C "$T/a" -cf "$T/a.tar" .
	tar -C "$T/b" -cf "$T/b.tar" dir/.wh.none alone
	as_unpacked "$T/a.tar" "$T/b.tar"
	as_unpacked "$T/b.tar"
	mkdir "$T/c"
	: >"$T/c/.wh..wh..opq"
	echo >"$T/c/only"
	tar -C "$T/c" -cf "$T/c.tar" .
	as_unpacked "$T/a.tar" "$T/c.tar"
	as_unpacked "$T/a.tar" "$T/c.tar" "$T/b.tar"
}

@test "what is written is the container's, and can be kept" {
	mkdir "$T/a"
	echo image >"$T/a/file"
	tar -C "$T/a" -cf "$T/a.tar" .
	layout "$T/image" "$T/a.tar"
	store import "$T/image" i
	id=$(store mount i "$T/m")
	[[ $id =~ ^[0-9a-f]{12}$ ]]
	echo changed >"$T/m/file"
	store umount "$id"
	[ -z "$(names_in containers)" ]
	run -0 store mount --id box i "$T/m"
	[ "$output" = box ]
	[ "$(cat "$T/m/file")" = image ]
	echo kept >"$T/m/file"
	mkdir "$T/other"
	run -5 store mount --id box i "$T/other"
	[[ $output == *'container "box" is mounted' ]]
	cd "$T/m"
	run -5 store umount box
	[[ $output == *"is in use (end who works there)" ]]
	cd "$T"
	store umount --keep box
	store mount --id box i "$T/m"
	[ "$(cat "$T/m/file")" = kept ]
	store umount "$T/m"
	run -3 store umount box
	[[ $output == *'there is no container "box" (layerctl ps lists them)' ]]
	run -3 store mount nothing "$T/m"
	run -1 store mount i "$T/a/file"
	run -1 store mount --id ../x i "$T/m"
	[ -z "$(names_in containers)" ]
}

@test "read-only is read-only, and volatile is not used again after a crash" {
	mkdir "$T/a"
	tar -C "$T/a" -cf "$T/a.tar" .
	store import "tar:$T/a.tar" i
	store mount --read-only i "$T/m"
	run -1 touch "$T/m/file"
	[[ $output == *"Read-only file system"* ]]
	store umount "$T/m"
	store mount --volatile --id v i "$T/m"
	[ -e "$T/store/containers/v/work/work/incompat/volatile" ]
	umount "$T/m"
	run -4 store mount --id v i "$T/m"
	[[ $output == *"it was mounted --volatile"* ]]
	store umount v
}

@test "with --init what is mounted on /dev, /proc and /etc/hosts cannot be led away" {
	mkdir -p "$T/a/etc" "$T/a/proc"
	chmod 0700 "$T/a/etc"
	ln -s /tmp "$T/a/dev"
	ln -s ../../tmp/hosts "$T/a/etc/hosts"
	echo mine >"$T/a/etc/hostname"
	tar -C "$T/a" -cf "$T/a.tar" .
	store import "tar:$T/a.tar" i
	store mount --init i "$T/m"
	[ "$(stat -c %F "$T/m/dev" "$T/m/proc" "$T/m/sys" "$T/m/etc/hosts" | sort | uniq -c | tr -s ' \n' ' ')" = " 3 directory 1 regular empty file " ]
	[ "$(cat "$T/m/etc/hostname")" = mine ]
	[ "$(stat -c %a "$T/m/etc")" = 700 ]
	store umount "$T/m"
	store mount i "$T/m"
	[ -L "$T/m/dev" ]
	store umount "$T/m"
}

@test "older kernels get names instead of descriptors" {
	needs strace
	two_layers
	as_unpacked "$T/one.tar" "$T/two.tar"
	# fsconfig takes no descriptors, and then nothing at all
	for error in EINVAL:when=6+2 EINVAL; do
		strace -f -qq -o "$T/trace" -e trace=fsconfig,mount -e inject=fsconfig:error=$error "$LAYERCTL" --root "$T/store" mount i "$T/m"
		diff <(seen_in "$T/flat") <(seen_in "$T/m")
		store umount "$T/m"
	done
	grep -q ' mount("layerctl:' "$T/trace"
	[ -z "$(names_in staging)" ]
}

two_mounted() {
	mkdir -p "$T/a"
	echo words >"$T/a/file"
	a_layer a
	layout "$T/image" "$T/a.tar"
	store import --no-sync "$T/image" i
	store mount --id one i "$T/m"
	store mount --id two i "$T/m"
	echo more >"$T/m/of-two"
}

# unmount_all: what a test that failed half way has left.
unmount_all() { while umount "$T/m" 2>/dev/null; do :; done; }

@test "of two containers in one place the one that is seen is unmounted, and the other stays" {
	two_mounted
	run -5 store umount one
	[ "$output" = "layerctl: umount: something else is mounted on \"$T/m\" (umount that first)" ]
	store umount "$T/m"
	[ "$(names_in containers)" = one ]
	[ ! -e "$T/m/of-two" ]
	[ -e "$T/m/file" ]
	mount --bind "$T/a" "$T/m"
	run store umount "$T/m"
	umount "$T/m"
	[ "$status" = 5 ]
	store umount "$T/m"
	[ -z "$(names_in containers)" ]
	run ! grep -q "$T/m" /proc/self/mountinfo
	unmount_all
}

@test "ps says which containers there are, where, and what they have written" {
	two_mounted
	store umount --keep two
	head -c 1M /dev/zero >"$T/m/large"
	run -0 store ps
	[ "$(echo "${lines[1]}" | tr -s ' ')" = "one i mounted 1.0 MiB $T/m" ]
	[[ $(echo "${lines[2]}" | tr -s ' ') == "two i kept "*"KiB -" ]]
	[ "$(store ps --json | jq -c '.[] | [.id, .image, .status, .writable, .mounts]')" = \
		"[\"one\",\"i\",\"mounted\",true,[\"$T/m\"]]"$'\n''["two","i","kept",true,[]]' ]
	store umount one
	[ "$(store mount --json --id two i "$T/m" | jq -r .id)" = two ]
	store umount two
	[ "$(store ps --json)" = '[]' ]
	unmount_all
}
