#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config-linux.md "Seccomp", SCMP_ACT_NOTIFY: what the agent at listenerPath gets, and what its answers come to.

load inside
load seccomp_agent

teardown() {
	end_agent
	end_test
}

# probes SCRIPT FILTER...: runs it with /bin/probe there.
probes() {
	with_probe
	inside "$@"
}

# state_is JQ: of the last state that the agent heard.
state_is() {
	eventually heard_states "${STATES:-1}"
	sed -n 's/^state //p' "$T/heard" | tail -n 1 | jq -e "$1" >/dev/null || { cat "$T/heard" >&2; return 1; }
}

called() { sed -n 's/^call //p' "$T/heard"; }

# runc 1.1.5 and crun 1.8.1 fail this: for them it is still "creating", and crun's ociVersion is "0.2.0".
@test "start sends the container process state and the listener [SeccompListenerPath SeccompFd ProcessStateJson ProcessStateOciVersion ProcessStateFds ProcessStatePid ProcessStateMetadata ProcessStateState]" {
	local pid
	agent
	sleeper "$(notify sched_yield)" '.annotations = {a: "b"}'
	create
	pid=$(pid_of "$BOX")
	rt start "$BOX"
	state_is ". == {ociVersion: \"1.3.0\", fds: [\"seccompFd\"], pid: $pid, metadata: \"for $BOX\",
		state: {ociVersion: \"1.3.0\", id: \"$BOX\", pid: $pid, status: \"created\", bundle: \"$BUNDLE\", annotations: {a: \"b\"}}}"
	stop
}

@test "run sends the same, once for each container, over a connection of its own [SeccompListenerOneState SeccompListenerClosed SeccompListenerNotReused]" {
	agent
	bundle "$(notify sched_yield)"
	rt run --bundle "$BUNDLE" "$BOX" </dev/null
	state_is ".state.id == \"$BOX\" and .state.status == \"created\" and .pid == .state.pid"
	rt run --bundle "$BUNDLE" "$BOX-2" </dev/null
	STATES=2 state_is ".state.id == \"$BOX-2\""
	sed -n 's/^state //p' "$T/heard" | jq -se 'length == 2' >/dev/null # a second state in a connection would be a third
	[ "$(grep -c '^descriptors 1 0$' "$T/heard")" = 2 ]
}

@test "a state that does not fit into the socket at once has the descriptor with its beginning [ProcessStateFdsFirst]" {
	agent
	bundle "$(notify sched_yield)" '.annotations = {big: ("x" * 1000000)}'
	rt run --bundle "$BUNDLE" "$BOX" </dev/null
	state_is '.state.annotations.big | length == 1000000'
	grep -q '^descriptors 1 0$' "$T/heard"
}

@test "without listenerMetadata there is no metadata [ProcessStateMetadata]" {
	agent
	bundle "$(notify sched_yield)" 'del(.linux.seccomp.listenerMetadata)'
	rt run --bundle "$BUNDLE" "$BOX" </dev/null
	state_is 'has("metadata") | not'
}

# runc 1.1.5 fails this: its own init is under the filter too, and asks the agent first.
@test "the agent's answer is an errno, a value, or that the kernel goes on [SeccompActions]" {
	with_probe
	sh_bundle 'probe yield' "$(notify sched_yield)"
	local option
	for option in '-e 77:errno 77' '-v 5:5' ':0'; do
		# shellcheck disable=SC2086
		agent ${option%:*}
		run_box
		ok
		line "${option#*:}"
		[ "$(called)" = sched_yield ]
		lose_agent
		rm "$T/agent"
	done
}

@test "the agent's answer is a descriptor of its own [SeccompActions]" {
	echo 'from outside' >"$T/gift"
	agent -f "$T/gift" -s openat
	bundle '.process.args = ["/bin/cat", "/nowhere"]' "$(notify openat)"
	run_box
	ok
	line 'from outside'
}

# runc 1.1.5 fails this: it refuses write.
@test "what hands the listener over, and execve itself, can be notified [SeccompNotifyAny]" {
	agent
	probes 'probe yield' "$(notify execve write sendmsg recvmsg close futex sched_yield exit exit_group)"
	ok
	line 0
	[ "$(called | head -n 1)" = execve ]
	called | grep -q write
	called | grep -q exit_group
}

# runc 1.1.5 fails this: it refuses the default action.
@test "the default action can be to notify [SeccompNotifyAny SeccompActions]" {
	agent -e 77 -s sched_yield
	probes 'probe yield' "$(notify)" '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY" | .linux.seccomp.syscalls = []'
	ok
	line 'errno 77'
	[ "$(called | head -n 1)" = execve ]
}

@test "without the agent a notified call is ENOSYS" {
	agent -g
	probes 'probe yield' "$(notify sched_yield)"
	ok
	line 'errno 38'
}

@test "a program whose agent does not answer can be killed" {
	agent -n
	with_probe
	bundle '.process.args = ["/bin/probe", "yield"]' "$(notify sched_yield)"
	create
	rt start "$BOX"
	stop
}

# The filter is there, and the thread that handed the listener over is not.
is_filtered() { [ "$(grep -cE '^(Seccomp:.2|Threads:.1)$' "/proc/$1/status")" = 2 ]; }

@test "a start that is killed while nobody lets execve go on leaves a container that can be deleted" {
	local pid starter
	agent -n
	sleeper "$(notify execve)"
	create
	pid=$(pid_of "$BOX")
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" start "$BOX" 3>&- &
	starter=$!
	eventually is_filtered "$pid"
	kill -KILL "$starter"
	wait "$starter" || true
	is_in "$BOX" created
	rt delete --force "$BOX"
}

# runc 1.1.5 fails this.
@test "listenerPath may be longer than an address of the kernel" {
	local deep
	deep=$T/$(printf 'd%.0s' {1..200})
	agent
	mkdir "$deep"
	mv "$T/agent" "$deep/agent"
	bundle "$(notify sched_yield)" ".linux.seccomp.listenerPath = \"$deep/agent\""
	rt run --bundle "$BUNDLE" "$BOX" </dev/null
	state_is ".state.id == \"$BOX\""
}

@test "listenerPath is ignored when no action is to notify [SeccompListenerIgnored]" {
	bundle "$(notify)" '.linux.seccomp |= (.syscalls = [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}] | .listenerPath = "no/such/path")'
	run_box
	ok
	agent
	bundle "$(notify)" '.linux.seccomp.syscalls = []'
	run_box
	ok
	is_empty "$T/heard"
}

@test "to notify needs a listenerPath, an absolute one [SeccompNotifyNeedsListener SeccompListenerPath]" {
	refused "$(notify sched_yield)" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	says '/linux/seccomp/syscalls/0/action: needs listenerPath'
	refused "$(notify)" '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}'
	says '/linux/seccomp/defaultAction: needs listenerPath'
	refused "$(notify sched_yield)" '.linux.seccomp.listenerPath = "run/agent"'
	says '/linux/seccomp/listenerPath: must be an absolute path'
}

# runc 1.1.5 and crun 1.8.1 fail this: they find out at start.
@test "create refuses a listenerPath where no socket is [SeccompListenerEarly]" {
	refused "$(notify sched_yield)"
	says /linux/seccomp/listenerPath
	says "$T/agent"
	says 'No such file'
	touch "$T/agent"
	refused_as_it_is
	says 'is no socket'
}

@test "a hook that runs before start may bring the agent [SeccompListenerEarly]" {
	agent
	lose_agent
	rm "$T/agent"
	bundle "$(notify sched_yield)" "$(hook createRuntime "$SUITE/seccomp_agent $T/agent $T/heard >$T/pid")"
	rt run --bundle "$BUNDLE" "$BOX" </dev/null
	AGENT=$(<"$T/pid")
	state_is ".state.id == \"$BOX\""
}

# runc 1.1.5 and crun 1.8.1 fail this: the container is gone.
@test "a start that finds no agent fails, and may be tried again [SeccompListenerEarly SeccompListenerFailGenError ErrorsLeaveStateUnchange]" {
	agent
	sleeper "$(notify sched_yield)"
	create
	lose_agent
	run rt start "$BOX"
	[ "$status" = 1 ]
	says 'connecting to the seccomp agent'
	says 'Connection refused'
	is_in "$BOX" created
	rm "$T/agent"
	run rt start "$BOX"
	[ "$status" = 1 ]
	says 'No such file'
	is_in "$BOX" created
	agent -p
	run rt start "$BOX"
	[ "$status" = 1 ]
	says SOCK_STREAM
	is_in "$BOX" created
	lose_agent
	rm "$T/agent"
	agent
	rt start "$BOX"
	state_is ".state.id == \"$BOX\""
	stop
}

@test "a run that finds no agent leaves nothing [SeccompListenerFailGenError]" {
	agent
	lose_agent
	bundle "$(notify sched_yield)"
	run_box
	[ "$status" = 1 ]
	says 'connecting to the seccomp agent'
	[ ! -e "$STATE/$BOX" ]
}

@test "a start whose agent takes no more connections does not wait for ever [SeccompListenerFailGenError]" {
	agent -n -b 0
	sleeper "$(notify sched_yield)"
	create
	configure ".linux.cgroupsPath = \"$(cgroups_path "$BOX-2")\""
	create "$BOX-2"
	rt start "$BOX" # what it sent waits in the queue, which is full now
	run rt start "$BOX-2"
	[ "$status" = 1 ]
	says 'does not accept'
	is_in "$BOX-2" created
	rt delete "$BOX-2"
	stop
}

@test "an agent that goes before it has the listener: start fails, and the program does not run [SeccompListenerFailGenError]" {
	local starter
	agent -n
	sh_bundle 'touch /ran' "$(notify sched_yield)" "$(hook startContainer 'touch /waits; while [ ! -e /go ]; do sleep 0.02; done')"
	create
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" start "$BOX" 2>"$T/err" 3>&- &
	starter=$!
	eventually test -e "$ROOTFS/waits"
	lose_agent
	touch "$ROOTFS/go"
	status=0
	wait "$starter" || status=$?
	[ "$status" = 1 ]
	output=$(<"$T/err")
	says 'sending the seccomp listener'
	says "$T/agent"
	wait_for "$BOX" stopped
	[ ! -e "$ROOTFS/ran" ]
	rt delete "$BOX"
}

@test "a hook of the container runs without the filter, and when it fails the agent hears nothing" {
	agent
	with_probe
	sleeper "$(notify sched_yield)" "$(hook startContainer 'probe yield >/yields; exit 3')"
	create
	run rt start "$BOX"
	[ "$status" = 1 ]
	[ "$(cat "$ROOTFS/yields")" = 0 ]
	eventually grep -qx 'descriptors 0 0' "$T/heard" # a connection, closed
	[ ! -e "$STATE/$BOX" ]
}

# runc 1.1.5 fails this: it has no flags; crun 1.8.1 does not know this one.
@test "wait_killable_recv: once the agent has the call a signal no longer takes it back [SeccompFlags SeccompWaitKillableRecv]" {
	requires kernel:5.19
	agent -k 500 -v 5
	probes 'probe caught' "$(notify sched_yield)" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	ok
	line 5
	[ "$(called)" = sched_yield ]
	lose_agent
	rm "$T/agent"
	agent -k 60000 -v 5 # without the flag the call is made again
	configure 'del(.linux.seccomp.flags)'
	run_box
	ok
	line 5
	[ "$(called | paste -sd,)" = sched_yield,sched_yield ]
	grep -qx late "$T/heard"
}

@test "wait_killable_recv without a listener says nothing, tsync with one neither [SeccompWaitKillableRecv SeccompFlags]" {
	bundle "$(notify)" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}'
	run_box
	ok
	agent -e 77
	probes 'probe yield' "$(notify sched_yield)" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"]'
	ok
	line 'errno 77'
}

@test "without noNewPrivileges, and as another user, the listener gets there too [SeccompListenerPath]" {
	agent -e 77
	probes 'probe yield' "$(notify sched_yield)" '.process.noNewPrivileges = false' \
		'.process.user = {uid: 1000, gid: 1000}' '.process.capabilities |= map_values([])'
	ok
	line 'errno 77'
}

@test "the program has no descriptor of the listener" {
	agent
	probes 'probe fds' "$(notify sched_yield)"
	ok
	lacks seccomp
	[ "$(wc -l <<<"$output")" = 3 ]
}

@test "no room for the thread that hands over the listener is said so" {
	agent
	bundle "$(notify sched_yield)" '.linux.resources.pids.limit = 1'
	run_box
	[ "$status" = 1 ]
	says 'loading the seccomp filter'
	says pids.limit
}

# runc 1.1.5 and crun 1.8.1 pass this.
@test "exec sends a state of its own [SeccompListenerOneState ProcessStatePid]" {
	agent -e 77 -s sched_yield
	with_probe
	start_box "$(notify sched_yield)"
	run rt exec "$BOX" /bin/probe yield </dev/null
	ok
	line 'errno 77'
	STATES=2 state_is ".pid != .state.pid and .state.pid == $(pid_of "$BOX") and .state.status == \"running\""
	stop
}

@test "an exec that finds no agent does not run" {
	agent
	start_box "$(notify sched_yield)"
	lose_agent
	run rt exec "$BOX" touch /ran </dev/null
	[ "$status" != 0 ]
	says 'connecting to the seccomp agent'
	[ ! -e "$ROOTFS/ran" ]
	stop
}
