# SPDX-License-Identifier: Apache-2.0
#
# NOTIFY_SOCKET: sd_notify(3) out of a container, through start and run.
load inside

# The caller's socket, in a directory whose path is short enough for one.
setup() {
	begin_test
	SOCKETS=$(mktemp -d "/tmp/$TAG.XXXXXX")
	with_probe
}
teardown() {
	[ -z "${HEARER-}" ] || kill "$HEARER" 2>/dev/null || true # it waits for what never comes
	[ -z "${HEARER-}" ] || wait "$HEARER" || true
	rm -rf "$SOCKETS"
	end_test
}

# hear: waits in the background for one message; it comes in $T/heard.
hear() {
	RT_TEST=$TAG "$SUITE/probe" heard "$SOCKETS/s" >"$T/heard" 3>&- &
	HEARER=$!
	eventually [ -S "$SOCKETS/s" ]
}
is_heard() { grep -q . "$T/heard"; }

notified() { NOTIFY_SOCKET=$SOCKETS/s rt "$@"; }

# A program that says TEXTS, one by one, and stays.
announcing() {
	local text script=
	for text; do
		script+="probe notify '$text'; "
	done
	sleeper
	local stay
	stay=$(jq -r '.process.args[2]' "$BUNDLE/config.json")
	sh_bundle "$script$stay"
}

@test "start waits until the program is ready, and tells the caller with its pid [NotifySocket]" {
	announcing 'STATUS=warming up' 'STATUS=done|READY=1' 'STOPPING=1'
	hear
	notified create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	[ ! -s "$T/heard" ]
	notified start "$BOX"
	eventually is_heard
	[ "$(head -n 1 "$T/heard")" = READY=1 ]
	is_in "$BOX" running
	stop
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "the pid of the program comes with the word that it is ready [NotifySocket]" {
	announcing READY=1
	hear
	notified run --detach --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	eventually is_heard
	[ "$(cat "$T/heard")" = "$(printf 'READY=1\nMAINPID=%s' "$(pid_of "$BOX")")" ]
	stop
}

@test "run in the foreground passes on that the program is ready, and is the main process itself [NotifySocket]" {
	sh_bundle 'probe notify READY=1; exit 5'
	hear
	run notified run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 5 ]
	eventually is_heard
	[ "$(cat "$T/heard")" = READY=1 ]
}

@test "a program that is not ready yet holds start up, and nothing else [NotifySocket]" {
	sh_bundle 'while [ ! -e /go ]; do sleep 0.02; done; probe notify READY=1; while :; do sleep 0.02; done'
	hear
	notified create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	notified start "$BOX" 3>&- &
	wait_for "$BOX" running
	rt exec "$BOX" true
	[ -d "/proc/$!" ]
	[ ! -s "$T/heard" ]
	touch "$ROOTFS/go"
	wait $!
	eventually is_heard
	stop
}

@test "a program that ends before it is ready ends the waiting [NotifyNeverHangs]" {
	sh_bundle 'probe notify STATUS=no; exit 3'
	hear
	notified create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	timeout "$PATIENCE" env NOTIFY_SOCKET="$SOCKETS/s" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" start "$BOX"
	wait_for "$BOX" stopped
	[ ! -s "$T/heard" ]
	rt delete "$BOX"
	run timeout "$PATIENCE" env NOTIFY_SOCKET="$SOCKETS/s" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 3 ]
}

@test "delete --force ends the waiting, and leaves nothing [NotifyNeverHangs]" {
	sleeper
	hear
	notified create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	notified start "$BOX" 3>&- &
	wait_for "$BOX" running
	rt delete --force "$BOX"
	wait $!
}

@test "a caller that does not listen any more fails nothing [NotifyNeverHangs]" {
	announcing READY=1
	notified create --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	notified start "$BOX" 2>"$T/err"
	grep -q 'passing on that the program is ready' "$T/err"
	stop
}

@test "the program cannot remove its notify socket, nor see what else is in the home [NotifySocket]" {
	sh_bundle 'ls /run/notify; rm -f /run/notify/notify.sock; ls /run/notify; grep " /run/notify " /proc/self/mountinfo'
	NOTIFY_SOCKET=$SOCKETS/s run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$(grep -cx notify.sock <<<"$output")" = 2 ]
	mounted /run/notify ro nosuid nodev noexec
}

@test "a user namespace has its notify socket too [NotifySocket]" {
	announcing READY=1
	configure '.linux.namespaces += [{type: "user"}]' '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' \
		'.linux.gidMappings = .linux.uidMappings' '.process.user = {uid: 1000, gid: 1000}'
	chmod 711 "$T" "$BUNDLE"
	mkdir -p "$ROOTFS/run/notify"
	hear
	notified run --detach --bundle "$BUNDLE" "$BOX" >"$T/out" 2>&1 </dev/null
	eventually is_heard
	stop
}

@test "without NOTIFY_SOCKET, or with one of config.json, there is none of ours [NotifySocket]" {
	inside 'echo "<$NOTIFY_SOCKET>"; ls /run/notify'
	line '<>'
	lacks notify.sock
	sh_bundle 'echo "<$NOTIFY_SOCKET>"; ls /run/notify' '.process.env += ["NOTIFY_SOCKET=/own"]'
	NOTIFY_SOCKET=$SOCKETS/s run rt run --bundle "$BUNDLE" "$BOX" </dev/null
	line '</own>'
	lacks notify.sock
}
