#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime inside of a container: of Docker's kind, and of one that may do everything; in a chroot; where there are
# no user namespaces.  It works, or says which permission is missing and who took it away.

load inside

setup() { begin_test; }

docker_caps='["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"] | map("CAP_" + .)'
caps() { echo ".process.capabilities = ($1 | {bounding: ., effective: ., permitted: .}) | .process.noNewPrivileges = false"; }

own_user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings | (.mounts[] | select(.type == "devpts").options) -= ["gid=5"]'
bound() { echo "(.mounts[] | select(.destination == \"$1\")) = {destination: \"$1\", type: \"none\", source: \"$1\", options: [\"rbind\"]}"; }

# inner JQ-FILTER...: the bundle that the runtime inside is to run, with the runtime: $T/inner.
inner() {
	mkdir -p "$T/inner"
	local filter='.process.args = ["sh", "-c", "echo inner $(id -u); cat /proc/self/uid_map; grep -c . /proc/mounts"] | del(.linux.resources, .linux.cgroupsPath)' edit
	for edit; do filter+=" | ($edit)"; done
	jq "$filter" "$SUITE/base.json" >"$T/inner/config.json"
	[ -e "$T/inner/rootfs" ] || cp -a "$SUITE/rootfs" "$T/inner/rootfs"
	cp "$RUNTIME" "$T/inner/runtime"
}
# outer COMMAND JQ-FILTER...: runs COMMAND in a container that has /inner.
outer() {
	local command=$1
	shift
	inside "$command" ".mounts += [{destination: \"/inner\", source: \"$T/inner\", options: [\"rbind\", \"rw\"]}]" "$@"
}
nest='/inner/runtime --root /tmp/state run --bundle /inner inner'
# As Docker makes its containers, but for seccomp.
docker=("$(caps "$docker_caps")" '.linux.namespaces += [{type: "cgroup"}]')
unmasked='.linux.maskedPaths = [] | .linux.readonlyPaths = []'

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
	says 'No space left on device (the machine allows no user namespaces: sysctl user.max_user_namespaces is 0)'
}

@test "a chroot is named [ErrorsNested]" {
	inner "$own_user"
	local room=$T/inner/rootfs
	cp "$RUNTIME" "$room/runtime"
	mkdir -p "$room/proc" "$room/sub/rootfs"
	cp "$T/inner/config.json" "$room/sub/"
	run unshare --mount sh -c "mount -t proc proc $room/proc; exec chroot $room /runtime --root /tmp/state run --bundle /sub $BOX"
	[ "$status" = 1 ]
	says 'Operation not permitted (the runtime was started in a chroot, where nobody may make user namespaces)'
}

@test "in a container that may do everything the whole life of another goes on [ErrorsNested]" {
	inner '.process.args = ["sh", "-c", "trap \"exit 3\" TERM; while :; do sleep 0.02; done"]'
	cat >"$T/inner/life" <<-'END'
		r="/inner/runtime --root /tmp/state"
		$r create --bundle /inner inner >/dev/null 2>/tmp/err </dev/null || { cat /tmp/err; exit 1; }
		$r start inner
		$r exec inner echo hello from inside
		$r ps inner | grep -c trap
		$r kill inner TERM
		until $r state inner | grep -q stopped; do sleep 0.02; done
		$r delete inner
		$r list -q | wc -l
	END
	names=$(capsh --print 2>/dev/null | sed -n 's/^Bounding set *=//p' | tr '[:lower:]' '[:upper:]' | jq -Rc 'split(",")')
	[ "$names" != '[]' ] || skip "needs capsh"
	outer 'sh /inner/life' "$(caps "$names")" "$unmasked" \
		'.linux.namespaces += [{type: "cgroup"}] | (.mounts[] | select(.type == "cgroup").options) -= ["ro"]' '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	ok
	line 'hello from inside'
	[ "${lines[-1]}" = 0 ]
}
