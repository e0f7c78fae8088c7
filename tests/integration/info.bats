#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# info: what of this machine works, each answer beside another way to find out.

load inside

# asked JQ-FILTER: of what the last `run` printed.
asked() { jq -e "$1" <<<"$output" >/dev/null || { jq . <<<"$output" >&2; echo "not so: $1" >&2; return 1; }; }
info() { run --separate-stderr "$@" "$RUNTIME" info --format json; }

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
	asked '.rights.subuid | (.works | not) and (.advice | contains("usermod"))'
}

@test "in a container: who is in the way is told [CliInfoWhy]" {
	nested
	asked '.rights.capabilities | (.works | not) and (.detail | contains("CAP_SYS_ADMIN"))'
	asked '.cgroups.place.works | not'
	asked '.namespaces["proc, rootless"].works | not'
}

# Seen passing by mistake without the filter's rule.
@test "a call that a filter hides is told as that [CliInfoWhy]" {
	nested '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["openat2"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	asked '.kernel.openat2 | (.works | not) and (.advice | contains("seccomp"))'
	asked '.rights["seccomp around"].works | not'
	nested
	asked '.kernel.openat2.works'
}
