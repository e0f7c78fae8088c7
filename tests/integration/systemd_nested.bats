#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime inside of a container of Podman's, which another of ours made for root or for an ordinary user: all that
# can be done with a container (life), or the permission that is missing.

load podman
load nested
load lives

setup() {
	begin_podman
	mkdir "$T/inner"
	cp "$RUNTIME" "$BATS_TEST_DIRNAME/life" "$T/inner/"
}
teardown() {
	end_podman
	end_test
}

# in_podman COMMAND [PODMAN-OPTION...]: without the profile that Podman gives root's containers, which forbids mounts.
in_podman() {
	local command=$1
	shift
	run pod run --rm --network none --volume "$T/inner:/inner" --security-opt apparmor=unconfined "$@" tiny sh -c "$command" </dev/null
}

# life_in_podman [PODMAN-OPTION...]
life_in_podman() {
	in_podman 'sh /inner/life "/inner/runtime --root /tmp/state" /inner' "$@"
	ok
}
once='/inner/runtime --root /tmp/state run --bundle /inner/bundle a; echo "ended with $?"; ls /tmp/state'

# bundles JQ-FILTER...: with no user namespace, whoever we are.
bundles() {
	# Podman's filter lets nobody set a hostname who has not CAP_SYS_ADMIN.
	BUNDLE=$T/inner/bundle ROOTFS=$T/inner/bundle/rootfs two_bundles /inner "$no_limits" "del(.hostname)" \
		'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))' "$@"
	chmod -R o+rwX "$T/inner"
}

@test "root of a container of Podman's leads containers through their lives, with /proc and /sys bound [RootlessMaps RootlessCgroups ErrorsNested]" {
	bundles "$own_user" "$(bound /proc)" "$(bound /sys)"
	life_in_podman
	lived 0 "$no_pause" "$no_update"
}

@test "root of a container of Podman's with nothing covered does with a new procfs [RootlessMaps RootlessCgroups ErrorsNested]" {
	bundles "$own_user"
	life_in_podman --security-opt unmask=all
	lived 0 "$no_pause" "$no_update"
}

@test "an ordinary user of a container of Podman's does [RootlessMaps RootlessCgroups ErrorsNested]" {
	bundles "$own_user" "$(bound /proc)" "$(bound /sys)" '.linux.uidMappings[0].hostID = 1000' '.linux.gidMappings[0].hostID = 1000'
	chmod o+rwx "$T/inner"
	life_in_podman --user 1000:1000
	lived 0 "$no_pause" "$no_update"
}

@test "a privileged container of Podman's leads containers through their lives without a user namespace [RootlessCgroups ErrorsNested]" {
	bundles .
	life_in_podman --privileged
	# In its own view of cgroup v2 the container is in the root, which then can hand nothing on.
	lived 0 '' '*does not hand the controller "pids" on*holds processes itself*ends with 1'
}

@test "what a container of Podman's lacks is told, with who took it away, and so does info [ErrorsNested CliInfoWhy]" {
	bundles "$own_user"
	in_podman "$once"
	says 'mounting "/proc"'
	says 'whoever made the container that we are in has covered /proc/'
	line 'ended with 1'
	bundles "$own_user" "$(bound /proc)" "$(bound /sys)"
	in_podman "$once" --cap-drop all
	says 'mapping uid 0 takes CAP_SETFCAP, and whoever started the runtime has taken it away'
	line 'ended with 1'
	bundles "$own_user" "$(bound /proc)" "$(bound /sys)" '.hostname = "inner"'
	in_podman "$once"
	says 'setting hostname "inner": sethostname("inner"): Operation not permitted (a seccomp filter that the runtime was started under may forbid sethostname)'
	line 'ended with 1'
	bundles .
	in_podman "$once"
	says 'whoever started the runtime has taken CAP_SYS_ADMIN from it; a user namespace in config.json may do without'
	line 'ended with 1'
	in_podman '/inner/runtime info'
	says 'has covered /proc/'
	says 'lacking CAP_DAC_READ_SEARCH'
}

@test "Podman's AppArmor profile, which only root's containers have, is named [ErrorsNested]" {
	requires root
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
	bundles "$own_user" "$(bound /proc)" "$(bound /sys)"
	run pod run --rm --network none --volume "$T/inner:/inner" tiny sh -c "$once" </dev/null
	says 'Permission denied (the AppArmor profile "containers-default-'
	says '" that the runtime was started under may forbid mount)'
	line 'ended with 1'
}
