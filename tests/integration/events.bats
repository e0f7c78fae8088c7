#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# events: what a container uses, in lines of JSON, and who is killed for memory.  crun 1.8.1 has no such command.

load inside

stats() { rt events --stats "$BOX" | jq -e "$1"; }
stats_say() { [ "$(stats "$1")" = true ]; }
# follow [OPTION...]: events in the background, as $EVENTS, with its lines in $T/events.
follow() {
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" events "$@" "$BOX" >"$T/events" 3>&- &
	EVENTS=$!
}
# It knows the container, and waits.
follows() { readlink "/proc/$EVENTS/fd"/* | grep -q anon_inode; }
# told COUNT TYPE
told() { [ "$(jq -rc .type "$T/events" | grep -cx "$2")" -ge "$1" ]; }
two_more_than() { [ "$(wc -l <"$T/events")" -ge $(($1 + 2)) ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# Eats memory as a child, which is killed for it and nobody else, once /tmp/go is there.
EATER='until [ -e /tmp/go ]; do sleep 0.02; done; (echo 1000 >/proc/self/oom_score_adj; x=$(head -c 60000000 /dev/zero | tr "\0" x)); touch /tmp/ate; while :; do sleep 0.02; done'
# Eats it itself.
GLUTTON='until [ -e /tmp/go ]; do sleep 0.02; done; x=$(head -c 60000000 /dev/zero | tr "\0" x)'
LITTLE='.linux.resources.memory = {limit: 16777216, swap: 16777216}'

# Each name that may be printed, but for those the kernel gives (of memory.stat and the like).
names() {
	cat <<-'END'
		blkio
		blkio.ioMergedRecursive
		blkio.ioQueueRecursive
		blkio.ioServiceBytesRecursive
		blkio.ioServiceTimeRecursive
		blkio.ioServicedRecursive
		blkio.ioTimeRecursive
		blkio.ioWaitTimeRecursive
		blkio.psi
		blkio.sectorsRecursive
		cgroup
		cpu
		cpu.psi
		cpu.throttling
		cpu.throttling.burstTime
		cpu.throttling.bursts
		cpu.throttling.periods
		cpu.throttling.throttledPeriods
		cpu.throttling.throttledTime
		cpu.usage
		cpu.usage.kernel
		cpu.usage.percpu
		cpu.usage.percpu_kernel
		cpu.usage.percpu_user
		cpu.usage.total
		cpu.usage.user
		cpuset
		cpuset.cpu_exclusive
		cpuset.cpus
		cpuset.mem_exclusive
		cpuset.mem_hardwall
		cpuset.memory_migrate
		cpuset.memory_pressure
		cpuset.memory_spread_page
		cpuset.memory_spread_slab
		cpuset.mems
		cpuset.sched_load_balance
		cpuset.sched_relax_domain_level
		hugetlb
		intel_rdt
		memory
		memory.cache
		memory.events
		memory.kernel
		memory.kernel.failcnt
		memory.kernel.limit
		memory.kernel.max
		memory.kernel.usage
		memory.kernelTCP
		memory.kernelTCP.failcnt
		memory.kernelTCP.limit
		memory.kernelTCP.max
		memory.kernelTCP.usage
		memory.psi
		memory.raw
		memory.swap
		memory.swap.failcnt
		memory.swap.limit
		memory.swap.max
		memory.swap.usage
		memory.usage
		memory.usage.failcnt
		memory.usage.limit
		memory.usage.max
		memory.usage.usage
		misc
		network_interfaces
		pids
		pids.current
		pids.events
		pids.limit
		pids.peak
		rdma
	END
}

@test "--stats prints one line with the container's id, of the names that are known [CliEventsStats]" {
	start_box
	rt events --stats "$BOX" >"$T/line"
	[ "$(wc -l <"$T/line")" = 1 ]
	jq -e --arg id "$BOX" '.type == "stats" and .id == $id and (keys | length == 3)' "$T/line"
	jq -r '.data | paths | select(all(type == "string")) | select(.[1] as $o | (["raw", "psi", "events"] | index($o)) == null or length < 3)
		| select((.[0] as $o | (["hugetlb", "rdma", "misc", "cgroup", "intel_rdt"] | index($o)) == null) or length < 2) | join(".")' \
		"$T/line" >"$T/names"
	run comm -23 <(sort "$T/names") <(names | sort)
	[ -z "$output" ]
	# What go-runc's readers have without a condition.
	jq -e '.data | (.cpu.usage | has("kernel") and has("user")) and ([.memory | .usage, .swap, .kernel, .kernelTCP
		| has("limit") and has("failcnt")] | all) and (.cpuset | has("sched_load_balance")) and .blkio and .hugetlb
		and .pids and .cpu.throttling and .intel_rdt and has("network_interfaces")' "$T/line"
	stop
}

# Each name with the kind of value; what blkio has depends on who wrote to a disk first.
kinds() {
	jq -r 'paths as $p | select($p[1] != "blkio" or ($p | length) < 3)
		| ($p | map(if type == "number" then "[]" else . end) | join(".")) + " " + (getpath($p) | type)' "$1" | sort -u
}

@test "every name that runc prints of an equal container is there, with a value of the same kind [CliEventsStats]" {
	requires root peer:runc
	sh_bundle 'dd if=/dev/zero of=/tmp/file bs=4096 count=16; while :; do :; done' \
		'.linux.resources += {cpu: {quota: 20000, period: 100000}, memory: {limit: 67108864}, pids: {limit: 50}}'
	create
	rt start "$BOX"
	configure ".linux.cgroupsPath = \"/${TAG}runc\""
	spared runc --root "$T/runc" run --detach --bundle "$BUNDLE" "${TAG}runc" </dev/null >/dev/null 2>&1
	runc_is_throttled() { runc --root "$T/runc" events --stats "${TAG}runc" | tee "$T/theirs" | jq -e '.data.cpu.throttling.throttledTime > 0 and .data.memory.cache > 0'; }
	eventually runc_is_throttled
	eventually stats '.data.cpu.throttling.throttledTime > 0 and .data.memory.cache > 0'
	rt events --stats "$BOX" >"$T/ours"
	runc --root "$T/runc" delete --force "${TAG}runc"
	rt delete --force "$BOX"
	kinds "$T/theirs" >"$T/theirs.kinds"
	[ "$(wc -l <"$T/theirs.kinds")" -gt 50 ]
	run comm -23 "$T/theirs.kinds" <(kinds "$T/ours")
	[ -z "$output" ]
}

@test "limits are those of the configuration, and usage is counted [CliEventsStats]" {
	sh_bundle 'x=$(head -c 20000000 /dev/zero | tr "\0" x); sleep 1000 & : >/tmp/ready; wait' \
		'.linux.resources += {memory: {limit: 134217728}, pids: {limit: 50}}'
	create
	rt start "$BOX"
	eventually [ -e "$ROOTFS/tmp/ready" ]
	stats '.data.memory.usage | .limit == 134217728 and .usage > 20000000 and .max >= .usage'
	stats '.data.pids | .limit == 50 and .current == 2'
	stats '.data.memory.swap.usage >= 20000000 and (.data.memory.raw | length > 10)'
	rt delete --force "$BOX"
}

@test "processor time grows in nanoseconds, and what is throttled is told [CliEventsStats]" {
	sh_bundle 'while :; do :; done' '.linux.resources.cpu = {quota: 5000, period: 100000}'
	create
	rt start "$BOX"
	local before
	before=$(stats .data.cpu.usage.total)
	eventually stats_say ".data.cpu.usage.total > $before + 50000000"
	eventually stats_say '.data.cpu.throttling | .periods >= 10 and .throttledPeriods >= 1 and .throttledTime > 1000000'
	# A twentieth of a processor; a unit that is wrong is wrong by 1000.
	eventually stats_say '.data.cpu | .usage.total / (.throttling.periods * 100000000) | . > 0.002 and . < 1'
	stats '.data.cpu.usage | .user + .kernel <= .total * 2'
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not tell.
@test "forks that a limit stops are counted, and so is pressure [CliEventsStats]" {
	sh_bundle '(for i in 1 2 3 4 5 6; do sleep 1000 & done); while :; do :; done' '.linux.resources.pids = {limit: 4}'
	create
	rt start "$BOX"
	eventually stats_say '.data.pids.events.max > 0'
	[ ! -e "$(cgroup_dir unified)/cpu.pressure" ] || stats '.data.cpu.psi.some | .avg10 >= 0 and .total >= 0'
	rt delete --force "$BOX"
}

@test "pressure is told of processors, memory and disks [CliEventsStats]" {
	requires v2
	[ -e /proc/pressure/cpu ] || skip "needs a kernel that counts pressure (psi=1)"
	sh_bundle 'while :; do :; done & while :; do :; done' '.linux.resources.cpu = {quota: 20000, period: 100000}'
	create
	rt start "$BOX"
	eventually stats_say '.data.cpu.psi.some.total > 0'
	stats '.data.cpu.psi.some.total > 0'
	stats '[.data.cpu, .data.memory, .data.blkio | .psi | .some, .full | .avg10, .avg60, .avg300, .total] | length == 24 and all(. >= 0)'
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not tell.
@test "kills for memory are counted [CliEventsStats]" {
	sh_bundle "$EATER" "$LITTLE"
	create
	rt start "$BOX"
	stats '.data.memory.events.oom_kill == 0'
	touch "$ROOTFS/tmp/go"
	eventually stats_say '.data.memory.events.oom_kill >= 1'
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this: it does not tell.
@test "a paused container has its line, which says so [CliEventsStats]" {
	[ -e /sys/fs/cgroup/unified ] || requires v2
	start_box
	stats '.data.cgroup | .populated == 1 and .frozen == 0'
	rt pause "$BOX"
	stats '.data.cgroup | .populated == 1 and .frozen == 1'
	rt resume "$BOX"
	stop
}

# runc 1.1.5 fails this: it goes on until delete.
@test "a line comes each interval, and the container's end is the end, with 0 [CliEvents]" {
	start_box
	follow --interval 20ms
	eventually told 5 stats
	# Whole lines, that all say the same of who it is.
	jq -se --arg id "$BOX" 'all(.type == "stats" and .id == $id)' <(sed '$d' "$T/events")
	rt kill "$BOX" KILL
	wait "$EVENTS"
	run -0 tail -n 1 "$T/events"
	jq -e . <<<"$output"
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

@test "the end does not wait for the interval, and delete is one [CliEvents]" {
	start_box
	follow --interval 1h
	eventually follows
	rt delete --force "$BOX"
	eventually ended "$EVENTS"
	wait "$EVENTS"
	is_empty "$T/events"
}

@test "the next line after its reader went away ends it [CliEvents]" {
	start_box
	rt events --interval 20ms "$BOX" | head -n 1 >"$T/first"
	jq -e '.type == "stats"' "$T/first"
	stop
}

@test "a process that is killed for memory is told at once, without data, and the container goes on [CliEventsOom]" {
	sh_bundle "$EATER" "$LITTLE"
	create
	rt start "$BOX"
	follow --interval 20ms
	eventually told 1 stats
	run ! told 1 oom
	touch "$ROOTFS/tmp/go"
	eventually told 1 oom
	jq -se --arg id "$BOX" 'map(select(.type == "oom")) | all(. == {type: "oom", id: $id})' <(sed '$d' "$T/events")
	eventually [ -e "$ROOTFS/tmp/ate" ]
	is_in "$BOX" running
	rt kill "$BOX" KILL
	wait "$EVENTS"
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

# runc 1.1.5 fails this: it goes on until delete.
@test "the container's first process is told of too [CliEventsOom]" {
	sh_bundle "$GLUTTON" "$LITTLE"
	create
	rt start "$BOX"
	follow --interval 20ms
	eventually told 1 stats
	touch "$ROOTFS/tmp/go"
	wait "$EVENTS"
	told 1 oom
	wait_for "$BOX" stopped
	rt delete "$BOX"
}

# systemd takes a scope's cgroup away with its last process; here we do.
cgroup_is_gone() {
	[ ${#DRIVER[@]} != 0 ] || rmdir "$CGROUP" || true
	[ ! -e "$CGROUP" ]
}

# What the cgroup above counts, which is no test's own and stays.
kills_above() { sed -n 's/^oom_kill //p' "${CGROUP%/*}/memory.events"; }

# killed_unread: the glutton of $BUNDLE is killed, and its cgroup gone, before `events` has read of it, which tells it all the same.
# Now and then the kernel kills what fed it as well.
killed_unread() {
	local before
	create
	rt start "$BOX"
	CGROUP=$(cgroup_dir memory)
	follow --interval 20ms
	eventually told 1 stats
	before=$(kills_above)
	kill -STOP "$EVENTS"
	touch "$ROOTFS/tmp/go"
	eventually cgroup_is_gone
	kill -CONT "$EVENTS"
	wait "$EVENTS"
	told 1 oom
	[ "$(grep -c '"type":"oom"' "$T/events")" = $(($(kills_above) - before)) ]
	rt delete "$BOX"
}

@test "a kill is told when the cgroup is removed before it was read [CliEventsOom]" {
	requires v2
	RT_CGROUP=${RT_CGROUP-}/${TAG}above
	sh_bundle "$GLUTTON" "$LITTLE"
	killed_unread
}

@test "a kill is told when the cgroup went with the unit that it is a subgroup of [CliEventsOom AnnotationSubgroup]" {
	requires v2
	[ ${#DRIVER[@]} != 0 ] || skip "is about the systemd driver"
	sh_bundle "$GLUTTON" "$LITTLE" '.annotations["run.oci.systemd.subgroup"] = "inner"'
	killed_unread
}

@test "a kill beside the container is not its own, though its cgroup is removed [CliEventsOom]" {
	requires v2
	RT_CGROUP=${RT_CGROUP-}/${TAG}above
	start_box "$LITTLE"
	CGROUP=$(cgroup_dir memory)
	follow --interval 20ms
	eventually told 1 stats
	sh_bundle "$GLUTTON" "$LITTLE" ".linux.cgroupsPath = \"$(cgroups_path "$BOX-2")\""
	touch "$ROOTFS/tmp/go"
	run -137 rt run --bundle "$BUNDLE" "$BOX-2" </dev/null
	eventually two_more_than "$(wc -l <"$T/events")"
	kill -STOP "$EVENTS"
	rt kill "$BOX" KILL
	eventually cgroup_is_gone
	kill -CONT "$EVENTS"
	wait "$EVENTS"
	run ! grep '"type":"oom"' "$T/events"
	rt delete "$BOX"
}

@test "a container without memory kills tells of none [CliEventsOom]" {
	start_box "$LITTLE"
	follow --interval 20ms
	eventually told 3 stats
	rt delete --force "$BOX"
	wait "$EVENTS"
	jq -es 'all(.[]; .type != "oom")' "$T/events"
}

@test "a stopped container and an unknown one are refused, and a created one is not [CliEvents CliEventsStats]" {
	sleeper
	create
	stats '.type == "stats"'
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	run rt events --stats "$BOX"
	[ "$status" = 1 ]
	says "container with id $BOX is not running"
	run rt events "$BOX"
	[ "$status" = 1 ]
	says "container with id $BOX is not running"
	rt delete "$BOX"
	run rt events --stats "$BOX"
	[ "$status" = 1 ]
	says "does not exist"
}

@test "an interval is a time above 0 [CliEvents]" {
	start_box
	local wrong
	for wrong in 0s 0 5 -1s s 5x 1s5 '1 s' 1..5s 99999999h; do
		run rt events --stats --interval="$wrong" "$BOX"
		[ "$status" = 1 ]
		says interval
	done
	local right
	for right in 5s 500ms 1m30s 1.5h +2s 7us 9ns; do
		run -0 rt events --stats --interval "$right" "$BOX"
	done
	stop
}
