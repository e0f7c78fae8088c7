#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup: the container as a unit of systemd, which has its limits, keeps them when it is reloaded, and
# loses the unit with the container.

RT_DRIVER=systemd
load inside
load systemd

setup() {
	[ -d /run/systemd/system ] || skip "needs systemd"
	requires systemctl
	begin_test
	UNIT=rt-$BOX.scope
}

DIR() { echo "/sys/fs/cgroup$(cgroup_path)"; }
resources() { echo ".linux.resources += $1"; }

# unit_has PROPERTY VALUE
unit_has() {
	local value
	value=$(systemctl show --property "$1" --value "$UNIT")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}
# file_has FILE VALUE: of the container's v2 cgroup.
file_has() {
	local value
	value=$(cat "$(DIR)/$1")
	[ "$value" = "$2" ] || { echo "$1: expected $2, is $value" >&2; return 1; }
}
no_unit() { [ "$(systemctl show --property LoadState --value "${1:-$UNIT}")" = not-found ]; }
needs_controller() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "needs the controller $1"; }

@test "the container is a scope in its slice, delegated, with its first process in it [SystemdUnit SystemdDelegates SystemdCgroupsPath]" {
	start_box
	unit_has ActiveState active
	unit_has Slice "$SLICE"
	unit_has Delegate yes
	unit_has ControlGroup "$(cgroup_path)"
	[ "$(sed -n 's/^0:://p' "/proc/$(pid_of "$BOX")/cgroup")" = "$(cgroup_path)" ]
	stop
	eventually no_unit
}

@test "the first process is alone in its scope: what systemd made it with is gone [SystemdUnit]" {
	requires v2
	sleeper
	create
	[ "$(cat "$(DIR)/cgroup.procs")" = "$(pid_of "$BOX")" ]
	rt delete --force "$BOX"
}

@test "without a cgroupsPath the unit is called after the container [SystemdCgroupsPathDefault]" {
	start_box 'del(.linux.cgroupsPath)'
	UNIT=runtime-$BOX.scope
	unit_has ActiveState active
	unit_has Slice "$SLICE"
	stop
	eventually no_unit
}

@test "a name that ends in .slice is a slice [SystemdCgroupsPath]" {
	requires v2
	local name=rt${BOX//-/}.slice
	start_box ".linux.cgroupsPath = \"::$name\""
	[ "$(systemctl show --property ActiveState --value "$name")" = active ]
	grep -q "/$name\$" "/proc/$(pid_of "$BOX")/cgroup"
	stop
	[ "$(systemctl show --property ActiveState --value "$name")" = inactive ] # systemd makes up any slice one asks for
	[ ! -e "/sys/fs/cgroup/$name" ]
}

@test "a path that is no unit is refused in the words that engines know [SystemdCgroupsPath]" {
	bundle ".linux.cgroupsPath = \"/$BOX\""
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/$BOX\" instead"
}

@test "limits are in the unit and in the files [SystemdLimits]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864, reservation: 33554432, swap: 134217728}, pids: {limit: 20}}')" \
		"$(resources '{cpu: {shares: 1024, quota: 30000, period: 60000}}')"
	unit_has MemoryMax 67108864
	unit_has MemoryLow 33554432
	unit_has MemorySwapMax 67108864
	unit_has TasksMax 20
	unit_has CPUWeight 100
	unit_has CPUQuotaPerSecUSec 500ms
	unit_has CPUQuotaPeriodUSec 60ms
	file_has memory.max 67108864
	file_has pids.max 20
	file_has cpu.max '30000 60000'
	stop
}

@test "limits are still there when systemd was reloaded [SystemdLimits]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}, pids: {limit: 20}, cpu: {quota: 1550, period: 100000}}')"
	systemctl daemon-reload
	file_has memory.max 67108864
	file_has pids.max 20
	unit_has MemoryMax 67108864
	unit_has CPUQuotaPerSecUSec 20ms
	stop
}

@test "processors are in the unit and in the files [SystemdLimits]" {
	requires v2
	needs_controller cpuset
	start_box "$(resources '{cpu: {cpus: "0", mems: "0"}}')"
	unit_has AllowedCPUs 0
	unit_has AllowedMemoryNodes 0
	file_has cpuset.cpus 0
	stop
}

@test "one process is enough for the container, and none for more [SystemdLimits]" {
	requires v2
	bundle "$(resources '{pids: {limit: 1}}')" \
		'.process.args = ["/bin/sh", "-c", "cat /proc/self/cgroup; true"]'
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	says "fork"
	start_box "$(resources '{pids: {limit: 1}}')" '.process.args = ["/bin/sleep", "100"]'
	unit_has TasksMax 1
	file_has pids.max 1
	stop
}

@test "update changes the unit and the files [SystemdUpdate]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}, cpu: {quota: 30000, period: 60000}}')"
	rt update --memory 134217728 --pids-limit 30 --cpu-quota 15000 "$BOX"
	unit_has MemoryMax 134217728
	unit_has TasksMax 30
	unit_has CPUQuotaPerSecUSec 250ms
	file_has memory.max 134217728
	file_has pids.max 30
	file_has cpu.max '15000 60000'
	systemctl daemon-reload
	file_has memory.max 134217728
	stop
}

@test "an update that fails leaves the unit as it was [SystemdUpdate CliUpdateAtomic]" {
	requires v2
	start_box "$(resources '{memory: {limit: 67108864}}')"
	run ! rt update --resources - "$BOX" <<<'{"memory": {"limit": 134217728}, "unified": {"memory.oom.group": "nonsense"}}'
	file_has memory.max 67108864
	unit_has MemoryMax 67108864
	stop
}

# With a filter of systemd's that lacks one of the devices this fails after the reload.
@test "devices are kept when systemd is reloaded, and nothing more is allowed [SystemdDevices]" {
	requires root
	local rules='[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]'
	local script='while read -r word; do (: <>/dev/mine) 2>/dev/null && echo mine || echo no-mine
		(: </dev/other) 2>/dev/null && echo other || echo no-other
		(: >/dev/null) 2>/dev/null && echo null || echo no-null; done'
	[ -e /dev/fuse ] || skip "needs /dev/fuse"
	mkfifo "$T/in"
	sh_bundle "$script" "$(resources "{devices: $rules}")" \
		'.linux.devices = [{type: "c", path: "/dev/mine", major: 10, minor: 229, fileMode: 438},
			{type: "c", path: "/dev/other", major: 1, minor: 11, fileMode: 438}]'
	rt run --bundle "$BUNDLE" "$BOX" <"$T/in" >"$T/said" 2>"$T/err" &
	exec 9>"$T/in"
	echo >&9
	eventually is_lines "$T/said" 3
	systemctl daemon-reload
	echo >&9
	eventually is_lines "$T/said" 6
	exec 9>&-
	wait
	[ "$(cat "$T/said")" = "$(printf 'mine\nno-other\nnull\nmine\nno-other\nnull')" ]
	eventually no_unit
}
is_lines() { [ "$(wc -l <"$1")" = "$2" ]; }

@test "annotations are properties of the unit [SystemdAnnotations]" {
	start_box '.annotations += {"org.systemd.property.TimeoutStopSec": "uint64 7", "org.systemd.property.KillSignal": "2",
		"org.systemd.property.Description": "\u0027what it is for\u0027"}'
	unit_has TimeoutStopUSec 7s
	unit_has KillSignal 2
	unit_has Description 'what it is for'
	stop
}

@test "a bad annotation is refused before anything is made [SystemdAnnotations]" {
	bundle '.annotations += {"org.systemd.property.KillSignal": "two"}'
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says /annotations/org.systemd.property.KillSignal
	no_unit
}

@test "what systemd refuses leaves nothing [SystemdAnnotations SystemdUnit]" {
	bundle '.annotations += {"org.systemd.property.NoSuchThing": "2"}'
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "NoSuchThing"
	no_unit
}

@test "a unit that is there is somebody else's, and stays [SystemdUnit]" {
	[ "$(id -u)" = 0 ] || skip "starts a unit of the system"
	systemd-run --scope --unit "$UNIT" sleep 100 >/dev/null 2>&1 &
	eventually systemctl is-active --quiet "$UNIT"
	bundle
	run ! rt create --bundle "$BUNDLE" "$BOX" </dev/null
	says "$UNIT"
	run rt delete --force "$BOX"
	systemctl is-active --quiet "$UNIT"
	systemctl stop "$UNIT"
	wait
}

@test "a name is free again at once, twenty times over [SystemdUnit]" {
	local i
	bundle
	for ((i = 0; i < 20; i++)); do
		rt run --bundle "$BUNDLE" "$BOX" </dev/null
	done
	eventually no_unit
}

@test "twenty containers at once [SystemdUnit]" {
	local i pids=() bad=0
	bundle '.process.args = ["/bin/sleep", "0.1"]'
	for ((i = 0; i < 20; i++)); do
		cp -a "$BUNDLE" "$BUNDLE-$i"
		jq ".linux.cgroupsPath = \"$(cgroups_path "$BOX-$i")\"" "$BUNDLE/config.json" >"$BUNDLE-$i/config.json"
		rt run --bundle "$BUNDLE-$i" "$BOX-$i" </dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=$((bad + 1))
	done
	[ "$bad" = 0 ]
}

@test "a program that runs out of memory is killed, and its unit goes [SystemdUnit SystemdLimits]" {
	requires v2
	bundle "$(resources '{memory: {limit: 16777216, swap: 16777216}}')" \
		'.process.args = ["/bin/sh", "-c", "x=$(head -c 40000000 /dev/zero | tr \"\\0\" x); echo alive"]'
	run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 137 ]
	eventually no_unit
}

@test "pause, exec, ps and events are about the unit's cgroup [SystemdUnit]" {
	requires v2
	start_box
	rt exec "$BOX" /bin/cat /proc/self/cgroup >"$T/cgroup"
	grep -q "$(cgroup_path)\$" "$T/cgroup"
	rt pause "$BOX"
	[ "$(status_of "$BOX")" = paused ]
	rt resume "$BOX"
	rt ps --format json "$BOX" | jq -e "index($(pid_of "$BOX"))"
	rt events --stats "$BOX" | jq -e '.data.pids.current >= 1'
	stop
}

# The socket of systemd, and that of the bus, are gone: a name space of our own.
@test "without systemd's socket the error comes at once and says what to do [SystemdAway]" {
	[ "$(id -u)" = 0 ] || skip "hides the system's sockets"
	bundle
	run ! timeout 5 unshare -m sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
		"$RUNTIME" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" -ne 124 ]
	says "asking systemd for a cgroup"
	says "cgroupfs"
}

# silent COMMAND...: where somebody listens for systemd who takes the call and never says a word.
silent() {
	mkdir -p "$T/silent/system"
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(9)
calls = [s.accept() for _ in range(9)]' "$T/silent/private" 3>&- &
	local listener=$! status=0
	eventually test -S "$T/silent/private"
	timeout 120 unshare -m sh -c 'mount --bind "$0" /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' "$T/silent" "$@" || status=$?
	kill "$listener"
	rm -r "$T/silent"
	return "$status"
}

@test "a systemd that does not answer is waited for a time with an end, and nothing is left [SystemdAway]" {
	[ "$(id -u)" = 0 ] || skip "hides the system's sockets"
	requires python3
	bundle
	run ! silent "$RUNTIME" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" -ne 124 ]
	says "asking systemd for a cgroup"
	[ ! -e "$STATE/$BOX" ]
	[ ! -e "$(DIR)" ]
	start_box
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	run silent "$RUNTIME" --root "$STATE" delete "$BOX" </dev/null
	[ "$status" = 0 ]
	eventually no_unit
}

@test "over the bus it works as well [SystemdBus]" {
	[ "$(id -u)" = 0 ] || skip "hides the system's sockets"
	[ -S /run/dbus/system_bus_socket ] || skip "needs a system bus"
	bundle '.process.args = ["/bin/cat", "/proc/self/cgroup"]'
	run timeout 20 unshare -m sh -c 'mount -t tmpfs none /run/systemd && exec "$@"' sh \
		"$RUNTIME" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 0 ]
	says "$UNIT"
	eventually no_unit
}

@test "delete does what it can when systemd does not answer [SystemdAway]" {
	[ "$(id -u)" = 0 ] || skip "hides the system's sockets"
	requires v2
	start_box
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	run timeout 20 unshare -m sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
		"$RUNTIME" --root "$STATE" delete "$BOX" </dev/null
	[ "$status" = 0 ]
	eventually no_unit
}

# Killed at each call of the kinds that talk with systemd and make the first processes.  Without the record, or
# with a process that outlives us in the scope, units stay.
@test "whatever call create is killed at, delete --force leaves no unit [SystemdUnit RecordCrashSafe]" {
	requires strace
	local name k n bad=0
	sleeper
	strace -qq -o "$T/trace" -e trace=connect,sendmsg,recvmsg,clone3,poll,pidfd_send_signal,write,openat \
		-- "$RUNTIME" --systemd-cgroup --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	rt delete --force "$BOX"
	for name in connect sendmsg recvmsg clone3 pidfd_send_signal poll; do
		n=$(grep -c "^$name(" "$T/trace") || true
		for ((k = 1; k <= n; k += n > 12 ? 2 : 1)); do
			{
				timeout 20 strace -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
					-- "$RUNTIME" --systemd-cgroup --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null </dev/null || true
			} 2>/dev/null
			rt delete --force "$BOX" || { echo "at $name $k: delete --force failed"; bad=1; }
			eventually no_unit || { echo "at $name $k: the unit is left"; bad=1; }
			[ -z "$(ls -A "$STATE")" ] || { echo "at $name $k: $(ls -A "$STATE") is left"; bad=1; }
		done
	done
	[ "$bad" = 0 ]
}

in_subgroup() { echo ".annotations[\"run.oci.systemd.subgroup\"] = \"$1\""; }

# runc 1.1.5 fails this: it does not know the annotation.
@test "a subgroup is the container's cgroup, with its limits, and the unit has them too [AnnotationSubgroup]" {
	requires v2
	start_box "$(in_subgroup inner)" "$(resources '{memory: {limit: 67108864}, pids: {limit: 20}}')"
	[ "$(sed -n 's/^0:://p' "/proc/$(pid_of "$BOX")/cgroup")" = "$(cgroup_path)/inner" ]
	file_has inner/memory.max 67108864
	file_has inner/pids.max 20
	file_has cgroup.procs ''
	unit_has MemoryMax 67108864
	unit_has TasksMax 20
	rt exec "$BOX" true
	rt update --pids-limit 30 "$BOX"
	file_has inner/pids.max 30
	unit_has TasksMax 30
	systemctl daemon-reload
	file_has inner/memory.max 67108864
	stop
	eventually no_unit
	[ ! -e "$(DIR)" ]
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "a subgroup holds the container on cgroup v1 too [AnnotationSubgroup]" {
	requires v1
	start_box "$(in_subgroup inner)" "$(resources '{memory: {limit: 67108864}}')"
	grep -q ":memory:$(cgroup_path)/inner\$" "/proc/$(pid_of "$BOX")/cgroup"
	grep -q ":freezer:$(cgroup_path)/inner\$" "/proc/$(pid_of "$BOX")/cgroup"
	[ "$(cat "/sys/fs/cgroup/memory$(cgroup_path)/inner/memory.limit_in_bytes")" = 67108864 ]
	unit_has MemoryLimit 67108864
	stop
	eventually no_unit
	[ ! -e "/sys/fs/cgroup/freezer$(cgroup_path)" ]
}

# runc 1.1.5 fails this: it does not know the annotation.
@test "an empty subgroup is none, and one that is no name of a cgroup is refused [AnnotationSubgroup]" {
	local name
	start_box "$(in_subgroup '')"
	grep -q "$(cgroup_path)\$" "/proc/$(pid_of "$BOX")/cgroup"
	stop
	for name in .. a/b; do
		refused "$(in_subgroup "$name")"
		says /annotations/run.oci.systemd.subgroup
	done
}
