#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images of hundreds of layers, up to what overlayfs takes and above it.

load helpers
load layer.bash
load store.bash

# 520 layers, of which image() takes the lowest.
setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	local i l=$BATS_FILE_TMPDIR/l blobs=$BATS_FILE_TMPDIR/blobs sum
	mkdir "$blobs"
	for ((i = 1; i <= 520; i++)); do
		change "$i" "$l" >"$BATS_FILE_TMPDIR/names"
		tar -C "$l" -S --format=pax --xattrs --xattrs-include='user.*' --mtime=@0 -T "$BATS_FILE_TMPDIR/names" -cf "$blobs/$i"
	done
	cd "$blobs" || return
	sha256sum $(seq 520) | sed 's/ .*//' >../sums
	stat -c %s $(seq 520) | paste -d ' ' ../sums - >../layers
	i=0
	while read -r sum; do mv $((++i)) "$sum"; done <../sums
}

setup() {
	begin_layer_test
	mkdir "$T/m"
}

# change I DIR: what layer I has, in DIR; its names on stdout.
change() {
	local l=$2
	rm -rf "$l"
	mkdir -p "$l/d"
	case $1 in
	1)
		mkdir -p "$l"/{bin,opt/old,gone,proc,sys,dev}
		cp /bin/busybox "$l/bin/busybox"
		ln -s busybox "$l/bin/sh"
		ln "$l/bin/busybox" "$l/bin/linked"
		echo first >"$l/opt/old/file"
		echo first >"$l/gone/file"
		truncate -s 64M "$l/opt/hole"
		echo end >>"$l/opt/hole"
		chmod 1750 "$l/d"
		chown 5:6 "$l/d"
		echo .
		;;
	100) touch "$l/.wh.gone" && echo .wh.gone ;;
	150) touch "$l/d/.wh.3" && echo d/.wh.3 ;;
	200)
		mkdir "$l/opt"
		touch "$l/opt/.wh..wh..opq"
		echo opaque >"$l/opt/new"
		setfattr -n user.colour -v blue "$l/opt/new"
		echo opt
		;;
	201) touch "$l/d/.wh.nothing" && echo d/.wh.nothing ;;
	*) echo "$1" >"$l/d/$(($1 % 7))" && echo "d/$(($1 % 7))" ;;
	esac
}

# image N: $T/image-N, the lowest N layers, not packed.
image() {
	local dir=$T/image-$1
	mkdir -p "$dir/blobs"
	cp -al "$BATS_FILE_TMPDIR/blobs" "$dir/blobs/sha256"
	head -n "$1" "$BATS_FILE_TMPDIR/sums" | jq -Rnc '{architecture: "amd64", os: "linux", config: {Cmd: ["/bin/sh", "-c", "cat /d/5; echo x >/d/9"]},
		rootfs: {type: "layers", diff_ids: [inputs | "sha256:" + .]}}' >"$T/c"
	head -n "$1" "$BATS_FILE_TMPDIR/layers" | jq -Rnc --arg d "$(put_blob "$dir" <"$T/c")" --argjson s "$(stat -c %s "$T/c")" \
		'{schemaVersion: 2, config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $d, size: $s}, layers:
		[inputs / " " | {mediaType: "application/vnd.oci.image.layer.v1.tar", digest: ("sha256:" + .[0]), size: (.[1] | tonumber)}]}' >"$T/m.json"
	jq -nc --arg d "$(put_blob "$dir" <"$T/m.json")" --argjson s "$(stat -c %s "$T/m.json")" \
		'{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s}]}' >"$dir/index.json"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
}

# What is to be known of every file below DIR, but for what overlayfs counts of directories.
seen_in() {
	(
		cd "$1" || exit
		find . ! -type d -printf '%p %y %m %U:%G %n %T@ %s %l\n' | sort
		find . -type d -printf '%p %y %m %U:%G %T@\n' | sort
		find . -type f -print0 | sort -z | xargs -0 -r sha256sum
		find . -print0 | sort -z | xargs -0 -r getfattr -hd -m '^(user|security.capability|trusted)' 2>/dev/null
	)
}

flat_names() { (cd "$T/store/chains" && compgen -G 'flat-*'); }

@test "hundreds of layers are one tree, up to all that overlayfs takes" {
	image 498
	(ulimit -Sn 256 && store import --no-sync "$T/image-498" many)
	run ! flat_names
	(ulimit -Sn 256 && store mount --init many "$T/m") # and a mending layer, and the one of --init
	[ "$(cat "$T/m/d/5")" = 495 ]
	[ "$(stat -c '%a %u:%g' "$T/m/d")" = "1750 5:6" ]
	store umount "$T/m"
}

@test "of more layers than overlayfs takes the lowest are one, once for all images" {
	image 520
	layerctl unpack --no-sync "$T/image-520" "$T/flat"
	(ulimit -Sn 256 && store import --no-sync "$T/image-520" many)
	[ "$(flat_names | wc -l)" = 1 ]
	(ulimit -Sn 256 && store mount --read-only many "$T/m")
	diff <(seen_in "$T/flat") <(seen_in "$T/m")
	store umount "$T/m"
	[ "$(du -k "$T/store/chains/$(flat_names)" | tail -n 1 | cut -f 1)" -lt 8000 ]
	id=$(store mount many "$T/m")
	rm "$T/m/bin/linked"
	echo changed >"$T/m/d/5"
	[ "$(store diff "$id" | tr '\n' ' ')" = "C /bin D /bin/linked C /d C /d/5 " ]
	store commit "$id" more
	store umount "$T/m"
	[ "$(flat_names | wc -l)" = 1 ]
	[ "$(store du --json | jq -c 'map([.name, .alone < 100000, .shared > 1000000])')" = '[["many",true,true],["more",true,true]]' ]
	store mount more "$T/m"
	[ "$(cat "$T/m/d/5")" = changed ]
	[ ! -e "$T/m/bin/linked" ]
	store umount "$T/m"
	run -0 store fsck --content
	[ -z "$output" ]
	# What is lost is made again.
	rm -r "$T/store/chains/$(flat_names)/fs"
	run -4 store mount many "$T/m"
	[[ $output == *"is not in the store (layerctl fsck --repair)" ]]
	run -0 store fsck --repair
	[[ $output == *"chains/$(flat_names): has no files: mended"* ]]
	store mount --read-only many "$T/m"
	diff <(seen_in "$T/flat") <(seen_in "$T/m")
	store umount "$T/m"
	# It goes with the last who needs it.
	store rm many
	store gc
	[ "$(flat_names | wc -l)" = 1 ]
	store rm more
	store gc
	[ -z "$(names_in chains)$(names_in layers)" ]
}

@test "room for what the lowest layers are together is counted before anything is begun" {
	needs strace
	image 520
	local total largest
	total=$(awk '{ n += $2 } END { print n }' "$BATS_FILE_TMPDIR/layers")
	largest=$(sort -n -k 2 "$BATS_FILE_TMPDIR/layers" | tail -n 1 | cut -d ' ' -f 2)
	mkdir "$T/store"
	mount -t tmpfs -o size=128k small "$T/store"
	run -6 strace -f -qq -o "$T/trace" -e trace=pivot_root "$LAYERCTL" --root "$T/store" import "$T/image-520" many
	[[ $output == *"it takes $((2 * total + largest)) bytes or more, and "* ]]
	[ ! -s "$T/trace" ]
	[ -z "$(names_in staging)$(names_in layers)$(names_in chains)$(names_in blobs/sha256)" ]
	umount "$T/store"
	# The layers are there, and what they are together is not.
	mount -t tmpfs -o size=64M large "$T/store"
	store import --no-sync "$T/image-520" many
	store rm many
	rm -r "$T/store/chains"/*
	head -c 64M /dev/zero >"$T/store/filling" || :
	truncate -s "-$((largest / 2))" "$T/store/filling"
	run -6 store import "$T/image-520" many
	[[ $output == *"it takes $largest bytes or more, and "*"(--no-room-check begins all the same)" ]]
	[ -z "$(names_in staging)$(names_in chains)" ]
	run -6 store import --no-room-check "$T/image-520" many
	[[ $output != *"are free"* ]]
	[ -z "$(names_in staging)$(names_in chains)" ]
	rm "$T/store/filling"
	store import --no-sync "$T/image-520" many
	umount "$T/store"
}

@test "containers run on more layers than overlayfs takes, also where mount(2) is all there is" {
	image 520
	store import --no-sync "$T/image-520" many
	mkdir "$T/tmp"
	run -0 env TMPDIR="$T/tmp" "$LAYERCTL" --root "$T/store" run "${RUN_OPTIONS[@]}" many
	[ "$output" = 516 ]
	[ -z "$(names_in containers)" ]
	store bundle many "$T/box"
	[ "$(cat "$T/box/rootfs/d/5")" = 516 ]
	rt validate "$T/box"
	store umount "$T/box/rootfs"
	needs strace
	strace -f -qq -o "$T/trace" -e trace=fsconfig,mount -e inject=fsconfig:error=EINVAL "$LAYERCTL" --root "$T/store" mount many "$T/m"
	grep -q ' mount("layerctl:' "$T/trace"
	[ "$(cat "$T/m/d/5")" = 516 ]
	store umount "$T/m"
}

@test "killed while the lowest layers are made one, import leaves all of it or nothing" {
	needs strace
	image 520
	store import --no-sync "$T/image-520" many
	for when in copy_file_range:1 linkat:1 syncfs:1 renameat2:1 renameat2:2; do
		store rm many
		rm -r "$T/store/chains"/*
		run strace -qq -o "$T/trace" -e "trace=${when%:*}" -e "inject=${when%:*}:signal=KILL:when=${when#*:}" \
			"$LAYERCTL" --root "$T/store" import "$T/image-520" many
		[ "$status" != 0 ]
		store fsck --json | jq -e 'map(select(.what != "is left over")) == []' >/dev/null
		[ -z "$(flat_names)" ] || [ -e "$T/store/chains/$(flat_names)/fs/d" ]
		store import --no-sync "$T/image-520" many
		run -0 store fsck
		[ -z "$output" ]
	done
	store mount many "$T/m"
	[ "$(cat "$T/m/d/5")" = 516 ]
	store umount "$T/m"
}

# What is on the disk in this instant, at $T/cut.
power_cut() {
	umount "$T/cut" 2>/dev/null || :
	cp --sparse=always "$T/disk" "$T/copy"
	mount -o loop "$T/copy" "$T/cut"
}
damage() { layerctl --root "$1" fsck --json | jq -c 'map(select(.what != "is left over"))'; }

@test "a power cut leaves what the lowest layers are together whole, or nothing of it" {
	needs strace
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	image 520
	truncate -s 256M "$T/disk"
	mkfs.ext4 -q "$T/disk"
	mkdir "$T/cut" "$T/store"
	mount -o loop "$T/disk" "$T/store" || skip "no loop devices"
	rmdir "$T/store/lost+found"
	store import "$T/image-520" many
	power_cut
	[ "$(damage "$T/cut")" = "[]" ]
	diff <(tree_of "$T/store/chains") <(tree_of "$T/cut/chains")
	[ -s "$T/cut/chains/$(flat_names)/fs/bin/busybox" ]
	for when in copy_file_range:1 syncfs:1 renameat2:1 renameat2:2 fsync:1; do
		store rm many
		rm -r "$T/store/chains"/*
		run strace -qq -o "$T/trace" -e "trace=${when%:*}" -e "inject=${when%:*}:signal=KILL:when=${when#*:}" \
			"$LAYERCTL" --root "$T/store" import "$T/image-520" many
		[ "$status" != 0 ]
		power_cut
		[ "$(damage "$T/cut")" = "[]" ]
		store import "$T/image-520" many
	done
	store rm many
	rm -r "$T/store/chains"/*
	sync -f "$T/store"
	store import --no-sync "$T/image-520" many
	power_cut
	run ! diff <(tree_of "$T/store/chains") <(tree_of "$T/cut/chains") # so a cut is a cut
	umount "$T/cut" "$T/store"
}
