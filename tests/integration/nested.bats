#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime inside of a container: of Docker's kind, and of one that may do everything; in a chroot; where there are
# no user namespaces.  It works, or says which permission is missing and who took it away.

load nested
load lives

setup() { begin_test; }

# inner JQ-FILTER...: the bundle that the runtime inside is to run, with the runtime: $T/inner.
inner() {
	mkdir -p "$T/inner"
	local filter='.process.args = ["sh", "-c", "echo inner $(id -u); cat /proc/self/uid_map; grep -c . /proc/mounts"] | '$no_limits edit
	for edit; do filter+=" | ($edit)"; done
	jq "$filter" "$SUITE/base.json" >"$T/inner/config.json"
	[ -e "$T/inner/rootfs" ] || cp -a "$SUITE/rootfs" "$T/inner/rootfs"
	cp "$RUNTIME" "$T/inner/runtime"
}
nest='/inner/runtime --root /tmp/state run --bundle /inner inner'

# in_another FILTERS...: a life in a container; the inner one has the filters before "--", the outer one those behind.
in_another() {
	local inner=("$no_limits")
	while [ "$1" != -- ]; do
		inner+=("$1")
		shift
	done
	shift
	mkdir "$T/inner"
	BUNDLE=$T/inner/bundle ROOTFS=$T/inner/bundle/rootfs two_bundles /inner "${inner[@]}"
	cp "$RUNTIME" "$BATS_TEST_DIRNAME/life" "$T/inner/"
	chmod -R o+rwX "$T/inner"
	outer 'sh /inner/life "/inner/runtime --root /tmp/state" /inner' "$@"
	ok
}

@test "in a container of Docker's kind a user namespace does it, with /proc and /sys bound [ErrorsNested RootlessCgroups]" {
	inner "$own_user" "$(bound /proc)" "$(bound /sys)"
	outer "$nest; ls /tmp/state" "${docker[@]}"
	ok
	line 'inner 0'
	[[ $output =~ 0\ +0\ +1 ]]
	lacks inner$'\n'
}

@test "a new procfs is refused where the outer one is covered, and the error says what covers it [ErrorsNested]" {
	inner "$own_user"
	outer "$nest" "${docker[@]}"
	[ "$status" = 1 ]
	says 'mounting "/proc"'
	says 'Operation not permitted (whoever made the container that we are in has covered /proc/'
	inner "$own_user" "$(bound /proc)"
	outer "$nest" "${docker[@]}"
	[ "$status" = 1 ]
	says 'has covered /sys/firmware, and then the kernel makes no new sysfs'
	inner "$own_user"
	outer "$nest" "${docker[@]}" "$unmasked"
	ok
	line 'inner 0'
}

@test "without CAP_SYS_ADMIN and without a user namespace the error says who took what away [ErrorsNested]" {
	inner .
	outer "$nest" "${docker[@]}"
	[ "$status" = 1 ]
	says 'Operation not permitted (whoever started the runtime has taken CAP_SYS_ADMIN from it; a user namespace in config.json may do without)'
}

@test "a seccomp filter that forbids namespaces is named [ErrorsNested]" {
	inner "$own_user"
	cp "$BATS_TEST_DIRNAME/docker-seccomp.json" "$T/seccomp.json"
	outer "$nest" "${docker[@]}" ".linux.seccomp = $(jq -c . "$T/seccomp.json")"
	[ "$status" = 1 ]
	says 'a seccomp filter that the runtime was started under may forbid '
}

@test "a machine without user namespaces is named [ErrorsNested]" {
	inner "$own_user"
	run unshare --user --map-root-user --mount sh -c "echo 0 >/proc/sys/user/max_user_namespaces; exec $T/inner/runtime --root $T/inner/state run --bundle $T/inner $BOX"
	[ "$status" = 1 ]
	says 'No space left on device (the machine allows no user namespaces: sysctl user.max_user_namespaces is 0; root allows them with sysctl user.max_user_namespaces='
}

# The inner bundle, in a chroot that is no mount point.
refused_in_chroot() {
	local room=$T/inner/rootfs
	cp "$RUNTIME" "$room/runtime"
	mkdir -p "$room/proc" "$room/sub/rootfs"
	cp "$T/inner/config.json" "$room/sub/"
	run unshare --mount sh -c "mount -t proc proc $room/proc; exec chroot $room /runtime --root /tmp/state run --bundle /sub $BOX"
	[ "$status" = 1 ]
}

@test "a chroot is named [ErrorsNested]" {
	inner "$own_user"
	refused_in_chroot
	says 'Operation not permitted (the runtime was started in a chroot, where nobody may make user namespaces; '
}

@test "a chroot into what is no mount point is named, too [ErrorsNested]" {
	requires root
	inner 'del(.linux.resources) | .mounts = []'
	refused_in_chroot
	says 'Invalid argument (the root is no mount point, as in a chroot: mount --bind DIR DIR before chroot DIR)'
}

# Linux 5.12 and later want CAP_SETFCAP of who maps root.
@test "root of a container with the capabilities that spec gives lacks one for a user namespace, and is told which [ErrorsNested]" {
	inner "$own_user"
	outer "$nest; ls /tmp/state" "$unmasked"
	[ "$status" = 0 ]
	says 'mapping users: writing "0 0 1\n" to "'
	says 'Operation not permitted (mapping uid 0 takes CAP_SETFCAP, and whoever started the runtime has taken it away)'
	lacks inner$'\n'
}

@test "root of a container with that capability leads containers through their lives [RootlessMaps RootlessCgroups ErrorsNested]" {
	in_another "$own_user" -- "$unmasked" "$(caps '["CAP_SETFCAP"]')"
	lived 0 "$no_pause" "$no_update"
}

@test "an ordinary user of a container does [RootlessMaps RootlessCgroups ErrorsNested]" {
	in_another "$own_user" '.linux.uidMappings[0].hostID = 1000' '.linux.gidMappings[0].hostID = 1000' -- \
		"$unmasked" '.process.user = {uid: 1000, gid: 1000}' "$(caps '[]')"
	lived 0 "$no_pause" "$no_update"
}

@test "root of a container of Docker's kind does, with /proc and /sys bound [RootlessMaps RootlessCgroups ErrorsNested]" {
	in_another "$own_user" "$(bound /proc)" "$(bound /sys)" -- "${docker[@]}"
	lived 0 "$no_pause" "$no_update"
}

@test "root of a container that may do everything does all [ErrorsNested]" {
	may_everything
	in_another . -- "${everything[@]}"
	# In its own view of cgroup v2 the container is in the root, which then can hand nothing on.
	is_v1 && update='' || update='*does not hand the controller "pids" on*holds processes itself*ends with 1'
	lived 0 '' "$update"
}
