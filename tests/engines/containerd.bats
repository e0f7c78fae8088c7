# SPDX-License-Identifier: Apache-2.0
#
# containerd 1.6 and its shim, through ctr.
load helpers

setup_file() {
	begin_engine containerd
	configure_containerd
	start_containerd
	c images import "$SUITE/box.tar"
}
teardown_file() {
	end_daemon containerd
	end_engine
}
teardown() {
	local id
	for id in $(c containers ls -q); do
		end_box "$id"
	done
}
c() { ctr --address "$E/c.sock" --namespace "$TAG" "$@"; }
box() {
	c run --runc-binary "$RUNTIME" --snapshotter native --rm "$@" </dev/null
}
image=docker.io/library/box:1


# start_box ID [COMMAND...]: detached.
start_box() {
	local id=$1
	shift
	[ $# -gt 0 ] || set -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	c run --runc-binary "$RUNTIME" --snapshotter native --detach $image "$id" "$@" </dev/null
}
end_box() {
	c tasks kill -s KILL --all "$1" >/dev/null 2>&1 || true
	eventually no_task "$1"
	c containers rm "$1"
	c snapshots --snapshotter native rm "$1" 2>/dev/null || true
}
no_task() {
	c tasks rm "$1" || true
	[ -z "$(status_of "$1")" ]
}
status_of() { c tasks ls | awk -v id="$1" '$1 == id { print $3 }'; }
is_in() { [ "$(status_of "$1")" = "$2" ]; }

@test "ctr run gives the program's output and exit code" {
	run box $image c1 echo hello
	ok
	says hello
	run box $image c2 sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "a program that is not there is an error that says so, and the container goes" {
	run box $image c1 /no/such/program
	[ "$status" != 0 ] && says 'OCI runtime create failed' || says 'OCI runtime start failed'
	says 'no such file or directory'
	[ -z "$(c containers ls -q)" ]
	[ -z "$(ls "$E/ctr-state/io.containerd.runtime.v2.task/$TAG" 2>/dev/null)" ]
}

@test "ctr run --tty has a terminal" {
	run on_terminal "ctr --address $E/c.sock --namespace $TAG run --runc-binary $RUNTIME --snapshotter native --rm --tty $image c1 sh -c 'tty; stty size'"
	ok
	says /dev/pts/0
}

@test "exec into a running container, with its exit code, user and terminal" {
	start_box c1
	run c tasks exec --exec-id e1 c1 sh -c 'echo inside; exit 5'
	[ "$status" = 5 ]
	says inside
	run c tasks exec --exec-id e2 --user 1000 c1 id -u
	ok
	says 1000
	run on_terminal "ctr --address $E/c.sock --namespace $TAG tasks exec --tty --exec-id e3 c1 tty"
	ok
	says /dev/pts/0
	run c tasks exec --exec-id e4 c1 no-such-program
	[ "$status" != 0 ]
	says 'executable file not found in $PATH'
	end_box c1
}

# catches ID SIGNAL: before its trap is set, a first process is not even sent the signal.
catches() {
	local pid
	pid=$(c tasks ls | awk -v id="$1" '$1 == id { print $2 }')
	((16#$(sed -n 's/^SigCgt:\t//p' "/proc/$pid/status") & 1 << ($(kill -l "$2") - 1)))
}

@test "signals reach the program; a task that ended is deleted with its status" {
	start_box c1
	eventually catches c1 TERM
	c tasks kill -s TERM c1
	eventually is_in c1 STOPPED
	run c tasks rm c1
	[ "$status" = 0 ]
	c containers rm c1
	start_box c2 sh -c 'trap "exit 33" USR1; while :; do sleep 0.05; done'
	eventually catches c2 USR1
	c tasks kill -s USR1 c2
	eventually is_in c2 STOPPED
	run c tasks rm c2
	says "exit code 33"
	c containers rm c2
}

@test "pause and resume" {
	start_box c1 sh -c 'while :; do date +%N >/tick; sleep 0.02; done'
	c tasks pause c1
	is_in c1 PAUSED
	c tasks resume c1
	is_in c1 RUNNING
	c tasks pause c1
	end_box c1
}

@test "processes and metrics of a task" {
	start_box c1 sh -c 'sleep 1000 & sleep 1001 & wait'
	eventually three_processes c1
	run c tasks metrics c1
	ok
	says memory.usage_in_bytes
	says pids.current
	end_box c1
}
three_processes() { [ "$(c tasks ps "$1" | grep -c '^[0-9]')" = 3 ]; }

@test "memory and cpu limits hold" {
	run c run --runc-binary "$RUNTIME" --snapshotter native --rm --memory-limit 33554432 $image c1 \
		sh -c 'cat /proc/self/cgroup >/dev/null; a=x; while :; do a=$a$a; done' </dev/null
	[ "$status" = 137 ] || { echo "$status $output"; return 1; }
	c run --runc-binary "$RUNTIME" --snapshotter native --detach --cpu-quota 20000 --cpu-period 100000 $image c2 sh -c 'while :; do :; done' </dev/null
	[ "$(cat "/sys/fs/cgroup/cpu/$TAG/c2/cpu.cfs_quota_us")" = 20000 ]
	eventually throttled c2
	end_box c2
}
throttled() { grep -q '^nr_throttled [1-9]' "/sys/fs/cgroup/cpu/$TAG/$1/cpu.stat"; }

@test "a limit is changed while the container runs" {
	start_box c1
	local pid
	pid=$(c tasks ls | awk '$1 == "c1" { print $2 }')
	printf '{"memory": {"limit": 50331648}, "pids": {"limit": 77}}' |
		"$RUNTIME" --root "/run/containerd/runc/$TAG" update --resources - c1
	[ "$(cat "/sys/fs/cgroup/memory/$TAG/c1/memory.limit_in_bytes")" = 50331648 ]
	[ "$(cat "/sys/fs/cgroup/pids/$TAG/c1/pids.max")" = 77 ]
	[ -d "/proc/$pid" ]
	end_box c1
}

@test "twenty containers at once" {
	local i
	for ((i = 1; i <= 20; i++)); do
		box $image "m$i" sh -c "exit $i" 3>&- &
		pids[i]=$!
	done
	for ((i = 1; i <= 20; i++)); do
		status=0
		wait "${pids[i]}" || status=$?
		[ "$status" = "$i" ] || { echo "container $i ended with $status"; return 1; }
	done
	[ -z "$(c containers ls -q)" ]
}

@test "containers outlive a restart of containerd" {
	start_box c1 sh -c 'trap "exit 44" TERM; while :; do sleep 0.05; done'
	local pid
	pid=$(c tasks ls | awk '$1 == "c1" { print $2 }')
	kill -KILL "$(cat "$E/containerd.pid")"
	eventually gone "$(cat "$E/containerd.pid")"
	[ -d "/proc/$pid" ]
	start_containerd
	is_in c1 RUNNING
	run c tasks exec --exec-id e1 c1 echo still here
	ok
	says 'still here'
	c tasks kill -s TERM c1
	eventually is_in c1 STOPPED
	run c tasks rm c1
	says "exit code 44"
	c containers rm c1
}

@test "images that layerctl committed are imported and run" {
	committed "docker-archive:$E/docker.tar:example.org/committed:1"
	committed "oci-archive:$E/oci.tar:example.org/committed:2"
	c images import --snapshotter native "$E/docker.tar"
	c images import --snapshotter native "$E/oci.tar"
	c images ls -q
	local tag
	for tag in 1 2; do
		run box "example.org/committed:$tag" "c$tag" sh -c "$asks_committed"
		ok
		[ "$output" = "$said_committed" ]
	done
}

@test "nothing of the containers is left" {
	[ -z "$(ls "/run/containerd/runc/$TAG" 2>/dev/null)" ]
	no_cgroups
	eventually no_shims
}
no_shims() { ! pgrep -f "containerd-shim.*$TAG"; }
