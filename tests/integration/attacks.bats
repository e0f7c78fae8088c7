#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images that attack the runtime: what lies below /dev and /proc, and working directories that point
# out.  Each attack is a function, so that a control can show that it is one: Debian's runc 1.1.5 or
# crun 1.8.1 is open to it, and the same check goes red there.

load helpers

# The host's side of an attack: a directory that only the image knows the way to.
host_side() {
	mkdir -p "$T/host"
	echo keep >"$T/host/ptmx"
	cp -a "$T/host" "$T/host.before"
}
host_untouched() {
	diff -r <(cd "$T/host" && find . -printf '%p %y %m %U\n' | sort) <(cd "$T/host.before" && find . -printf '%p %y %m %U\n' | sort) &&
		[ "$(cat "$T/host/ptmx")" = keep ]
}
# The attacked runtime may refuse; what it may not do is hang or touch the host.
attacked() {
	local status=0
	# crun 1.8.1 knows no newer one.
	configure '.ociVersion = "1.0.2"'
	${1:+spared} timeout "$PATIENCE" "${1:-$RUNTIME}" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" >"$T/out" 2>"$T/err" </dev/null || status=$?
	"${1:-$RUNTIME}" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX" >/dev/null 2>&1 || true
	[ "$status" != 124 ]
}
no_dev_mounts='del(.mounts[] | select(.destination | startswith("/dev")))'

dev_points_out() {
	host_side
	bundle "$no_dev_mounts"
	rm -rf "${ROOTFS:?}/dev"
	ln -s "$1" "$ROOTFS/dev"
}

@test "ST-08 a /dev that is a link to a host directory leaves the host alone [MountsDestInRoot]" {
	local to
	for to in "$T/host" "../../../../../../../../../..$T/host"; do
		rm -rf "$BUNDLE" "$T"/host*
		dev_points_out "$to"
		attacked
		host_untouched
	done
}

@test "ST-08 control: runc and crun of Debian 12 are open to it" {
	requires peer:runc peer:crun
	local peer
	for peer in runc crun; do
		rm -rf "$BUNDLE" "$T"/host*
		dev_points_out "$T/host"
		attacked "$(command -v $peer)"
		run ! host_untouched
	done
}

@test "ST-08 links below /dev where file systems are mounted lead nowhere but into the rootfs [MountsDestInRoot]" {
	local name
	for name in pts shm mqueue; do
		rm -rf "$BUNDLE" "$T"/host*
		host_side
		bundle 'del(.mounts[] | select(.destination == "/dev"))'
		rm -rf "${ROOTFS:?}/dev/$name"
		ln -s "$T/host" "$ROOTFS/dev/$name"
		attacked
		host_untouched
	done
}

null_is() {
	# The proof is a file: an open runtime may have turned stdout itself into the sysctl.
	sh_bundle "echo WROTE > /proc/interrupts; cat /proc/sys/kernel/domainname > /proof" "$no_dev_mounts" \
		'.linux.maskedPaths = ["/proc/interrupts"]' '.linux.readonlyPaths = []'
	rm -rf "$ROOTFS/dev/null"
	"$@" "$ROOTFS/dev/null"
}
symlink_to_domainname() { ln -s /proc/sys/kernel/domainname "$1"; }
symlink_to_host() { ln -s "$T/host/ptmx" "$1"; }
regular_file() { echo text >"$1"; }
zero_device() { mknod "$1" c 1 5; }

@test "ST-09 a /dev/null that is something else never becomes a mask, and nothing is written through it [MaskedPathsUnreadable]" {
	local what
	host_side
	for what in symlink_to_domainname symlink_to_host regular_file mkfifo mkdir zero_device; do
		rm -rf "$BUNDLE"
		null_is "$what"
		attacked
		run ! grep -q WROTE "$ROOTFS/proof"
		host_untouched
	done
}

@test "ST-09 control: with runc 1.1.5 the masked file writes to a sysctl" {
	requires peer:runc
	null_is symlink_to_domainname
	attacked "$(command -v runc)"
	grep -q WROTE "$ROOTFS/proof"
}

console_is() {
	host_side
	sh_bundle 'stat -c %t:%T /dev/console; tty' "$no_dev_mounts" '.process.terminal = true'
	rm -rf "$ROOTFS/dev/console"
	ln -s "$1" "$ROOTFS/dev/console"
}
attacked_with_terminal() {
	configure '.ociVersion = "1.0.2"'
	console
	${1:+spared} timeout "$PATIENCE" "${1:-$RUNTIME}" "${DRIVER[@]}" --root "$STATE" run --detach --console-socket "$CONSOLE" --bundle "$BUNDLE" "$BOX" \
		>"$T/out" 2>"$T/err" </dev/null || true
	"${1:-$RUNTIME}" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX" >/dev/null 2>&1 || true
	kill "$(cat "$T/tty.pid")" 2>/dev/null || true
}

@test "ST-10 a /dev/console that is a link makes no file on the host" {
	local to
	for to in "$T/host/new" "../../../../../../../../../../..$T/host/new" "$T/host/ptmx"; do
		rm -rf "$BUNDLE" "$T"/host* "$T"/tty* "$T/c.sock"
		console_is "$to"
		attacked_with_terminal
		host_untouched
	done
}

@test "ST-10 control: crun 1.8.1 makes it" {
	requires peer:crun
	console_is "$T/host/new"
	attacked_with_terminal "$(command -v crun)"
	run ! host_untouched
}

@test "ST-10 a /dev/console that is a pipe or a directory does not hang anything" {
	local what
	for what in mkfifo mkdir; do
		rm -rf "$BUNDLE" "$T"/host* "$T"/tty* "$T/c.sock"
		console_is /nowhere
		rm "$ROOTFS/dev/console"
		$what "$ROOTFS/dev/console"
		attacked_with_terminal
		host_untouched
	done
}

proc_is() {
	local name=$1
	shift
	bundle
	rm -rf "${ROOTFS:?}/$name"
	"$@" "$ROOTFS/$name"
}

@test "ST-05 proc and sys are mounted on ordinary directories only [MountsDestInRoot]" {
	local name
	for name in proc sys; do
		mkdir -p "$T/elsewhere"
		for what in "ln -s /tmp" "ln -s /nowhere" "ln -s $T/elsewhere" "ln -s /" mkfifo touch; do
			rm -rf "$BUNDLE"
			# shellcheck disable=SC2086 # a command and its words
			proc_is "$name" $what
			run ! rt run --bundle "$BUNDLE" "$BOX"
			says "$name"
		done
	done
	[ -z "$(ls -A "$T/elsewhere")" ]
}

@test "ST-05 other spellings of /proc are the same directory" {
	local to
	for to in /proc/ //proc /./proc /tmp/../proc; do
		rm -rf "$BUNDLE"
		sh_bundle 'test -r /proc/self/status' \
			"(.mounts[] | select(.type == \"proc\")).destination = \"$to\"" '.linux.maskedPaths = []' '.linux.readonlyPaths = []'
		rt run --bundle "$BUNDLE" "$BOX"
	done
}

# mounted_on TARGET MOUNT-JSON: a container with that mount last.
mounted_on() {
	rm -rf "$BUNDLE"
	bundle '.linux.maskedPaths = []' '.linux.readonlyPaths = []' ".mounts += [$2 + {\"destination\": \"$1\"}]"
	ln -s /proc "$ROOTFS/p"
}

@test "ST-06 nothing is mounted over /proc but what lxcfs is known to [MountProcOnlyProc]" {
	local to tmpfs='{"type": "tmpfs", "source": "tmpfs"}' file
	file='{"type": "bind", "source": "'$T/stat'", "options": ["bind"]}'
	echo fake >"$T/stat"
	for to in /proc /proc/self /proc/self/attr /proc/sys /proc/1 /p /p/self /tmp/../proc/self; do
		mounted_on "$to" "$tmpfs"
		run ! rt run --bundle "$BUNDLE" "$BOX"
	done
	for to in /proc/sysrq-trigger /proc/self/attr/current /proc/version; do
		mounted_on "$to" "$file"
		run ! rt run --bundle "$BUNDLE" "$BOX"
	done
	for to in /proc/stat /proc/uptime /proc/meminfo; do
		mounted_on "$to" "$file"
		configure ".process.args = [\"cat\", \"$to\"]"
		run -0 rt run --bundle "$BUNDLE" "$BOX"
		[ "$output" = fake ]
	done
}

@test "ST-06 a bind of a part of procfs is not procfs [MountProcOnlyProc]" {
	mounted_on /proc '{"type": "bind", "source": "/proc/sys", "options": ["rbind"]}'
	run ! rt run --bundle "$BUNDLE" "$BOX"
}

@test "ST-04 a working directory that is a descriptor of the runtime is no way out [CwdInContainer]" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12 14 16 20; do
		rm -rf "$BUNDLE"
		sh_bundle 'cat /etc/shadow; ls /proc/self/cwd/../../..; pwd -P' ".process.cwd = \"/proc/self/fd/$n\""
		echo "only in the container" >"$ROOTFS/marker"
		if rt run --bundle "$BUNDLE" "$BOX" >"$T/out" 2>"$T/err"; then
			grep -q marker "$T/out"
			run ! grep -q root: "$T/out"
		fi
		ln -sfn "/proc/self/fd/$n" "$ROOTFS/w"
		configure '.process.cwd = "/w"'
		if rt run --bundle "$BUNDLE" "$BOX" >"$T/out" 2>"$T/err"; then
			grep -q marker "$T/out"
			run ! grep -q root: "$T/out"
		fi
	done
}

@test "ST-04 a missing working directory is made inside, also behind a link that points out [CwdInContainer]" {
	sh_bundle 'pwd -P' '.process.cwd = "/a/b/c"'
	run -0 rt run --bundle "$BUNDLE" "$BOX"
	[ "$output" = /a/b/c ]
	mkdir "$T/host"
	ln -s "../../../../../../../../..$T/host" "$ROOTFS/out"
	configure '.process.cwd = "/out/made"'
	rt run --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 || true
	[ -z "$(ls -A "$T/host")" ]
}
