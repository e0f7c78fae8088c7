#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config.md process.terminal and consoleSize; the console socket; `run` on a terminal.

load inside

tty='.process.terminal = true'
# on_tty: the whole life of $BUNDLE with its terminal in $T/tty.
on_tty() {
	create --console-socket "$CONSOLE" &&
		rt start "$BOX" &&
		wait_for "$BOX" stopped &&
		rt delete "$BOX"
}
# in_pty ROWSxCOLS COMMAND...: under script(1), on a terminal of that size; what was said in $T/typescript.
in_pty() {
	local size=$1
	shift
	requires script
	printf '#!/bin/sh\nstty rows %s cols %s\nexec "$@"\n' "${size%x*}" "${size#*x}" >"$T/sized"
	chmod 755 "$T/sized"
	script -qefc "$T/sized $(printf '%q ' "$@")" "$T/typescript"
}
transcript_says() { grep -q -- "$1" "$T/typescript"; }

@test "0, 1, 2 and /dev/console are the terminal, and it is the controlling one [ProcTerminal]" {
	sh_bundle 'tty; for f in 0 1 2; do [ -t $f ] && echo fd $f; done; echo by tty >/dev/tty; echo by console >/dev/console
		[ "$(stat -L -c %t:%T /dev/console)" = "$(stat -L -c %t:%T /proc/self/fd/0)" ] && echo same' "$tty"
	console
	on_tty
	for want in /dev/pts/0 'fd 0' 'fd 1' 'fd 2' 'by tty' 'by console' same; do
		tty_says "$want" || { cat "$T/tty" >&2; return 1; }
	done
}

@test "the terminal belongs to the user of the program [ProcTerminal]" {
	sh_bundle 'stat -L -c "%u" /proc/self/fd/0; echo works' "$tty" '.process.user = {uid: 1000, gid: 1000}'
	console
	on_tty
	tty_says '^1000'
	tty_says works
}

# crun 1.8.1 fails this.
@test "the message on the console socket names the terminal [ProcTerminal]" {
	bundle "$tty"
	console
	on_tty
	tty_says '^tty /dev/pt'
}

@test "consoleSize is the terminal's size from the start [ProcConsoleSize]" {
	sh_bundle 'stty size' "$tty" '.process.consoleSize = {height: 41, width: 133}'
	console
	on_tty
	tty_says '^41 133'
	tty_says '^tty .* 41 133$'
}

@test "consoleSize without a terminal is ignored [ProcConsoleSizeIgnore]" {
	inside 'echo fine' '.process.consoleSize = {height: 41, width: 133}'
	ok
	line fine
}

@test "the holder of the terminal can change its size, and the program sees it [ProcTerminal]" {
	sh_bundle 'trap "stty size; exit" WINCH; stty size; echo ready; while :; do sleep 0.02; done' "$tty"
	console -w ready -s 12x34
	create --console-socket "$CONSOLE"
	rt start "$BOX"
	tty_says '^12 34'
	run ! grep '^12 34' <(sed /ready/q "$T/tty")
	rt delete --force "$BOX"
}

@test "ctrl-c on the terminal reaches the program as SIGINT [ProcTerminal]" {
	sh_bundle 'trap "echo interrupted; exit" INT; echo ready; while :; do sleep 0.02; done' "$tty"
	console -w ready -i $'\003'
	on_tty
	tty_says interrupted
}

@test "a terminal without a console socket is refused when nobody holds it [ProcTerminal]" {
	refused "$tty"
	says console
}

# crun 1.8.1 fails this.
@test "a console socket without a terminal is refused [ProcTerminal]" {
	bundle
	console
	status=0
	rt create --console-socket "$CONSOLE" --bundle "$BUNDLE" "$BOX" >"$T/err" 2>&1 || status=$?
	kill "$(cat "$T/tty.pid")"
	[ "$status" = 1 ]
}

@test "a console socket that nobody listens at is an error, and nothing is left [ProcTerminal]" {
	bundle "$tty"
	run rt create --console-socket "$T/nobody" --bundle "$BUNDLE" "$BOX"
	[ "$status" = 1 ]
	says "$T/nobody"
}

# runc 1.1.5 fails this.
@test "a console socket may have a long path [ProcTerminal]" {
	sh_bundle 'echo far away' "$tty"
	local long
	long=$T/$(printf 'd%.0s' {1..120})
	mkdir "$long"
	(cd "$long" && "$SUITE/recvtty" c.sock "$T/tty" >"$T/tty.pid" 3>&-)
	CONSOLE=$long/c.sock
	on_tty || { kill "$(cat "$T/tty.pid")"; return 1; }
	tty_says 'far away'
}

@test "run on a terminal shows what the program says and ends as it does [RunTerminal]" {
	sh_bundle 'tty; echo hello; exit 7' "$tty"
	run in_pty 24x80 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	[ "$status" = 7 ]
	transcript_says hello && transcript_says /dev/pts/0
}

# crun 1.8.1 fails this: the end of its own input takes the terminal away.
@test "run gives the program a terminal of the caller's size [RunTerminal]" {
	sh_bundle 'for i in $(seq 1000); do [ "$(stty size)" = "31 97" ] && break; sleep 0.02; done; stty size' "$tty"
	run in_pty 31x97 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	transcript_says '31 97'
}

# crun 1.8.1 fails this: the terminal is not what it was.
@test "run passes what is typed, unchanged, and puts the caller's terminal back [RunTerminal]" {
	sh_bundle 'stty -echo; echo ready; read -r x; echo "got <$x>"' "$tty"
	printf '#!/bin/sh\nstty -g >%q; %q %s --root %q run --bundle %q %q; stty -g >%q\n' \
		"$T/before" "$RUNTIME" "${DRIVER[*]}" "$STATE" "$BUNDLE" "$BOX" "$T/after" >"$T/session"
	chmod 755 "$T/session"
	{
		eventually transcript_says ready
		printf 'some text\n'
		eventually transcript_says 'got <'
	} | in_pty 24x80 "$T/session" >/dev/null
	transcript_says 'got <some text>'
	cmp "$T/before" "$T/after"
}

@test "without a terminal the program cannot push bytes into the caller's [ProcTerminal]" {
	with_probe
	sh_bundle 'probe tiocsti; tty <&0; [ -e /dev/console ] || echo none' "$tty" '.process.terminal = false'
	run in_pty 24x80 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" </dev/null
	transcript_says 'errno' && transcript_says none
}
