#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# layerctl lint: what in an image others stumble over.

load helpers
load layer.bash

@test "an image of nothing odd has no findings, and takes no root to look at" {
	mkdir -p "$T/x/etc"
	echo x >"$T/x/etc/x"
	ln -s /etc "$T/x/e"
	tar -C "$T/x" -cf "$T/x.tar" .
	layout "$T/image" "$T/x.tar"
	run -0 setpriv --bounding-set -all --inh-caps -all "$LAYERCTL" lint --strict "$T/image"
	[ "$output" = "" ]
	[ "$(layerctl lint --json "$T/image")" = "[]" ]
}

@test "every kind of finding is told, with its layer and its path" {
	mkdir -p "$T/one/usr/lib" "$T/one/srv" "$T/one/etc" "$T/two/lib" "$T/two/etc" "$T/two/bin"
	ln -s usr/lib "$T/one/lib"
	head -c 1000 /dev/zero >"$T/one/etc/gone"
	head -c 100 /dev/zero >"$T/one/etc/new"
	echo x >"$T/one/srv/x"
	tar -C "$T/one" -cf "$T/one.tar" .

	: >"$T/two/etc/.wh.gone"
	: >"$T/two/etc/.wh.nothing"
	: >"$T/two/etc/.wh.own"
	echo x >"$T/two/etc/own"
	echo x >"$T/two/etc/new"
	echo x >"$T/two/bin/su"
	chmod 4755 "$T/two/bin/su"
	echo x >"$T/two/bin/ping"
	setcap cap_net_raw=ep "$T/two/bin/ping"
	echo x >"$T/two/bin/open"
	chmod 666 "$T/two/bin/open"
	mkdir -m 1777 "$T/two/tmp"
	mknod "$T/two/bin/null" c 1 3
	mknod "$T/two/bin/gone" c 0 0
	ln -s ../../../etc/passwd "$T/two/bin/out"
	ln -s ../etc/passwd "$T/two/bin/in"
	mkdir "$T/two/bin/opaque"
	setfattr -n trusted.overlay.opaque -v y "$T/two/bin/opaque"
	tar -C "$T/two" --xattrs --xattrs-include='*' --format=pax -cf "$T/two.tar" lib etc bin tmp
	mkdir "$T/two/srv"
	echo x >"$T/two/srv/implied"
	ln "$T/two/srv/implied" "$T/two/srv/link"
	tar -C "$T/two" -rf "$T/two.tar" srv/implied srv/link bin/open
	layout "$T/image" "$T/one.tar" "$T/two.tar"

	layerctl lint --json "$T/image" | jq -r '.[] | .layer as $l | .check as $c
		| if $c == "wasted" then "\($l) \($c) \(.bytes)" else .paths[] | "\($l) \($c) \(.)" end' | sort >"$T/found"
	diff - "$T/found" <<-'END'
		1 wasted 1100
		2 capability /bin/ping
		2 device /bin/gone
		2 device /bin/null
		2 duplicate /bin/open
		2 implied-directory /srv
		2 link-out /bin/out
		2 link-shadowed /lib
		2 overlay-attribute /bin/opaque
		2 overlay-device /bin/gone
		2 set-id /bin/su
		2 whiteout-of-nothing /etc/nothing
		2 whiteout-of-nothing /etc/own
		2 whiteout-of-own /etc/own
		2 world-writable /bin/open
		2 world-writable /bin/open
	END
	run -0 layerctl lint "$T/image"
	[[ $output == *'layer 2: set-id: /bin/su runs as its owner or group, whoever starts it'* ]]
	[[ $output == *'layer 1: wasted: 1100 bytes of it are replaced or deleted by later layers'* ]]
	run -1 layerctl lint --strict "$T/image"
}

@test "a name that gives a terminal orders is told with them escaped" {
	mkdir -p "$T/x/bin"
	echo x >"$T/x/bin/a"$'\e[2J'
	chmod 4755 "$T/x/bin/a"$'\e[2J'
	tar -C "$T/x" -cf "$T/x.tar" .
	layout "$T/image" "$T/x.tar"
	run -0 layerctl lint "$T/image"
	[[ $output == *'set-id: /bin/a\u001b[2J runs'* ]]
}

@test "hard links to other layers, labels with orders and layers that cannot be read are told" {
	mkdir "$T/x"
	echo x >"$T/x/a"
	tar -C "$T/x" -cf "$T/one.tar" a
	ln "$T/x/a" "$T/x/b"
	tar -C "$T/x" -cf "$T/two.tar" a b
	tar --delete -f "$T/two.tar" a
	head -c 513 "$T/one.tar" >"$T/three.tar"
	IMAGE_CONFIG='{"Labels": {"run.oci.hooks": "x", "harmless": "y"}}' layout "$T/image" "$T/one.tar" "$T/two.tar" "$T/three.tar"
	run -1 layerctl lint --strict "$T/image"
	[ "${#lines[@]}" = 4 ]
	[[ ${lines[0]} == 'label-with-orders: run.oci.hooks is a label'* ]]
	[[ ${lines[1]} == 'layer 2: link-below: /b is a hard link'* ]]
	[[ ${lines[2]} == 'layer 3: unreadable: '* ]]
	[[ ${lines[3]} == 'layer 1: wasted: 2 '* ]]
}

# The layout's manifest.
manifest_of() { cat "$1/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' "$1/index.json")"; }

# of_layers N: $T/many, an image of one layer that comes N times.
of_layers() {
	mkdir -p "$T/once"
	echo x >"$T/once/file"
	tar -C "$T/once" -cf "$T/once.tar" file
	PACK="cat" layout "$T/many" "$T/once.tar"
	local config
	config=$(manifest_of "$T/many" | jq -r '.config.digest[7:]')
	config=$(jq -c ".rootfs.diff_ids |= [range($1) as \$i | .[0]]" "$T/many/blobs/sha256/$config" | put_blob "$T/many")
	edit_manifest "$T/many" ".layers |= [range($1) as \$i | .[0]] | .config.digest = \"$config\" | .config.size = $(stat -c %s "$T/blob")"
}

@test "an image of more layers than there are descriptors is read, unpacked, imported and written" {
	of_layers 1100
	ulimit -Sn 1024
	run -0 layerctl lint "$T/many"
	[[ $output == *"too-many-layers: 1100 layers "* ]]
	layerctl unpack --no-sync "$T/many" "$T/out"
	[ "$(ls "$T/out")" = file ]
	layerctl save "$T/many" "oci-archive:$T/many.tar:t"
	layerctl --root "$T/store" import --no-sync "$T/many.tar" many
	[ "$(layerctl --root "$T/store" diff many "$T/many")" = "" ]
}

@test "of more descriptors than it was given what a user runs in layerctl unshare knows nothing" {
	ulimit -Sn 1000
	run -0 layerctl unshare sh -c 'ulimit -Sn'
	[ "$output" = 1000 ]
}
