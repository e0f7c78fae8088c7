#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# docs/exit-codes.md, line by line.

load inside

# ends CODE ROW COMMAND...: it ends with the code, and ROW is how a line of the table begins.
ends() {
	local code=$1 row=$2
	shift 2
	grep -qF "| $row |" "$BATS_TEST_DIRNAME/../../docs/exit-codes.md" || { echo "not promised: $row" >&2; return 1; }
	run "$@" </dev/null
	[ "$status" = "$code" ] || { printf '%s: %s instead of %s: %s\n' "$*" "$status" "$code" "$output" >&2; return 1; }
}
run_in() { "$RUNTIME" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"; }

@test "success is 0 and failure is 1 [CliExitCodes]" {
	ends 0 'any | 0' rt --help
	ends 0 'any | 0' rt --version
	ends 0 'any | 0' rt create --help
	ends 1 'any | 1' rt
	ends 1 'any | 1' rt no-such-command
	ends 1 'any | 1' rt state --no-such-option x
	local command
	for command in start state kill delete pause resume ps; do
		ends 1 'any | 1' rt $command "$BOX"
	done
	ends 0 '`delete --force` | 0' rt delete --force "$BOX"
}

@test "run ends like its program, and with 1 when there is none [CliExitCodes]" {
	sh_bundle 'exit 0'
	ends 0 '`run` | 0 to 255' run_in
	sh_bundle 'exit 255'
	ends 255 '`run` | 0 to 255' run_in
	sh_bundle 'exit 3'
	ends 3 '`run` | 0 to 255' run_in
	sh_bundle 'kill -9 $$' '.linux.namespaces |= map(select(.type != "pid"))'
	ends 137 '`run` | 128 + n' run_in
	bundle '.process.args = ["/no/such/program"]'
	ends 1 '`run` | 1' run_in
	bundle '.process.cwd = "relative"'
	ends 1 '`run` | 1' run_in
	sleeper
	ends 0 '`run --detach` | 0' eval 'rt run --detach --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1'
	stop
}

# crun 1.8.1 fails this: 1.
@test "exec ends like its command, and with 255 when there is none [CliExitCodes]" {
	start_box
	ends 0 '`exec` | 0 to 255' rt exec "$BOX" true
	ends 7 '`exec` | 0 to 255' rt exec "$BOX" sh -c 'exit 7'
	ends 143 '`exec` | 128 + n' rt exec "$BOX" sh -c 'kill -15 $$'
	ends 255 '`exec` | 255' rt exec "$BOX" /no/such/program
	ends 255 '`exec` | 255' rt exec --no-such-option "$BOX" true
	stop
	ends 255 '`exec` | 255' rt exec "$BOX" true
}

# runc 1.1.5 and crun 1.8.1 fail this: no such command.
@test "validate ends with 0, 1 or 2 [CliExitCodes]" {
	bundle
	ends 0 '`validate` | 0' rt validate "$BUNDLE/"
	configure '.process.cwd = "relative"'
	ends 1 '`validate` | 1' rt validate "$BUNDLE/"
	echo '{' >"$BUNDLE/config.json"
	ends 2 '`validate` | 2' rt validate "$BUNDLE/"
	ends 2 '`validate` | 2' rt validate "$T/none/"
}
