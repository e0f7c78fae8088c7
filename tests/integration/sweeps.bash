# SPDX-License-Identifier: Apache-2.0
#
# What the sweeps share: the system calls of a command as a list, and whether anything is left.
# shellcheck shell=bash disable=SC2119,SC2120,SC2154

# The points of one command as lines "name k", the execve that strace itself makes left out.
points() {
	strace -qq -o "$T/trace" -- "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@" >/dev/null 2>&1 </dev/null || true
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$T/trace" | awk '
		$1 == "exit_group" { next }
		{ k[$1]++; if (NR > 1) print $1, k[$1] }'
}

is_clean() {
	local left=0 dir
	if [ -n "$(ls -A "$STATE" 2>/dev/null)" ]; then
		echo "state: $(ls -A "$STATE")"
		left=1
	fi
	for dir in /sys/fs/cgroup{,/*}"$(cgroup_path)"; do
		if [ -d "$dir" ]; then
			echo "cgroup: $dir"
			left=1
		fi
	done
	"$SUITE/footprint" "$TAG" /dev "$BATS_RUN_TMPDIR" --since "$BATS_TEST_TMPDIR/before" || left=1
	return $left
}

created() { create; }
running() { create && rt start "$BOX"; }
stopped() { running && rt kill "$BOX" KILL && wait_for "$BOX" stopped; }

# A container of one process, running: $OWN.
running_alone() {
	sh_bundle 'exec sleep 600'
	running
	OWN=$(pid_of "$BOX")
	eventually sleeps "$OWN"
}
sleeps() { grep -qz '^sleep' "/proc/$1/cmdline"; }
# Nothing of an exec is left in any of the container's cgroups.
is_alone() {
	local dir
	for dir in /sys/fs/cgroup{,/*}"$(cgroup_path)"; do
		[ ! -d "$dir" ] || [ "$(cat "$dir/cgroup.procs")" = "$OWN" ] || return 1
	done
}
# exec_words OPTION...: the arguments of an exec that the sweeps repeat.
exec_words() { printf '%s\n' exec --pid-file "$T/pid" "$@" "$BOX" /bin/true; }
