# SPDX-License-Identifier: Apache-2.0
#
# For every engine: a scratch directory of the file's own ($E), its daemon started once a file and ended
# with it, and the proof that nothing of it is left.
# shellcheck shell=bash disable=SC2154
bats_require_minimum_version 1.5.0

# begin_engine NAME: in setup_file.
begin_engine() {
	TAG=$RUN_TAG-$1
	E=$BATS_FILE_TMPDIR/e
	export TAG E
	mkdir -p "$E"
}

# daemon NAME COMMAND...: in the background, its output in $E/NAME.log, its pid in $E/NAME.pid.
daemon() {
	local name=$1
	shift
	setsid "$@" >>"$E/$name.log" 2>&1 </dev/null 3>&- &
	echo $! >"$E/$name.pid"
}

# A containerd of the file's own, without the CRI plugin; its socket is $E/c.sock.  After 2 s it would not know the state
# of a task any more.
configure_containerd() {
	cat >"$E/containerd.toml" <<-END
		version = 2
		root = "$E/ctr"
		state = "$E/ctr-state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$E/c.sock"
		[ttrpc]
		  address = "$E/t.sock"
		[timeouts]
		  "io.containerd.timeout.shim.load" = "60s"
		  "io.containerd.timeout.task.state" = "60s"
	END
}

# start_containerd: by $E/containerd.toml; returns when it answers.
start_containerd() {
	daemon containerd containerd --config "$E/containerd.toml"
	eventually ctr --address "$E/c.sock" version
}

# end_daemon NAME: TERM, and waits for its end.
end_daemon() {
	local pid
	pid=$(cat "$E/$1.pid") || return 0
	kill -TERM "$pid" 2>/dev/null || true
	eventually gone "$pid" || kill -KILL "$pid"
	rm -f "$E/$1.pid"
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# eventually COMMAND...: until it succeeds, two minutes at most, since the machine may be busy with something else.
eventually() {
	local end=$((SECONDS + 120))
	while [ "$SECONDS" -lt "$end" ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "never true: $*" >&2
	return 1
}

# end_engine: in teardown_file, when the daemons are gone: no process is left in a cgroup of the engine's, and
# none that names its directory, as a shim does.
end_engine() {
	local left=0 dir pid
	eventually no_process_of_ours || left=1
	for pid in $(pgrep -f -- "$E/"); do
		echo "left behind: process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline"))" >&2
		kill -KILL "$pid"
	done
	while read -r dir; do
		while read -r pid; do
			echo "left behind: process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline"))" >&2
			kill -KILL "$pid"
			left=1
		done < <(cat "$dir/cgroup.procs" 2>/dev/null)
		rmdir "$dir" 2>/dev/null || true
	done < <(find /sys/fs/cgroup -depth -type d -path "*$TAG*" 2>/dev/null)
	return $left
}

no_process_of_ours() { ! pgrep -f -- "$E/"; }

# no_cgroups: no container of ours has one any more.
no_cgroups() {
	local left
	left=$(find /sys/fs/cgroup -mindepth 2 -type d -path "*/$TAG/*" ! -name conmon 2>/dev/null) 
	[ -z "$left" ] || { echo "$left" >&2; return 1; }
}

# committed TARGET: box:1, and what somebody has changed in a bundle of it, as an image that layerctl wrote.
committed() {
	if [ ! -d "$E/bundle" ]; then
		"$LAYERCTL" bundle "$SUITE/box.tar" "$E/bundle"
		rm "$E/bundle/rootfs/bin/wget"
		echo committed >"$E/bundle/rootfs/etc/new"
		ln "$E/bundle/rootfs/etc/new" "$E/bundle/rootfs/etc/same"
	fi
	"$LAYERCTL" commit -m changed "$E/bundle" "$SUITE/box.tar" "$1"
}
# What such a container says.
asks_committed='cat /etc/new; stat -c %h /etc/same; ls /bin/wget 2>/dev/null || echo gone'
said_committed=$'committed\n2\ngone'

# on_terminal COMMAND: in a shell, on a terminal where nobody types.  At an end of input a client may leave before it
# has passed on what the container said, which is the client's affair.
on_terminal() {
	[ -p "$E/keyboard" ] || mkfifo "$E/keyboard"
	script -qec "$1" /dev/null <>"$E/keyboard"
}

says() {
	[[ $output == *"$1"* ]] || {
		printf 'expected: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}
ok() {
	[ "$status" = 0 ] || {
		printf 'status %s: %s\n' "$status" "$output" >&2
		return 1
	}
}
