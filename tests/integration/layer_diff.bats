#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl diff: what makes one tree of another, and the layer that does.

load helpers
load layer.bash

# $T/before, and $T/after with changes of every kind.
two_trees() {
	two_layers
	rm -r "$T/two" "$T"/*.tar
	mv "$T/one" "$T/before"
	cp -a "$T/before" "$T/after"
	(
		cd "$T/after" || exit
		rm -r gone etc/removed
		echo two >etc/changed
		touch -r "$T/before/etc/changed" etc/changed
		chmod 600 etc/kept
		mkdir etc/new
		echo new >etc/new/file
		rm -r opt
		mkdir -m 700 opt
		echo x >opt/only
		rm bin/sh
		ln -s cat bin/sh
		ln bin/busybox var/busybox
		setfattr -n user.colour -v red var/lib
	)
}

@test "diff tells what was added, changed and deleted, in lines and as JSON" {
	two_trees
	cat >"$T/want" <<-'END'
		C /bin
		C /bin/busybox
		C /bin/cat
		C /bin/sh
		C /etc
		C /etc/changed
		C /etc/kept
		A /etc/new
		A /etc/new/file
		D /etc/removed
		D /gone
		C /opt
		D /opt/fifo
		D /opt/hidden
		D /opt/null
		D /opt/numbers
		A /opt/only
		D /opt/zeros
		C /var
		A /var/busybox
		C /var/lib
	END
	layerctl diff "$T/before" "$T/after" | diff "$T/want" -
	layerctl diff --json "$T/before" "$T/after" | jq -r '.[] | "\(.change[:1] | ascii_upcase) \(.path)"' | diff "$T/want" -
	run -0 layerctl diff "$T/after" "$T/after"
	[ "$output" = "" ]
	[ "$(layerctl diff --json "$T/after" "$T/after")" = "[]" ]
}

# spec: ImageLayerIsTar ImageWhiteoutWritten ImageLayerNoDuplicates
@test "a name of several lines is told in one" {
	mkdir "$T/a" "$T/b"
	touch -r "$T/a" "$T/b/x"$'\n''y'
	touch -r "$T/a" "$T/b"
	run -0 layerctl diff "$T/a" "$T/b"
	[ "$output" = 'A /x\ny' ]
}

@test "the layer that diff writes makes the second tree of the first, to layerctl and umoci" {
	needs umoci
	two_trees
	layerctl export "$T/before" "$T/one.tar"
	layerctl diff --layer "$T/two.tar" "$T/before" "$T/after"
	layout "$T/image" "$T/one.tar" "$T/two.tar"
	tree_of "$T/after" >"$T/want"
	layerctl unpack "$T/image" "$T/ours"
	tree_of "$T/ours" | diff "$T/want" -
	umoci raw unpack --image "$T/image:t" "$T/theirs" >/dev/null
	tree_of "$T/theirs" | diff "$T/want" -
	run ! tar -tf "$T/two.tar" .wh..wh..opq
	[ "$(tar -tf "$T/two.tar" | grep -c '\.wh\.')" = 7 ]
	[ -z "$(tar -tf "$T/two.tar" | sort | uniq -d)" ]
}

@test "images are compared, and bundles with the images that they are of" {
	two_trees
	layerctl export "$T/before" "$T/one.tar"
	layerctl diff --layer "$T/two.tar" "$T/before" "$T/after"
	layout "$T/a" "$T/one.tar"
	layout "$T/b" "$T/one.tar" "$T/two.tar"
	layerctl diff "$T/before" "$T/after" >"$T/want"
	TMPDIR=$T layerctl diff "$T/a" "oci:$T/b:t" | diff "$T/want" -
	TMPDIR=$T layerctl diff "$T/a" "$T/after" | diff "$T/want" -
	layerctl bundle "$T/a" "$T/box" /bin/sh
	[ -z "$(layerctl diff "$T/a" "$T/box")" ]
	echo more >"$T/box/rootfs/etc/more"
	[ "$(layerctl diff "$T/a" "$T/box")" = $'C /etc\nA /etc/more' ]
	[ -z "$(find "$T" -maxdepth 1 -name '.layerctl*')" ]
}

@test "what a container did to an overlay is the difference of lower and merged" {
	two_layers
	mkdir "$T/upper" "$T/work" "$T/merged"
	mount -t overlay -o "lowerdir=$T/one,upperdir=$T/upper,workdir=$T/work" none "$T/merged" ||
		skip "no overlay on this file system"
	rm -r "$T/merged/opt"
	mkdir "$T/merged/opt"
	echo x >>"$T/merged/etc/kept"
	layerctl diff "$T/one" "$T/merged" >"$T/out" || :
	umount "$T/merged"
	diff - "$T/out" <<-'END'
		C /etc
		C /etc/kept
		C /opt
		D /opt/fifo
		D /opt/hidden
		D /opt/null
		D /opt/numbers
		D /opt/zeros
	END
}
