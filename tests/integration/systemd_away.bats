#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup without systemd: its sockets are gone, it says nothing, or we are killed while we talk with it.

RT_DRIVER=systemd
load inside
load systemd

setup() { begin_unit_test; }

# The socket of systemd, and that of the bus, are gone: a name space of our own.
@test "without systemd's socket the error comes at once and says what to do [SystemdAway]" {
	[ "$(id -u)" = 0 ] || skip "hides the system's sockets"
	bundle
	run ! timeout "$PATIENCE" unshare -m sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
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
	timeout "$PATIENCE" unshare -m sh -c 'mount --bind "$0" /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' "$T/silent" "$@" || status=$?
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
	run timeout "$PATIENCE" unshare -m sh -c 'mount -t tmpfs none /run/systemd && exec "$@"' sh \
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
	run timeout "$PATIENCE" unshare -m sh -c 'mount -t tmpfs none /run/systemd && mount -t tmpfs none /run/dbus && exec "$@"' sh \
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
				timeout "$PATIENCE" strace -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
					-- "$RUNTIME" --systemd-cgroup --root "$STATE" create --bundle "$BUNDLE" "$BOX" >/dev/null </dev/null || true
			} 2>/dev/null
			rt delete --force "$BOX" || { echo "at $name $k: delete --force failed"; bad=1; }
			eventually no_unit || { echo "at $name $k: the unit is left"; bad=1; }
			[ -z "$(ls -A "$STATE")" ] || { echo "at $name $k: $(ls -A "$STATE") is left"; bad=1; }
		done
	done
	[ "$bad" = 0 ]
}
