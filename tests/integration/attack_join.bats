#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers that attack whoever joins their namespaces: as a pod's do that share one pid namespace.

load inside

# joined RUNTIME [JQ-FILTER...]: what lurker (lurker.c) in one container got hold of while the runtime made others
# in its pid namespace; $T/seen.
joined() {
	local runtime=$1 seconds=${LURK_SECONDS:-3} end pid n=0
	with_lurker
	sh_bundle "lurker $runtime $seconds >/seen" '.ociVersion = "1.0.2"' "$tracer"
	"$runtime" "${DRIVER[@]}" --root "$STATE" run --detach --pid-file "$T/pid" --bundle "$BUNDLE" "$BOX" </dev/null >/dev/null 2>&1
	eventually grep -q ready "$ROOTFS/seen"
	pid=$(cat "$T/pid")
	sh_bundle true '.ociVersion = "1.0.2"' "$tracer" "${@:2}" \
		".linux.namespaces |= map(if .type == \"pid\" then .path = \"/proc/$pid/ns/pid\" else . end)" \
		'.linux.cgroupsPath += "-guest"'
	end=$((SECONDS + seconds))
	while still_lurking $end; do
		timeout -k 1 3 "$runtime" "${DRIVER[@]}" --root "$STATE" "${VERB:-run}" --bundle "$BUNDLE" "$BOX-$n" </dev/null >/dev/null 2>>"$T/err" || true
		"$runtime" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX-$n" >/dev/null 2>&1 || true
		n=$((n + 1))
	done
	cat "$T/err"
	end_lurking "$runtime"
}

@test "ST-02 a container that may trace gets hold of no process that joins its pid namespace before it is one of its own [JoinUnseen]" {
	requires kernel:6.18
	joined "$RUNTIME"
	run ! got_hold
}

@test "ST-02 nor of one that waits for start, where a filter has to be installed without no_new_privs [JoinUnseen]" {
	requires kernel:6.18
	VERB=create joined "$RUNTIME" '.process.noNewPrivileges = false' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	run ! got_hold
}

@test "ST-02 control: with runc 1.1.5 and crun 1.8.1 it does, where they join" {
	requires peer:runc peer:crun
	local peer hangs
	for peer in runc crun; do
		rm -rf "$BUNDLE"
		hangs=
		spared joined "$(command -v $peer)" || hangs=1
		rmdir "$(cgroup_dir unified)-guest" 2>/dev/null || true # what a peer leaves, on v2
		# A process that is held for good keeps its holder, too.
		[ -z "$hangs" ] || skip "$peer hangs with who got hold of it"
		got_hold
	done
}

# What is done before a process is in the namespace holds in it.
@test "a container that joins a pid namespace has its session, terminal, filter and procfs all the same [NSProcInPath]" {
	start_box
	local pid first=$BOX want
	pid=$(pid_of "$BOX")
	BUNDLE=$T/second ROOTFS=$T/second/rootfs BOX=${BOX}2
	sh_bundle 'echo by tty >/dev/tty; echo by console >/dev/console; [ $$ != 1 ] && [ /proc/self -ef /proc/$$ ] && echo own proc
			set -- $(cat /proc/$$/stat); [ $6 = $$ ] && echo own session; [ -d /proc/1 ] && echo with the first
			grep -E "^(Seccomp|CapEff):" /proc/self/status' \
		".linux.namespaces |= map(if .type == \"pid\" then .path = \"/proc/$pid/ns/pid\" else . end)" \
		'.process.terminal = true' '.process.noNewPrivileges = false' '.process.capabilities = {effective: ["CAP_KILL"],
			permitted: ["CAP_KILL"], bounding: ["CAP_KILL"]}' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	console
	create --console-socket "$CONSOLE"
	[ "$(readlink "/proc/$(pid_of "$BOX")/ns/pid")" = "$(readlink "/proc/$pid/ns/pid")" ]
	rt start "$BOX"
	wait_for "$BOX" stopped
	rt delete "$BOX"
	rt delete --force "$first"
	for want in 'by tty' 'by console' 'own proc' 'own session' 'with the first' 'CapEff:.*0020' 'Seccomp:.*2'; do
		tty_says "$want" || { cat "$T/tty" >&2; return 1; }
	done
}

@test "a container joins the pid namespace of another and its user namespace [NSProcInPath]" {
	mkdir -p "$BUNDLE"
	cp -a "$SUITE/rootfs" "$ROOTFS"
	chown -R 100000:100000 "$ROOTFS"
	start_box '.linux.namespaces += [{type: "user"}]' '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
		'.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	local pid first=$BOX
	pid=$(pid_of "$BOX")
	BOX=${BOX}2
	inside '[ $$ != 1 ] && [ /proc/self -ef /proc/$$ ] && echo own proc; [ -d /proc/1 ] && echo with the first; id -u' \
		".linux.namespaces |= (map(if .type == \"pid\" then .path = \"/proc/$pid/ns/pid\" else . end) +
			[{type: \"user\", path: \"/proc/$pid/ns/user\"}])"
	ok
	line 'own proc'
	line 'with the first'
	line 0
	rt delete --force "$first"
}
