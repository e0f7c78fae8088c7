#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# exec where the container, or what is asked for, is out of the ordinary.

load exec

@test "exec in a container that was made with --no-pivot has its root [ExecNamespaces]" {
	sleeper
	rt create --no-pivot --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	rt start "$BOX"
	echo mark >"$ROOTFS/mark"
	in_box 'cat /../../mark; ls -d /proc/self/cwd/../mark'
	ok
	line mark
	line /proc/self/cwd/../mark
	stop
}

@test "exec enters a user namespace that the container joined by its path [ExecNamespaces]" {
	requires root
	local holder
	RT_TEST=$TAG unshare --user --fork sleep 1000 3>&- &
	holder=$(eventually pgrep -P $! sleep)
	echo '0 100000 65536' >"/proc/$holder/uid_map"
	echo '0 100000 65536' >"/proc/$holder/gid_map"
	bundle
	chown -R 100000:100000 "$ROOTFS"
	start_box ".linux.namespaces += [{type: \"user\", path: \"/proc/$holder/ns/user\"}]"
	in_box 'readlink /proc/self/ns/user; id -u; touch /made'
	ok
	line "$(readlink "/proc/$holder/ns/user")"
	line 0
	[ "$(stat -c %u "$ROOTFS/made")" = 100000 ]
	stop
	kill "$holder"
}

@test "ids that the container's user namespace has not are refused by their name [ExecOptions ExecProcess LinuxUserMappings]" {
	requires root
	bundle
	chown -R 100000:100000 "$ROOTFS"
	start_box '.linux.namespaces += [{type: "user"}]' '(.mounts[] | select(.type == "devpts").options) -= ["gid=5"]' \
		'.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5}]' '.linux.gidMappings = .linux.uidMappings'
	in_box --user 7 true
	[ "$status" = 255 ]
	says '/process/user/uid: 7 is not mapped into the user namespace'
	in_box --user 4:6 true
	says '/process/user/gid: 6 is not'
	in_box -g 3 -g 8 true
	says '/process/user/additionalGids/1: 8 is not'
	process '.args = ["true"]' '.user.uid = 9' '.terminal = true'
	run rt exec --process "$T/process.json" "$BOX" </dev/null
	[ "$status" = 255 ]
	says '/process/user/uid: 9 is not'
	in_box --user 4:4 'id -u'
	ok
	line 4
	stop
}

@test "a process object without args or cwd is refused, and its consoleSize is the terminal's [ExecProcess ExecTerminal]" {
	local pointer edit
	start_box
	while read -r pointer edit; do
		process "$edit"
		run rt exec --process "$T/process.json" "$BOX"
		[ "$status" = 255 ] && says "$pointer: " || { echo "$edit: $status $output" >&2; return 1; }
	done <<-END
		/args del(.args)
		/args .args = []
		/args .args = 5
		/cwd del(.cwd)
		/cwd .cwd = ""
	END
	process '.terminal = true' '.consoleSize = {height: 33, width: 77}' '.args = ["stty", "size"]'
	run rt exec --process "$T/process.json" "$BOX"
	ok
	says '33 77'
	run rt exec "$BOX" ''
	[ "$status" = 255 ]
	says 'no such file or directory'
	stop
}

# denies_mkdir: what an exec comes to in $BOX.
denies_mkdir() {
	run rt exec "$BOX" /bin/mkdir /tmp/made
	[ "$status" = 1 ]
	[ ! -e "$ROOTFS/tmp/made" ]
	says 'not supported'
}

@test "exec is under the container's filter, whatever became of the copy it is kept in [ExecLikeTheContainer]" {
	local deny='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	local copy=$STATE/$BOX/filter size at
	start_box "$deny"
	[ "$(stat -c '%a %u' "$copy")" = "600 $(id -u)" ]
	denies_mkdir
	cp "$copy" "$T/filter"
	size=$(stat -c %s "$copy")
	for at in 0 7 23 24 $((size / 2)) $((size - 1)); do
		head -c "$at" "$T/filter" >"$copy"
		denies_mkdir
	done
	# Errno 95 becomes "allow", in a file that is whole.
	LC_ALL=C sed 's/\x5f\x00\x05\x00/\x00\x00\xff\x7f/g' "$T/filter" >"$copy"
	run ! cmp -s "$copy" "$T/filter"
	[ "$(stat -c %s "$copy")" = "$size" ]
	denies_mkdir
	(cat "$T/filter" && echo) >"$copy"
	denies_mkdir
	rm "$copy"
	mkdir "$copy"
	denies_mkdir
	rmdir "$copy"
	ln -s "$T/filter" "$copy"
	denies_mkdir
	rm "$copy"
	denies_mkdir
	stop
}

@test "the filter of another profile is not taken for the container's [ExecLikeTheContainer]" {
	local deny='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	start_box "$deny" '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ALLOW" | del(.linux.seccomp.syscalls[0].errnoRet)'
	cp "$STATE/$BOX/filter" "$T/filter"
	stop
	start_box "$deny"
	cp "$T/filter" "$STATE/$BOX/filter"
	denies_mkdir
	stop
}

@test "exec says what engines look for, and in the log too [ExecFailure ExecStates]" {
	run rt exec "$BOX" true
	[ "$status" = 255 ]
	says 'container does not exist'
	start_box
	run rt --log "$T/log" --log-format json exec "$BOX" nope
	[ "$status" = 255 ] && jq -se 'length == 1 and (.[0] | .level == "error" and
		(.msg | contains("executable file not found in $PATH")))' "$T/log" >/dev/null
	rt pause "$BOX"
	in_box true
	[ "$status" = 255 ]
	says 'cannot exec in a paused container (use --ignore-paused to override)'
	rt resume "$BOX"
	stop
}

# Of the cgroup that froze, v2's where there is one.
in_the_ice() { [ "$(cat /sys/fs/cgroup/{freezer,unified}"$(cgroup_path)/cgroup.procs" 2>/dev/null | sort -u | wc -l)" = 2 ]; }

@test "an exec into a paused container ends when it is told to, and its process with the pause [ExecInterrupted]" {
	requires v1:freezer
	local own
	sh_bundle 'exec sleep 600'
	create
	rt start "$BOX"
	own=$(pid_of "$BOX")
	rt pause "$BOX"
	RT_TEST=$TAG "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec --ignore-paused --pid-file "$T/pid" "$BOX" touch /ran 2>"$T/err" </dev/null 3>&- &
	eventually in_the_ice
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 255 ]
	output=$(<"$T/err")
	says 'interrupted by SIGTERM'
	[ ! -e "$T/pid" ]
	rt resume "$BOX"
	only_own() { [ "$(cat "$(cgroup_dir pids)/cgroup.procs")" = "$own" ]; }
	eventually only_own
	[ ! -e "$ROOTFS/ran" ]
	rt delete --force "$BOX"
}

# What v1 has frozen outlives SIGKILL, and keeps its output open until it is thawed: hence files.
@test "exec into a v1 freezer below the container's that is frozen is refused, or waits and can be ended [ExecFrozenBelow ExecInterrupted]" {
	requires v1:freezer
	local ice
	exec_in_ice() {
		timeout -k 10 "$1" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" exec "${@:2}" --cgroup freezer:ice "$BOX" /bin/true >"$T/said" 2>&1 </dev/null 3>&-
	}
	start_box
	ice=$(cgroup_dir freezer)/ice
	mkdir "$ice"
	echo FROZEN >"$ice/freezer.state"
	run -255 exec_in_ice 20
	grep -q frozen "$T/said"
	grep -q ignore-paused "$T/said"
	is_empty "$ice/tasks"
	rt exec --cgroup pids:/ "$BOX" /bin/true
	run -124 exec_in_ice 1 --ignore-paused
	echo THAWED >"$ice/freezer.state"
	eventually is_empty "$ice/tasks"
	run -0 exec_in_ice 20
	stop
}
