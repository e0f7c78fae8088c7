#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl export: a tree becomes an archive, which everybody takes for the same tree.

load helpers
load layer.bash

# Everything a file can be, in $T/tree, and names and times that need an extended header.
a_tree() {
	two_layers
	rm -rf "$T/tree"
	mv "$T/one" "$T/tree"
	local long
	long=$T/tree/opt/$(printf 'long%.0s' {1..60})
	mkdir -p "$long/deeper/$(printf 'n%.0s' {1..120})"
	echo x >"$long/deeper/file"
	ln -s "$(printf 'target%.0s' {1..40})" "$T/tree/opt/link"
	echo x >"$T/tree/opt/large-owner"
	chown 3000000:4000000 "$T/tree/opt/large-owner"
	touch -d '1950-01-01 UTC' "$T/tree/opt/old"
	ln "$T/tree/etc/changed" "$T/tree/etc/another-name"
	printf 'x' >"$T/tree/opt/"$'odd \377name\n'
	setfattr -n trusted.t -v 1 "$T/tree/opt"
	setfattr -hn trusted.of-link -v 2 "$T/tree/opt/link"
	touch -h -d '2001-02-03 04:05:06.7' "$T/tree/opt/link"
	touch -d '2001-02-03 04:05:06.7' "$T/tree/opt" "$T/tree"
}

# spec: ImageLayerIsTar ImageLayerAttributes
@test "what is exported is the same tree to GNU tar, bsdtar and layerctl" {
	needs bsdtar
	a_tree
	layerctl export "$T/tree" "$T/out.tar"
	mkdir "$T/gnu" "$T/bsd"
	tar -C "$T/gnu" -xpf "$T/out.tar" --xattrs --xattrs-include='*' --numeric-owner
	bsdtar -C "$T/bsd" -xpf "$T/out.tar" --numeric-owner
	touch -r "$T/tree" "$T/bsd" # the directory it was told to work in is none of its entries
	layerctl unpack "tar:$T/out.tar" "$T/ours"
	tree_of "$T/tree" >"$T/want"
	tree_of "$T/gnu" | diff "$T/want" -
	tree_of "$T/bsd" | diff "$T/want" -
	tree_of "$T/ours" | diff "$T/want" -
}

@test "what is exported is the same tree to umoci, as a layer" {
	needs umoci
	a_tree
	layerctl export "$T/tree" "$T/out.tar"
	layout "$T/image" "$T/out.tar"
	umoci raw unpack --image "$T/image:t" "$T/theirs" >/dev/null
	diff <(tree_of "$T/tree") <(tree_of "$T/theirs")
}

@test "packed or not, the same tree gives the same bytes, wherever it is and whenever" {
	a_tree
	layerctl export "$T/tree" "$T/a.tar"
	cp -a "$T/tree" "$T/copy"
	layerctl export "$T/copy" - >"$T/b.tar"
	cmp "$T/a.tar" "$T/b.tar"
	for how in gzip zstd; do
		layerctl export --compress $how "$T/tree" "$T/a.$how"
		layerctl export --compress=$how "$T/copy" - | cmp - "$T/a.$how"
		$how -dc <"$T/a.$how" | cmp - "$T/a.tar"
	done
	[ "$(stat -c %a "$T/a.tar")" = 644 ]
}

@test "no time is later than SOURCE_DATE_EPOCH" {
	a_tree
	SOURCE_DATE_EPOCH=1000000000 layerctl export "$T/tree" "$T/out.tar"
	layerctl unpack "tar:$T/out.tar" "$T/ours"
	[ "$(find "$T/ours" -newermt @1000000000 | wc -l)" = 0 ]
	[ "$(stat -c %Y "$T/ours/opt/old")" = -631152000 ]
	SOURCE_DATE_EPOCH=soon run -1 layerctl export "$T/tree" "$T/other.tar"
	[[ $output == *'SOURCE_DATE_EPOCH: "soon" is no number of seconds' ]]
	[ ! -e "$T/other.tar" ]
}

# spec: ImageChangesApart
@test "reading a tree leaves its times, and access control lists stay, to GNU tar and bsdtar too" {
	needs bsdtar
	a_tree
	touch -a -d '2001-01-01' "$T/tree/etc/kept"
	acl=0x0200000001000600ffffffff02000600d204000004000400ffffffff10000600ffffffff20000400ffffffff
	setfattr -n system.posix_acl_access -v $acl "$T/tree/etc/kept"
	setfattr -n system.posix_acl_default -v $acl "$T/tree/etc"
	layerctl export "$T/tree" "$T/out.tar"
	[ "$(stat -c %X "$T/tree/etc/kept")" = "$(date -d 2001-01-01 +%s)" ]
	layerctl unpack "tar:$T/out.tar" "$T/ours"
	mkdir "$T/gnu" "$T/bsd"
	tar -C "$T/gnu" --acls -xpf "$T/out.tar" --numeric-owner
	bsdtar -C "$T/bsd" --acls -xpf "$T/out.tar" --numeric-owner
	for who in ours gnu bsd; do
		[ "$(getfattr --only-values -n system.posix_acl_access "$T/$who/etc/kept" | od -An -tx1 | tr -d " \n")" = "${acl#0x}" ]
		[ "$(getfattr --only-values -n system.posix_acl_default "$T/$who/etc" | od -An -tx1 | tr -d " \n")" = "${acl#0x}" ]
	done
}

@test "sockets are left out" {
	needs python3
	a_tree
	python3 -c 'import os, socket, sys; os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX).bind("socket")' "$T/tree/opt"
	[ -S "$T/tree/opt/socket" ]
	layerctl export "$T/tree" "$T/out.tar"
	layerctl unpack "tar:$T/out.tar" "$T/ours"
	[ ! -e "$T/ours/opt/socket" ]
}

@test "an export that fails leaves nothing, and what is there stays" {
	a_tree
	echo mine >"$T/there"
	run -1 layerctl export "$T/tree" "$T/there"
	[[ $output == *"is there already (remove it, or name another file)" ]]
	[ "$(cat "$T/there")" = mine ]
	run -3 layerctl export "$T/nowhere" "$T/out.tar"
	run -1 layerctl export --compress xz "$T/tree" "$T/out.tar"
	: >"$T/tree/opt/.wh.x"
	run -1 layerctl export "$T/tree" "$T/out.tar"
	[[ $output == *'"opt/.wh.x": a layer cannot have this name'* ]]
	[ ! -e "$T/out.tar" ]
	mkdir "$T/small"
	mount -t tmpfs -o size=100k none "$T/small"
	rm "$T/tree/opt/.wh.x"
	run -6 layerctl export "$T/tree" "$T/small/out.tar"
	left=$(ls -A "$T/small")
	umount "$T/small"
	[ -z "$left" ]
}

# looked_at_and_stopped NAME: export of $T/tree, stopped when it has asked what NAME is; $PID.
looked_at_and_stopped() {
	local when
	strace -qq -o "$T/trace" -e trace=newfstatat "$LAYERCTL" export "$T/tree" "$T/first.tar"
	when=$(grep -n "\"$1\"" "$T/trace" | head -n 1 | cut -d : -f 1)
	rm "$T/first.tar"
	strace -qq -o "$T/trace" -e trace=newfstatat -e "inject=newfstatat:signal=STOP:when=$when" \
		"$LAYERCTL" export "$T/tree" "$T/out.tar" 2>"$T/said" 3>&- &
	PID=$!
	eventually grep -q 'stopped by SIGSTOP' "$T/trace"
}

taken_away() { rm "$T/tree/name"; }
replaced() { taken_away && echo x >"$T/tree/name"; }

@test "what somebody changes while it is read is named, and no archive is left" {
	needs strace
	mkdir "$T/tree"
	ln -s /nowhere "$T/tree/name"
	local change
	for change in taken_away replaced; do
		looked_at_and_stopped name
		$change
		kill -CONT "$(pgrep -P "$PID")"
		status=0
		wait "$PID" || status=$?
		[ "$status" = 1 ]
		[ "$(cat "$T/said")" = 'layerctl: export: "name": changed while it was read (pause whoever writes there)' ]
		[ ! -e "$T/out.tar" ]
		rm -f "$T/tree"/*
		ln -s /nowhere "$T/tree/name"
	done
}
