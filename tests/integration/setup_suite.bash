# SPDX-License-Identifier: Apache-2.0
#
# Once a run: the helper programs, the root file system, and the config.json that `bundle` edits.

setup_suite() {
	set -eu
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
	export RUNTIME=${RUNTIME:-$here/../../build/runtime}
	RUNTIME=$(realpath -- "$(command -v "$RUNTIME" || echo "$RUNTIME")")
	[ -x "$RUNTIME" ] || { echo "no $RUNTIME: run make, or set RUNTIME" >&2; return 1; }

	export SUITE=$BATS_SUITE_TMPDIR
	# The run's word in every name it gives: cgroups, ids, state roots.
	export RUN_TAG=rt-test-$$
	local name
	for name in adopt recvtty footprint racer; do
		cc -O1 -o "$SUITE/$name" "$here/$name.c"
	done
	make_rootfs "$SUITE/rootfs"
	# Where cgroup v2 is alone, spec asks for a cgroup namespace: tests that want one say so.
	user_maps
	"$RUNTIME" spec "${OPTIONS[@]}" --bundle "$SUITE"
	jq --arg tag "$RUN_TAG" '
		.process.terminal = false | .process.args = ["/bin/true"] | .process.env += ["RT_TEST=" + $tag]
		| .root.readonly = false
		| .linux.namespaces |= map(select(.type != "cgroup"))'" | $MAPS" "$SUITE/config.json" >"$SUITE/base.json"
}

# For an ordinary user: root's config.json in a user namespace with the ids of /etc/subuid, or where there are none
# what `spec --rootless` writes.  $OPTIONS of spec, and the $MAPS that edit what it writes.
user_maps() {
	OPTIONS=() MAPS=.
	[ "$(id -u)" != 0 ] || return 0
	local from
	from=$(sed -n "s/^$(id -un):\([0-9]*\):65536$/\1/p" /etc/subuid)
	if [ -z "$from" ] || ! command -v newuidmap >/dev/null; then
		OPTIONS=(--rootless)
		return 0
	fi
	MAPS=".linux |= (.namespaces += [{type: \"user\"}]
		| .uidMappings = [{containerID: 0, hostID: $(id -u), size: 1}, {containerID: 1, hostID: $from, size: 65536}]
		| .gidMappings = (.uidMappings | .[0].hostID = $(id -g)))"
}

# Debian's static busybox under all its names, and the directories an image has.
make_rootfs() {
	mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,usr,var}
	cp /bin/busybox "$1/bin/busybox"
	local applet
	for applet in $(/bin/busybox --list); do
		[ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
	done
	ln -s ../bin "$1/usr/bin"
	ln -s bin "$1/sbin"
	chmod 1777 "$1/tmp"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$1/etc/group"
}
