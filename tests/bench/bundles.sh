#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# shellcheck disable=SC2016
#
# bundles.sh DIR TRUE PAUSE PROFILE: makes DIR/{minimal,docker,heavy,limit}, each with rootfs/, config.in
# and kind.  config.in has the words @ID@ and @PROGRAM@, which the driver replaces; "limit" is minimal
# with a memory limit of 4444444444 bytes, a number to replace too.
set -eu
dir=$1 true=$2 pause=$3 profile=$4

rootfs() {
	mkdir -p "$1/bin" "$1/proc" "$1/sys" "$1/dev" "$1/etc" "$1/data" "$1/binds"
	cp "$true" "$1/bin/true"
	cp "$pause" "$1/bin/pause"
	for file in hosts hostname resolv.conf; do
		: >"$1/etc/$file"
	done
	for i in 1 2 3 4 5; do
		mkdir -p "$1/data/$i"
	done
	i=0
	while [ $i -lt 200 ]; do
		mkdir -p "$1/binds/$i"
		i=$((i + 1))
	done
}

minimal='{
	ociVersion: "1.0.2",
	process: {terminal: false, user: {uid: 0, gid: 0}, args: ["/bin/@PROGRAM@"], cwd: "/", noNewPrivileges: true,
		env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
		capabilities: (["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as $c |
			{bounding: $c, effective: $c, permitted: $c}),
		rlimits: [{type: "RLIMIT_NOFILE", hard: 1024, soft: 1024}]},
	root: {path: "rootfs", readonly: true}, hostname: "bench",
	mounts: [
		{destination: "/proc", type: "proc", source: "proc"},
		{destination: "/dev", type: "tmpfs", source: "tmpfs",
			options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
		{destination: "/dev/pts", type: "devpts", source: "devpts",
			options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
		{destination: "/dev/shm", type: "tmpfs", source: "shm",
			options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
		{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]},
		{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
		{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
			options: ["nosuid", "noexec", "nodev", "relatime", "ro"]}],
	linux: {cgroupsPath: "/@ID@", resources: {devices: [{allow: false, access: "rwm"}]},
		namespaces: [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}],
		maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
			"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
		readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}'

# What dockerd writes for a container with a few volumes.
docker='
	def bind($to; $more): {destination: $to, type: "bind", source: ($dir + "/source/" + ($to | ltrimstr("/"))),
		options: (["rbind", "rprivate"] + $more)};
	(["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
		"NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"] | map("CAP_" + .)) as $c
	| .process.capabilities = {bounding: $c, effective: $c, permitted: $c}
	| .process.noNewPrivileges = false | .root.readonly = false
	| .process.rlimits += [{type: "RLIMIT_NPROC", hard: 4096, soft: 4096}]
	| .linux.namespaces += [{type: "cgroup"}]
	| .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"}
	| .linux.maskedPaths += ["/sys/devices/virtual/powercap"]
	| .linux.resources = {
		devices: ([{allow: false, access: "rwm"}] + ([[1, 5], [1, 3], [1, 9], [1, 8], [5, 0], [5, 1]]
			| map({allow: true, type: "c", major: .[0], minor: .[1], access: "rwm"}))
			+ [{allow: false, type: "c", major: 10, minor: 229, access: "rwm"}]),
		memory: {limit: 536870912, swap: 536870912}, pids: {limit: 512},
		cpu: {shares: 512, quota: 150000, period: 100000}}
	| .mounts += [bind("/etc/hosts"; []), bind("/etc/hostname"; []), bind("/etc/resolv.conf"; []), bind("/data/1"; []),
		bind("/data/2"; []), bind("/data/3"; ["ro"]), bind("/data/4"; ["ro"]), bind("/data/5"; [])]
	| .linux.seccomp = $profile[0]'

heavy='
	.mounts += [range(200) | {destination: "/binds/\(.)", type: "bind", source: "\($dir)/source/binds/\(.)",
		options: (["rbind", "rprivate"] + if . % 2 == 1 then ["ro"] else [] end)}]
	| .process.env += [range(60) | "VARIABLE_\(.)=the value of a variable of middling length"]
	| .linux.resources.devices += [range(100) | {allow: true, type: "c", major: 200, minor: ., access: "rw"}]'

mkdir -p "$dir"
rootfs "$dir/source"
for kind in minimal limit docker heavy; do
	mkdir -p "$dir/$kind"
	echo "$kind" >"$dir/$kind/kind"
	rootfs "$dir/$kind/rootfs"
done
jq -n "$minimal" >"$dir/minimal/config.in"
jq '.linux.resources.memory = {limit: 4444444444}' "$dir/minimal/config.in" >"$dir/limit/config.in"
jq --arg dir "$dir" --slurpfile profile "$profile" "$docker" "$dir/minimal/config.in" >"$dir/docker/config.in"
jq --arg dir "$dir" "$heavy" "$dir/docker/config.in" >"$dir/heavy/config.in"
