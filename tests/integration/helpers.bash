# SPDX-License-Identifier: Apache-2.0
#
# For every test: a state root, a bundle and a name of its own, and afterwards the proof that nothing
# of it is left (process, cgroup, mount, device, state, file).
#
#   $BOX     id for the container, and the last part of its cgroup path; unique
#   $BUNDLE  what `bundle` made          $STATE  the state root that `rt` uses          $T  room for files
#   $ROOTFS  $BUNDLE/rootfs, a private copy
#   $DRIVER  the options that choose the cgroup driver, an array: RT_DRIVER=systemd asks for systemd's, where each
#            container is a scope of its own below $SLICE; otherwise it is below RT_CGROUP ("": the hierarchy's root)
#
# `run rt create` would wait for the container, which keeps the pipe that `run` reads: call `rt create`
# plainly, or with its output in a file, whenever it is expected to succeed.
# RT_SLOW is how many times slower than usual this machine is: limits of time are that much longer.
# A file with its own setup or teardown calls begin_test or end_test there.
# shellcheck shell=bash disable=SC2119,SC2120,SC2154
bats_require_minimum_version 1.5.0

TEST_SECONDS=${RT_TEST_SECONDS:-$((120 + 60 * ${RT_SLOW:-1}))}
# How long what has to come, or to end, is waited for: a machine that others use may stand still for seconds.
PATIENCE=$((40 + 20 * ${RT_SLOW:-1}))
DRIVER=()
SLICE=system.slice
[ "$(id -u)" = 0 ] || SLICE=user.slice
[ "${RT_DRIVER-}" != systemd ] || DRIVER=(--systemd-cgroup)

setup() { begin_test; }
teardown() { end_test; }

# TAG holds for processes and cgroups of this test: it is in the environment, the paths and the cgroup.
begin_test() {
	TAG=$RUN_TAG-$BATS_SUITE_TEST_NUMBER-
	BOX=${TAG}box
	T=$BATS_TEST_TMPDIR/$TAG
	STATE=$T/state BUNDLE=$T/bundle ROOTFS=$T/bundle/rootfs
	mkdir -p "$T"
	snapshot
	WATCHDOG=$("$SUITE/footprint" "$TAG" --kill-after "$TEST_SECONDS" 3>&-)
}

# Whatever a failed test left is removed after it was reported, so that the next one starts clean.
# A test that was skipped before begin_test has no TAG, and nothing to clean up.
end_test() {
	local left=0
	[ -n "${TAG-}" ] || return 0
	kill "$WATCHDOG" 2>/dev/null || echo "killed after $TEST_SECONDS s"
	check_leaks || left=1
	clean_up >/dev/null 2>&1
	return $left
}

snapshot() { "$SUITE/footprint" "$TAG" /dev "$BATS_RUN_TMPDIR" >"$BATS_TEST_TMPDIR/before"; }

# Fails if containers, or anything they were made of, are still there.
check_leaks() {
	local left=0 entry
	for entry in "$STATE"/* "$STATE"/.[!.]*; do
		[ -e "$entry" ] || continue
		# A test that failed half way may leave a container; a test that passed may not.
		echo "left behind: state $entry"
		left=1
	done
	"$SUITE/footprint" "$TAG" /dev "$BATS_RUN_TMPDIR" --since "$BATS_TEST_TMPDIR/before" || left=1
	return $left
}

clean_up() {
	local entry pid hierarchy
	: "${TAG:?}" "${T:?}" "${STATE:?}" # empty, they would match everything there is
	for entry in "$STATE"/*; do
		[ -d "$entry" ] && rt delete --force "${entry##*/}"
	done
	for entry in /sys/fs/cgroup/freezer/*"$TAG"*/freezer.state; do
		[ -e "$entry" ] && echo THAWED >"$entry" # what is frozen does not die
	done
	for pid in $("$SUITE/footprint" "$TAG" | sed -n 's/^process \([0-9]*\) .*/\1/p'); do
		kill -KILL "$pid"
	done
	"$SUITE/footprint" "$TAG" | sed -n "s/^cgroup \(.*$TAG.*\)/\1/p" | sort -r | while read -r hierarchy; do
		rmdir "$hierarchy"
	done
	awk -v t="$T" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r entry; do
		umount -l "$entry"
	done
	rm -rf "$T"
}

# The runtime, with this test's state root.
rt() { RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" "$@"; }

# bundle [-d DIR] [JQ-FILTER...]: makes $BUNDLE; each filter edits config.json, left to right.
#   bundle '.process.args = ["/bin/sh", "-c", "id"]' '.hostname = "box"'
bundle() {
	if [ "${1-}" = -d ]; then
		BUNDLE=$2 ROOTFS=$2/rootfs
		shift 2
	fi
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	local filter edit
	filter=".linux.cgroupsPath = \"$(cgroups_path)\""
	for edit; do
		filter+=" | ($edit)"
	done
	jq "$filter" "${BASE:-$SUITE/base.json}" >"$BUNDLE/config.json"
}

# configure JQ-FILTER...: more edits of the bundle that is there.
configure() {
	local filter=. edit
	for edit; do
		filter+=" | ($edit)"
	done
	jq "$filter" "$BUNDLE/config.json" >"$BUNDLE/config.new"
	mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# sh_bundle SCRIPT [JQ-FILTER...]: a bundle whose program is a shell script.
sh_bundle() {
	local script
	script=$(jq -n --arg s "$1" '$s')
	shift
	bundle ".process.args = [\"/bin/sh\", \"-c\", $script]" "$@"
}

# A program that stays until it is told to end, and ends at once when it is.
sleeper() { sh_bundle 'trap "exit 0" TERM; while :; do sleep 0.02; done' "$@"; }

# create [ID] [OPTION...]: `rt create` of $BUNDLE, its output in $T/out, its error shown on failure.
create() {
	local id=$BOX
	case ${1--} in -*) ;; *) id=$1 && shift ;; esac
	rt create --bundle "$BUNDLE" "$@" "$id" >"$T/out" 2>"$T/err" </dev/null || { cat "$T/err" >&2; return 1; }
}

# start_box [JQ-FILTER...]: a sleeper, created and running.
start_box() {
	sleeper "$@"
	create
	rt start "$BOX"
}

status_of() { rt state "$1" | sed -n 's/^ *"status": *"\([a-z]*\)".*/\1/p'; }
pid_of() { rt state "$1" | sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p'; }

# eventually COMMAND...: until it succeeds, $PATIENCE s at most.
eventually() {
	local end=$((SECONDS + PATIENCE))
	while [ "$SECONDS" -le "$end" ]; do
		"$@" && return 0
		sleep 0.02
	done
	echo "never true: $*" >&2
	return 1
}

# is_empty FILE: also one of the kernel's, whose size is always 0.
is_empty() { [ -z "$(cat "$1")" ]; }

is_in() { [ "$(status_of "$1")" = "$2" ]; }

# wait_for ID STATUS
wait_for() { eventually is_in "$1" "$2"; }

# Ends and deletes a container, the way a well-behaved caller does.
stop() {
	local id=${1:-$BOX}
	rt kill "$id" KILL
	wait_for "$id" stopped
	rt delete "$id"
}

# console [RECVTTY-OPTION...]: listens at $CONSOLE; what the terminal says goes to $T/tty.
console() {
	CONSOLE=$T/c.sock
	"$SUITE/recvtty" "$@" "$CONSOLE" "$T/tty" >"$T/tty.pid" 3>&-
}
# What a program said, or a size that was set, is in the file a moment later: hence `eventually`.
tty_says() { eventually grep -q -- "$1" "$T/tty"; }

# cgroups_path [NAME]: what cgroupsPath says for a container, in the driver's form.
cgroups_path() {
	if [ ${#DRIVER[@]} = 0 ]; then
		cgroup_path "${1:-$BOX}"
	else
		echo "$SLICE:rt:${1:-$BOX}"
	fi
}

# cgroup_path [NAME]: where that is below each hierarchy's root.
cgroup_path() {
	if [ ${#DRIVER[@]} = 0 ]; then
		echo "${RT_CGROUP-}/${1:-$BOX}"
	elif [ "$(id -u)" = 0 ]; then
		echo "/$SLICE/rt-${1:-$BOX}.scope"
	else
		echo "$(user_manager)/$SLICE/rt-${1:-$BOX}.scope"
	fi
}

# The cgroup of this user's systemd.
user_manager() { systemctl --user show --property ControlGroup --value; }

# cgroup_dir CONTROLLER [PATH]: where the container's cgroup of that controller is: v1, or the unified tree.
cgroup_dir() {
	local path=${2:-$(cgroup_path)}
	if [ -d "/sys/fs/cgroup/$1" ]; then
		echo "/sys/fs/cgroup/$1$path"
	elif [ -f /sys/fs/cgroup/cgroup.procs ]; then
		echo "/sys/fs/cgroup$path"
	else
		echo "/sys/fs/cgroup/unified$path"
	fi
}
cgroup_value() { cat "$(cgroup_dir "$1")/$2"; }

# spared COMMAND...: runs a peer; a mount of cgroup v2 that it makes may change the options of everybody's.
spared() {
	local status=0 options
	options=$(findmnt -fnt cgroup2 -o FS-OPTIONS)
	"$@" || status=$?
	[ "$(findmnt -fnt cgroup2 -o FS-OPTIONS)" = "$options" ] ||
		mount -o "remount,$options" "$(findmnt -fnt cgroup2 -o TARGET)"
	return $status
}

is_v1() { [ ! -f /sys/fs/cgroup/cgroup.controllers ]; }

# requires CONDITION...: skips the test where the machine lacks something; never for what the runtime lacks.
requires() {
	local what
	for what; do
		case $what in
		v1) is_v1 || skip "needs cgroup v1" ;;
		v2) ! is_v1 || skip "needs cgroup v2" ;;
		v1:*) [ -f "/sys/fs/cgroup/${what#*:}/tasks" ] || skip "needs the v1 controller ${what#*:}" ;;
		root) [ "$(id -u)" = 0 ] || skip "needs root" ;;
		user) [ "$(id -u)" != 0 ] || skip "is about ordinary users" ;;
		cgroupfs) [ ${#DRIVER[@]} = 0 ] || skip "is about the cgroupfs driver" ;;
		ps) ps -ef >"$T/ps" 2>&1 || skip "needs a ps that works on this kernel" ;; # procps 4.0.2 on User Mode Linux
		peer:crun)
			command -v crun >/dev/null || skip "needs crun"
			[ -z "$(cat /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null)" ] || skip "crun runs beside no controllers of v2"
			;;
		peer:*) command -v "${what#*:}" >/dev/null || skip "needs ${what#*:}" ;;
		kernel:*)
			[ "$(printf '%s\n' "${what#*:}" "$(uname -r)" | sort -V | head -n 1)" = "${what#*:}" ] ||
				skip "needs Linux ${what#*:}"
			;;
		*) command -v "$what" >/dev/null || skip "needs $what" ;;
		esac
	done
}

# says TEXT: $output of the last `run` has it.  With ANY_WORDS set it only has to say something: another
# runtime may put it its own way.
says() {
	[ -z "${ANY_WORDS-}" ] || { [ -n "$output" ] && return; }
	[[ $output == *"$1"* ]] || {
		printf 'expected: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}
