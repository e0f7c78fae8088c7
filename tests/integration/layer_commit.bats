#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is done to a container of the store: told, written as a layer, made an image.

load helpers
load layer.bash

setup() {
	begin_layer_test
	STORE=$T/store
	mkdir "$T/tmp" "$T/merged"
	export TMPDIR=$T/tmp
	two_layers
	IMAGE_CONFIG='{"Cmd": ["/bin/sh"]}' layout "$T/image" "$T/one.tar" "$T/two.tar"
	store import "$T/image" base >/dev/null
}
teardown() {
	umount -l "$T/merged" 2>/dev/null || :
	end_test
}
store() { layerctl --root "$STORE" "$@"; }

# tree_of without the counts of links, of which overlayfs tells what a lower directory says.
seen_tree() { tree_of "$1" | sed -E 's/^(\.[^ ]* [a-z] [0-7]+ [0-9:]+) [0-9]+ /\1 /'; }

# changed: a container of base, mounted at $T/merged, in which everything has happened that overlayfs has a word for.
changed() {
	ID=$(store mount base "$T/merged")
	(
		cd "$T/merged" || exit
		echo more >>etc/kept
		chmod 700 var
		rm etc/changed
		rm -r opt
		mkdir opt
		echo x >opt/only
		mv var/lib var/moved
		rm bin/sh
		mkdir bin/sh
		ln bin/busybox bin/same
		mknod opt/null c 1 3
		mkfifo opt/pipe
		echo x >etc/same-as-before
		rm etc/same-as-before
		touch -d @1700000000.25 opt
		setfattr -n user.colour -v red opt/only
	)
	seen_tree "$T/merged" >"$T/want"
}

@test "diff tells what a container has changed, and nothing of a new one" {
	ID=$(store mount base "$T/merged")
	[ "$(store diff "$ID")" = "" ]
	store umount "$ID"
	changed
	store diff "$ID" >"$T/out"
	diff - "$T/out" <<-'END'
		C /bin
		C /bin/busybox
		A /bin/same
		C /bin/sh
		C /etc
		D /etc/changed
		C /etc/kept
		C /opt
		D /opt/new
		A /opt/null
		A /opt/only
		A /opt/pipe
		C /var
		D /var/lib
		A /var/moved
		A /var/moved/old
		A /var/moved/old/x
	END
}

@test "a commit of a container is an image that shows the same tree, mounted or unpacked, here and elsewhere" {
	needs umoci
	changed
	store commit -m "by hand" "$ID" new >/dev/null
	store umount "$ID"
	store mount --read-only new "$T/merged" >/dev/null
	seen_tree "$T/merged" | diff "$T/want" -
	store umount "$T/merged"
	store save new "oci:$T/saved:t"
	umoci raw unpack --image "$T/saved:t" "$T/theirs" >/dev/null
	seen_tree "$T/theirs" | diff "$T/want" -
	layerctl unpack "$T/saved" "$T/ours"
	seen_tree "$T/ours" | diff "$T/want" -
	store export new "$T/new.tar"
	layerctl unpack "tar:$T/new.tar" "$T/exported"
	seen_tree "$T/exported" | diff "$T/want" -
	diff <(store diff base new) <(store diff "$T/image" "$T/saved" | grep -vx "C /bin/cat") # one of two that were one file
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "the init layer is none of a container's changes" {
	ID=$(store mount --init base "$T/merged")
	[ -d "$T/merged/dev" ]
	[ "$(store diff "$ID")" = "" ]
	echo x >"$T/merged/new"
	[ "$(store diff "$ID")" = "A /new" ]
	store commit "$ID" new >/dev/null
	[ "$(store diff base new)" = "A /new" ]
}

@test "what is committed again lies on what was committed before, and the names of images stay" {
	ID=$(store mount base "$T/merged")
	echo 1 >"$T/merged/first"
	store commit "$ID" one >/dev/null
	store umount "$ID"
	ID=$(store mount one "$T/merged")
	echo 2 >"$T/merged/second"
	rm "$T/merged/first"
	digest=$(store commit --json --compress zstd "$ID" base | jq -r .digest) # the name of what it began with
	[ "$digest" = "$(store inspect base | jq -r ".[0].digest")" ]
	store umount "$ID"
	[ "$(store diff one base)" = $'D /first\nA /second' ]
	run -0 store history base
	[ "${#lines[@]}" -ge 4 ]
	store save base "docker-archive:$T/docker.tar:example/image:1"
	layerctl unpack "$T/docker.tar" "$T/out"
	[ -e "$T/out/second" ]
	[ ! -e "$T/out/first" ]
}

@test "what is not there, or cannot have changed, is told" {
	run -3 store diff nothing
	run -3 store commit nothing new
	ID=$(store mount --read-only base "$T/merged")
	run -1 store diff "$ID"
	[[ $output == *"cannot be written to" ]]
	run -1 store commit "$ID" "$T/new"
	[[ $output == *"does not say how the image is to be written"* ]]
	run -3 store diff base nothing
	[[ $output == *'"nothing": is no file, no folder and no name of the store'* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "commit --change changes the config, and history says so [LayerCommitChange]" {
	ID=$(store mount base "$T/merged")
	echo x >"$T/merged/new"
	run -1 store commit --change 'CMD ["/bin/true"]' --change 'WORKDIR here' "$ID" new
	[[ $output == *'--change: WORKDIR: "here" is no absolute path' ]]
	run -3 store inspect new
	store commit --change 'CMD ["/bin/cat", "/new"]' --change 'ENV COLOUR="dark blue"' -c 'USER 12:34' -c 'EXPOSE 80' "$ID" new >/dev/null
	run -0 store history new
	[[ ${lines[1]} == *"EXPOSE 80" ]]
	[[ ${lines[4]} == *'CMD ["/bin/cat", "/new"]' ]]
	[[ ${lines[5]} == *"layerctl commit" ]]
	store save new "oci:$T/saved:t"
	jq -c .config "$T"/saved/blobs/sha256/"$(jq -r '.manifests[0].digest[7:]' "$T/saved/index.json" | xargs -I{} jq -r '.config.digest[7:]' "$T/saved/blobs/sha256/{}")" >"$T/config"
	[ "$(jq -c '[.Cmd, .User, .ExposedPorts]' "$T/config")" = '[["/bin/cat","/new"],"12:34",{"80/tcp":{}}]' ]
	[ "$(jq -r '.Env[-1]' "$T/config")" = 'COLOUR=dark blue' ]
	store bundle new "$T/box" >"$T/id"
	store umount "$T/box/rootfs"
	[ "$(jq -c '[.process.args, .process.user.uid]' "$T/box/config.json")" = '[["/bin/cat","/new"],12]' ]
	jq -e '.process.env | index("COLOUR=dark blue")' "$T/box/config.json"
}

@test "commit --change ENTRYPOINT leaves no command of the old program [LayerCommitChange]" {
	ID=$(store mount base "$T/merged")
	store commit --change 'ENTRYPOINT ["/bin/cat"]' "$ID" new >/dev/null
	store bundle new "$T/box" >/dev/null
	store umount "$T/box/rootfs"
	[ "$(jq -c .process.args "$T/box/config.json")" = '["/bin/cat"]' ]
}
