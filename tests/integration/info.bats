#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# info: what of this machine works, each answer beside another way to find out.

load inside

# asked JQ-FILTER: of what the last `run` printed.
asked() { jq -e "$1" <<<"$output" >/dev/null || { jq . <<<"$output" >&2; echo "not so: $1" >&2; return 1; }; }
info() { run --separate-stderr "$@" "$RUNTIME" info --format json; }

has_own_namespace() { [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]; }

may_map_root='.process.capabilities |= map_values(. + ["CAP_SETFCAP"])'

# nested [JQ-FILTER...]: info in a container.
nested() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	cp "$RUNTIME" "$ROOTFS/bin/rt"
	bundle '.process.args = ["/bin/rt", "info", "--format", "json"]' "$@"
	run_box
	ok
}

@test "info tells the same as text and as JSON, and a no says why [CliInfo CliInfoWhy]" {
	info
	ok
	asked '[.kernel, .cgroups, .namespaces, .rights, .security, .services] | all(length > 0)'
	asked '[del(.runtime) | .[] | .[]] | all((.works | type) == "boolean" and (.works or .detail != ""))'
	local answers names
	answers=$(jq -r 'del(.runtime) | .[] | to_entries[] | (if .value.works then "yes " else "no  " end) + .key' <<<"$output")
	run "$RUNTIME" info
	ok
	says "$(uname -r)"
	names=$(sed -n 's/^  \(yes\|no \) /\1 /p' <<<"$output")
	[ "$(wc -l <<<"$names")" = "$(wc -l <<<"$answers")" ]
	while read -r line; do grep -qF "  $line" <<<"$output" || { echo "lacks $line" >&2; return 1; }; done <<<"$answers"
	run "$RUNTIME" info --format yaml
	[ "$status" = 1 ]
	says yaml
}

@test "what it says of namespaces is what unshare finds [CliInfo]" {
	local option space
	for space in cgroup:-C ipc:-i mount:-m network:-n pid:-p time:-T user:-U uts:-u; do
		option=${space#*:} space=${space%:*}
		info
		if unshare -r "$option" -f true 2>/dev/null; then asked ".namespaces.$space.works"; else
			asked ".namespaces.$space.works | not"
		fi
	done
}

# Of folders of the machine an overlay is none when something is mounted below them.
@test "what it says of an overlay in a user namespace is what mount finds, whatever is mounted below /usr and /etc [CliInfo]" {
	requires root
	local can=true
	unshare -Urm sh -c 'mount -t tmpfs t /mnt && mkdir /mnt/a /mnt/b && mount -t overlay -o lowerdir=/mnt/a:/mnt/b o /mnt/a' || can=false
	run --separate-stderr unshare -m sh -c 'for d in /usr/lib /etc/alternatives; do mount -t tmpfs t $d; done; exec "$0" info --format json' "$RUNTIME"
	asked ".namespaces[\"overlay, rootless\"].works == $can"
}

@test "what it says of cgroups is what is there [CliInfo]" {
	info
	if is_v1; then asked '.cgroups.layout.detail | contains("memory")'; else asked '.cgroups.layout.detail == "v2"'; fi
	local controller file
	for controller in cpu cpuset memory pids hugetlb; do
		if [ -f "/sys/fs/cgroup/$controller/tasks" ] ||
			grep -qsw $controller /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers; then
			[ "$(id -u)" != 0 ] || asked ".cgroups.$controller.works"
		else
			asked ".cgroups.$controller.works | not"
		fi
	done
}

@test "what it says of programs is what is in PATH [CliInfo]" {
	mkdir "$T/bin"
	printf '#!/bin/sh\necho Version: 9\n' >"$T/bin/criu"
	chmod 755 "$T/bin/criu"
	ln -s /bin/true "$T/bin/newuidmap"
	info env PATH="$T/bin"
	if [ "$(id -u)" = 0 ]; then
		asked ".services.CRIU.detail == \"Version: 9, $T/bin/criu\""
	else
		asked '.services.CRIU.detail == "only root of the machine can checkpoint containers"'
	fi
	asked ".rights.newuidmap.detail | contains(\"$T/bin/newuidmap\")"
	if [ "$(id -u)" = 0 ]; then
		printf '#!/bin/sh\necho broken\nexit 1\n' >"$T/bin/criu"
		info env PATH="$T/bin:$PATH"
		asked ".services.CRIU.detail == \"\\\"$T/bin/criu --version\\\": broken\""
	fi
	info env PATH="$T"
	asked '.services.CRIU.works | not'
	asked '.rights.newuidmap.works | not'
}

@test "a limit that is reached is told with its file [CliInfoWhy]" {
	unshare -Ur true || skip "needs user namespaces"
	run --separate-stderr unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$0" info --format json' "$RUNTIME"
	ok
	asked '.namespaces.network | (.works | not) and (.detail | contains("max_net_namespaces is 0"))'
	asked '.namespaces.uts.works'
	asked '.namespaces["initial user"].works | not'
}

@test "an ordinary user is told what is missing, and what helps [CliInfo CliInfoWhy]" {
	requires root setpriv
	chmod 755 "$T" "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
	cp "$RUNTIME" "$BATS_RUN_TMPDIR/rt"
	run --separate-stderr setpriv --reuid 4242 --regid 4242 --clear-groups "$BATS_RUN_TMPDIR/rt" info --format json
	rm "$BATS_RUN_TMPDIR/rt"
	ok
	asked '.rights.user.detail | startswith("4242")'
	asked '.rights.capabilities | (.works | not) and .detail == "none"'
	asked '.cgroups.place | (.works | not) and (.detail | contains("belongs to user 0")) and .advice != ""'
	if is_v1; then asked '.cgroups.pids.advice | contains("chown")'; else asked '.cgroups.pids.advice | contains("Delegate=yes")'; fi
	asked '.rights.subuid | (.works | not) and (.advice | startswith("add the line 4242:"))'
	asked '.cgroups.freezer | (.works | not) and .advice != ""'
	asked '.services.CRIU.works | not'
}

# Of the only namespaces that an ordinary user can have: they blamed each its own limit, seccomp or masked paths.
@test "where nobody may make user namespaces, all that takes one says so, and what helps [CliInfoWhy]" {
	unshare -Ur true || skip "needs user namespaces"
	requires setpriv
	run --separate-stderr unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all "$0" info --format json' "$RUNTIME"
	ok
	asked '.namespaces | del(.["initial user"]) | all((.works | not) and (.detail | endswith("sysctl user.max_user_namespaces is 0"))
		and (.advice | contains("sysctl user.max_user_namespaces=")))'
	asked '.kernel | [.["mount API"], .mount_setattr] | all(.detail | contains("user.max_user_namespaces is 0"))'
}

@test "a chroot is told as that [CliInfoWhy]" {
	requires root
	mkdir -p "$T/room/proc"
	cp "$RUNTIME" "$T/room/rt"
	run --separate-stderr unshare --mount sh -c "mount -t proc proc $T/room/proc; exec chroot $T/room /rt info --format json"
	ok
	asked '.namespaces.user | (.works | not) and (.detail | contains("in a chroot"))'
}

# systemd 260 maps all ids to themselves in units that have a user namespace.
@test "a user namespace that maps all ids to themselves is not the machine's own [CliInfo]" {
	requires root
	mkfifo "$T/mapped"
	unshare -U sh -c 'read -r _ <"$1"; exec "$0" info --format json' "$RUNTIME" "$T/mapped" >"$T/json" 3>&- &
	eventually has_own_namespace $!
	echo "0 0 4294967295" >"/proc/$!/uid_map"
	echo >"$T/mapped"
	wait $!
	output=$(<"$T/json")
	asked '.namespaces["initial user"].works | not'
}

@test "CRIU works where its own check says so [CliInfo]" {
	requires root criu
	info
	if criu check >/dev/null 2>&1; then asked .services.CRIU.works; else asked '.services.CRIU | (.works | not) and (.detail | contains("check"))'; fi
}

@test "in a container: who is in the way is told [CliInfoWhy]" {
	nested "$may_map_root"
	asked '.rights.capabilities | (.works | not) and (.detail | contains("CAP_SYS_ADMIN"))'
	asked '.cgroups.place.works | not'
	asked '.namespaces["proc, rootless"] | (.works | not) and (.detail | contains("has covered /proc/"))'
}

@test "in a container without CAP_SETFCAP nobody can be root of a user namespace, and info says so as run does [CliInfoWhy ErrorsNested]" {
	requires kernel:5.12
	nested
	asked '.namespaces | [.user, .["proc, rootless"], .["sysfs, rootless"], .["overlay, rootless"]]
		| all((.works | not) and (.detail | contains("mapping uid 0 takes CAP_SETFCAP")) and (.advice | contains("--cap-add SETFCAP")))'
	nested "$may_map_root"
	asked '.namespaces.user.works'
}

@test "where the maps of user namespaces cannot be written is told [CliInfoWhy]" {
	requires root
	run --separate-stderr unshare -m sh -c 'mount -o remount,bind,ro /proc; exec "$0" info --format json' "$RUNTIME"
	ok
	asked '.namespaces | [.user, .["proc, rootless"]] | all((.works | not) and (.detail | contains("/proc is mounted read-only")))'
}

@test "which ids we may map without anybody's help is told [CliInfo]" {
	requires root setpriv
	info setpriv --bounding-set -setgid
	asked '.rights.subuid | .works or (.detail | endswith("we may map any id"))'
	asked '.rights.subgid | .works or (.advice | contains("usermod"))'
	info setpriv --bounding-set -setfcap
	asked '.rights.subuid | .works or (.detail | endswith("we may map any id but 0"))'
	asked '.rights.subgid | .works or (.detail | endswith("we may map any id"))'
	info unshare -Ur
	asked '.rights.subuid | .works or (.detail | endswith("any id of our own user namespace"))'
	info env PATH=/nowhere
	asked '.rights.newuidmap.detail == "not installed; we may map any id"'
}

@test "the subordinate ids that info advises are nobody else's [CliInfoWhy]" {
	requires root setpriv
	printf 'else:100000:65536\n' >"$T/subuid"
	printf 'else:165536:65536\n' >"$T/subgid"
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	cp "$RUNTIME" "$T/rt"
	with_those() {
		run --separate-stderr unshare -m sh -c 'mount --bind "$1/subuid" /etc/subuid; mount --bind "$1/subgid" /etc/subgid
			exec setpriv --reuid "$2" --regid "$2" --clear-groups "$1/rt" info --format json' sh "$T" "$1"
	}
	[ -e /etc/subuid ] || skip "needs /etc/subuid"
	with_those 34
	asked '.rights.subuid.advice == "usermod --add-subuids 231072-296607 backup"'
	asked '.rights.subgid.advice == "usermod --add-subgids 231072-296607 backup"'
	with_those 4242
	asked '.rights.subgid.advice == "add the line 4242:231072:65536 to /etc/subgid"'
}

@test "without a procfs info says that it is missing, and guesses nothing [CliInfoWhy]" {
	requires root
	mkdir "$T/room"
	cp "$RUNTIME" "$T/room/rt"
	run --separate-stderr chroot "$T/room" /rt info --format json
	ok
	asked '[.cgroups.cpu, .cgroups.pressure, .security.modules, .security.SELinux] | all((.works | not) and (.detail | startswith("/proc is not there")))'
}

@test "a sysfs that can be had read-only alone is told as that [CliInfoWhy]" {
	requires root
	info
	asked '.namespaces["sysfs, rootless"].works' || skip "needs a sysfs in a user namespace"
	run --separate-stderr unshare -m sh -c 'mount -o remount,bind,ro /sys; exec unshare -Urm "$0" info --format json' "$RUNTIME"
	ok
	asked '.namespaces["sysfs, rootless"] | (.works | not) and (.detail == "read-only alone, as /sys around us is") and .advice != ""'
}

@test "id-mapped mounts that are refused for rights are not blamed on the release [CliInfoWhy]" {
	unshare -Ur true || skip "needs user namespaces"
	info unshare -Ur
	asked '.kernel["id-mapped mounts"] | .works or (.detail | contains("EPERM") or contains("not permitted") | not) or (.advice | contains("CAP_SYS_ADMIN in the user namespace"))'
}

@test "without CAP_SETGID id-mapped mounts are tried all the same [CliInfo]" {
	requires root setpriv
	info
	local works
	works=$(jq '.kernel["id-mapped mounts"].works' <<<"$output")
	info setpriv --bounding-set -setgid
	asked ".kernel[\"id-mapped mounts\"].works == $works"
}

@test "cgroup.kill is there from Linux 5.14 on, with and without a cgroup to see it in [CliInfo]" {
	requires kernel:5.14
	info
	asked '.cgroups["cgroup.kill"] | .works or (.detail | contains("of cgroup v2"))'
}

@test "rules about devices are root's of the machine alone to make, below a cgroup file system [CliInfo CliInfoWhy]" {
	requires root setpriv
	info
	local works
	works=$(jq .cgroups.devices.works <<<"$output")
	info unshare -Ur
	asked '.cgroups.devices | (.works | not) and (.detail | contains("CAP_SYS_ADMIN in the initial user namespace"))'
	info setpriv --bounding-set -sys_admin
	asked '.cgroups.devices | (.works | not) and (.advice | contains("chown") | not)'
	info unshare -m sh -c 'umount -R /sys/fs/cgroup && exec "$@"' sh
	asked '.cgroups.devices.works | not'
	info
	asked ".cgroups.devices.works == $works"
}

@test "a seccomp filter is blamed where there is one, and nowhere else [CliInfoWhy]" {
	local blamed='[.. | strings | select(contains("seccomp filter"))]'
	grep -q $'^Seccomp:\t2' /proc/self/status || { info; asked "$blamed == []"; }
	nested ".linux.seccomp = $(jq -c . "$BATS_TEST_DIRNAME/docker-seccomp.json")"
	asked '.namespaces.user | (.works | not) and (.advice | contains("seccomp filter"))'
	asked '.rights["seccomp around"].works | not'
}

# Seen passing by mistake without the filter's rule.
@test "a call that a filter hides is told as that [CliInfoWhy]" {
	nested '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["openat2"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	asked '.kernel.openat2 | (.works | not) and (.advice | contains("seccomp"))'
	asked '.rights["seccomp around"].works | not'
	nested
	asked '.kernel.openat2.works'
}
