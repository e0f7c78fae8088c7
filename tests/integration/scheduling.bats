# SPDX-License-Identifier: Apache-2.0
#
# config.md "Linux Process": scheduler, ioPriority, execCPUAffinity; config-linux.md "Memory Policy".
load inside

# scheduled SCHEDULER [JQ-FILTER...]: what `probe scheduler` says in a container with it.
scheduled() {
	with_probe
	bundle '.process.args = ["/bin/probe", "scheduler"]' ".process.scheduler = $1" "${@:2}"
	run_box
}

# Real-time policies need a share of their own in a v1 cpu cgroup.
rt_share='.linux.resources.cpu = {realtimePeriod: 1000000, realtimeRuntime: 10000}'

@test "a policy with its nice value is the program's [LinuxProcScheduler LinuxProcSchedulerPolicy]" {
	scheduled '{policy: "SCHED_OTHER", nice: 7}'
	ok
	line '0 0 7 0 0 0 0'
	scheduled '{policy: "SCHED_BATCH", nice: -3}'
	ok
	line '3 0 -3 0 0 0 0'
}

@test "what is absent is 0, whatever the caller has [LinuxProcSchedulerAbsent]" {
	with_probe
	bundle '.process.args = ["/bin/probe", "scheduler"]' '.process.scheduler = {policy: "SCHED_BATCH"}'
	run nice -n 5 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	line '3 0 0 0 0 0 0'
}

@test "without scheduler the caller's stays [LinuxProcScheduler]" {
	with_probe
	bundle '.process.args = ["/bin/probe", "scheduler"]'
	run nice -n 5 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	line '0 0 5 0 0 0 0'
}

@test "SCHED_IDLE and the flag RESET_ON_FORK are set [LinuxProcScheduler LinuxProcSchedulerFlags]" {
	scheduled '{policy: "SCHED_IDLE", flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	ok
	[[ $output == 5\ 1\ * ]]
}

@test "SCHED_FLAG_KEEP_POLICY keeps the policy [LinuxProcSchedulerFlags]" {
	scheduled '{policy: "SCHED_BATCH", nice: 4, flags: ["SCHED_FLAG_KEEP_POLICY"]}'
	ok
	line '0 0 4 0 0 0 0'
}

@test "a program without privileges of its own has the scheduler it was given [LinuxProcScheduler]" {
	scheduled '{policy: "SCHED_BATCH", nice: -10}' '.process.user = {uid: 1000, gid: 1000}' 'del(.process.capabilities)'
	ok
	line '3 0 -10 0 0 0 0'
}

# Where the machine gives groups no real-time share, the error has to say so.
@test "SCHED_RR with its priority is set, or the kernel's no is explained [LinuxProcScheduler]" {
	scheduled '{policy: "SCHED_RR", priority: 9}'
	if [ "$status" = 0 ]; then
		line '2 0 0 9 0 0 0'
	else
		says 'setting scheduler SCHED_RR: sched_setattr: Operation not permitted'
		says realtimeRuntime
	fi
}

@test "SCHED_RR has the share of a v1 cpu cgroup that allows it [LinuxProcScheduler]" {
	requires v1:cpu
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "needs real-time groups"
	scheduled '{policy: "SCHED_RR", priority: 9}' "$rt_share"
	ok
	line '2 0 0 9 0 0 0'
}

# A deadline task may not fork, so that a shell would be no use.
@test "SCHED_DEADLINE with its three times is set [LinuxProcScheduler]" {
	run chrt --deadline --sched-runtime 100000 --sched-deadline 1000000 --sched-period 1000000 0 true
	[ "$status" = 0 ] || skip "needs SCHED_DEADLINE"
	scheduled '{policy: "SCHED_DEADLINE", runtime: 200000, deadline: 1000000, period: 2000000}'
	ok
	line '6 0 0 0 200000 1000000 2000000'
	scheduled '{policy: "SCHED_DEADLINE", runtime: 200000, deadline: 1000000, flags: ["SCHED_FLAG_RESET_ON_FORK"]}' \
		"$(hook startContainer 'exit 0')"
	ok
	[[ $output == 6\ 1\ * ]]
}

@test "SCHED_ISO is known, and the kernel's no is explained [LinuxProcSchedulerPolicy]" {
	with_probe
	refused '.process.scheduler = {policy: "SCHED_ISO"}'
	says 'setting scheduler SCHED_ISO: sched_setattr: Invalid argument (this kernel has no such policy'
}

# runc 1.1.5 and crun 1.8.1 fail this: they know no scheduler, or leave it to the kernel.
@test "a scheduler that does not fit is refused before anything is made [LinuxProcSchedulerFits LinuxProcSchedulerPolicy LinuxProcSchedulerFlags]" {
	local pointer edit
	while read -r pointer edit; do
		refused ".process.scheduler = $edit" "$(hook createRuntime "touch $T/made")" || { echo "$edit" >&2; return 1; }
		says "/process/scheduler$pointer: "
	done <<-END
		/policy {policy: "SCHED_TEA"}
		/policy {}
		/flags/0 {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_TEA"]}
		/nice {policy: "SCHED_OTHER", nice: 20}
		/nice {policy: "SCHED_OTHER", nice: -21}
		/priority {policy: "SCHED_OTHER", priority: 1}
		/priority {policy: "SCHED_FIFO"}
		/priority {policy: "SCHED_RR", priority: 100}
		/runtime {policy: "SCHED_DEADLINE"}
		/deadline {policy: "SCHED_DEADLINE", runtime: 2000000, deadline: 1000000}
		/period {policy: "SCHED_DEADLINE", runtime: 200000, deadline: 1000000, period: 500000}
	END
	refused '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 200000, deadline: 1000000}' "$(hook startContainer true)"
	says '/process/scheduler/flags: '
	[ ! -e "$T/made" ]
}

@test "a value that the policy has no use for is a warning [LinuxProcSchedulerFits]" {
	scheduled '{policy: "SCHED_IDLE", nice: 3, period: 5}'
	ok
	says '/process/scheduler/nice: has no effect with SCHED_IDLE'
	says '/process/scheduler/period: '
}

@test "ioPriority is the program's and its children's [LinuxProcIOPriority LinuxProcIOPriorityClass LinuxProcIOPriorityLevel]" {
	with_probe
	inside 'probe ioprio; sh -c "probe ioprio; :"' '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	ok
	[ "$output" = $'2 6\n2 6' ]
	inside 'probe ioprio' '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}'
	ok
	line '3 0'
	inside 'probe ioprio' '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 7}' \
		'.process.user = {uid: 1000, gid: 1000}'
	ok
	line '1 7'
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "an ioPriority that Linux does not have is refused [LinuxProcIOPriorityClass LinuxProcIOPriorityLevel]" {
	refused '.process.ioPriority = {class: "IOPRIO_CLASS_TEA", priority: 0}'
	says /process/ioPriority/class:
	refused '.process.ioPriority = {priority: 0}'
	says /process/ioPriority/class:
	refused '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	says /process/ioPriority/priority:
	refused '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: -1}'
	says /process/ioPriority/priority:
}

@test "execCPUAffinity is not for the container's first process [LinuxProcExecCPUAffinityInit]" {
	inside 'grep Cpus_allowed_list: /proc/self/status' '.process.execCPUAffinity = {initial: "0", final: "0"}'
	ok
	line "$(grep Cpus_allowed_list: /proc/self/status)"
}

@test "execCPUAffinity is what exec runs its process on [LinuxProcExecCPUAffinityList]" {
	local last
	last=$(grep -o '[0-9]*$' <<<"$(grep Cpus_allowed_list: /proc/self/status)")
	start_box ".process.execCPUAffinity = {initial: \"0\", final: \" $last , $last - $last\"}"
	run rt exec "$BOX" grep Cpus_allowed_list: /proc/self/status
	ok
	line $'Cpus_allowed_list:\t'"$last"
	stop
}

# The kernel keeps, of what was asked for, what the cgroup allows: a shell that enters it by hand shows it.
@test "without final exec leaves the affinity as the kernel has it in the cgroup [LinuxProcExecCPUAffinityFinal]" {
	local procs want
	start_box '.process.execCPUAffinity = {initial: "0"}'
	procs=$(cgroup_dir cpuset)/cgroup.procs
	want=$(taskset -c 0 /bin/sh -c "echo \$\$ >$procs; grep Cpus_allowed_list: /proc/self/status")
	run rt exec "$BOX" grep Cpus_allowed_list: /proc/self/status
	ok
	line "$want"
	stop
	start_box '.process.execCPUAffinity = {final: ""}'
	run rt exec "$BOX" grep Cpus_allowed_list: /proc/self/status
	ok
	line "$(grep Cpus_allowed_list: /proc/self/status)"
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "an execCPUAffinity that is no list is refused [LinuxProcExecCPUAffinityList]" {
	local list
	for list in 0-x 3-1 0,,1 1- ',' 65536 -1 0x3; do
		refused ".process.execCPUAffinity = {initial: \"$list\"}" || { echo "$list" >&2; return 1; }
		says /process/execCPUAffinity/initial:
		refused ".process.execCPUAffinity = {initial: \"\", final: \"$list\"}" || { echo "$list" >&2; return 1; }
		says /process/execCPUAffinity/final:
	done
}

@test "memoryPolicy is the program's: mode, nodes and flags [LinuxMemoryPolicy LinuxMemoryPolicyMode LinuxMemoryPolicyNodes LinuxMemoryPolicyFlags]" {
	[ -d /sys/devices/system/node ] || skip "needs NUMA"
	with_probe
	local want policy
	while read -r want policy; do
		bundle '.process.args = ["/bin/probe", "mempolicy"]' ".linux.memoryPolicy = $policy" '.process.user = {uid: 1000, gid: 1000}'
		run_box
		ok && line "${want/_/ }" || { echo "$policy" >&2; return 1; }
	done <<-END
		0_0 {mode: "MPOL_DEFAULT"}
		2_1 {mode: "MPOL_BIND", nodes: "0"}
		3_1 {mode: "MPOL_INTERLEAVE", nodes: " 0 - 0,0"}
		4_0 {mode: "MPOL_LOCAL"}
		1_1 {mode: "MPOL_PREFERRED", nodes: "0"}
		8002_1 {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}
		4003_1 {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}
	END
}

@test "exec has the memory policy and the personality of the container [LinuxMemoryPolicy LinuxPersonality]" {
	[ -d /sys/devices/system/node ] || skip "needs NUMA"
	[ "$(uname -m)" = x86_64 ] || skip "x86_64 only"
	with_probe
	start_box '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' '.linux.personality = {domain: "LINUX32"}'
	run rt exec "$BOX" sh -c 'probe mempolicy; uname -m'
	ok
	line '2 1'
	line i686
	stop
}

@test "a node that the machine has not got is the kernel's to refuse, and is explained [LinuxMemoryPolicyNodes]" {
	[ -d /sys/devices/system/node ] || skip "needs NUMA"
	refused '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1001"}'
	says 'setting memory policy MPOL_BIND: set_mempolicy: Invalid argument (a node is not'
}

# runc 1.1.5 and crun 1.8.1 fail this: they know no memory policy.
@test "a memoryPolicy that cannot be is refused before anything is made [LinuxMemoryPolicyMode LinuxMemoryPolicyFlags LinuxMemoryPolicyNodes]" {
	local pointer edit
	while read -r pointer edit; do
		refused ".linux.memoryPolicy = $edit" || { echo "$edit" >&2; return 1; }
		says "/linux/memoryPolicy/$pointer: "
	done <<-END
		mode {}
		mode {mode: "MPOL_TEA"}
		flags/0 {mode: "MPOL_DEFAULT", flags: ["MPOL_F_TEA"]}
		nodes {mode: "MPOL_BIND"}
		nodes {mode: "MPOL_INTERLEAVE", nodes: " "}
		nodes {mode: "MPOL_WEIGHTED_INTERLEAVE"}
		nodes {mode: "MPOL_PREFERRED_MANY"}
		nodes {mode: "MPOL_PREFERRED", flags: ["MPOL_F_STATIC_NODES"]}
		nodes {mode: "MPOL_DEFAULT", nodes: "0"}
		nodes {mode: "MPOL_LOCAL", nodes: "0"}
		nodes {mode: "MPOL_BIND", nodes: "0-"}
		flags {mode: "MPOL_LOCAL", flags: ["MPOL_F_STATIC_NODES"]}
		flags {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}
		flags {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"]}
	END
}

# What fork(2) takes away has to be set behind it, what the container's user may not do before.
@test "exec has the scheduler and the I/O priority of the process [LinuxProcScheduler LinuxProcSchedulerFlags LinuxProcIOPriority]" {
	local want scheduler
	with_probe
	while read -r want scheduler; do
		bundle
		start_box ".process.scheduler = $scheduler" '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}' \
			'.process.user = {uid: 1000, gid: 1000}' 'del(.process.capabilities)'
		run rt exec "$BOX" sh -c 'probe ioprio; exec probe scheduler'
		ok
		line '2 6'
		[[ $output == *$'\n'"${want//_/ }"* ]]
		stop
	done <<-END
		3_0_-4 {policy: "SCHED_BATCH", nice: -4}
		3_1_-4 {policy: "SCHED_BATCH", nice: -4, flags: ["SCHED_FLAG_RESET_ON_FORK"]}
	END
}
