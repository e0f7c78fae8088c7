#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# One id, many at once.

load helpers

@test "of twenty creates of one id at once one wins and stays alive, nineteen are told why [CreateWithUniqueID]" {
	sleeper
	local i won=0 told=0
	for i in $(seq 20); do
		(
			rt create --bundle "$BUNDLE" "$BOX" >/dev/null 2>"$T/err.$i" </dev/null
			echo $? >"$T/rc.$i"
		) 3>&- &
	done
	wait
	for i in $(seq 20); do
		if [ "$(cat "$T/rc.$i")" = 0 ]; then
			won=$((won + 1))
		elif grep -q 'exists already' "$T/err.$i"; then
			told=$((told + 1))
		fi
	done
	[ "$won" = 1 ]
	[ "$told" = 19 ]
	[ "$(status_of "$BOX")" = created ]
	rt start "$BOX"
	[ "$(status_of "$BOX")" = running ]
	stop
}

@test "create, start, kill, state and delete of one id at once leave valid states and nothing behind [StateIDUniq]" {
	sleeper
	local i
	for i in 1 2 3 4; do
		(
			for _ in 1 2 3 4 5; do
				rt create --bundle "$BUNDLE" "$BOX" </dev/null
				rt state "$BOX" >"$T/state.$i" && jq -e .status "$T/state.$i"
				rt start "$BOX"
				rt kill "$BOX" KILL
				rt delete --force "$BOX" || echo "delete --force failed" >>"$T/bad"
			done
		) >/dev/null 2>&1 3>&- &
	done
	wait
	[ ! -e "$T/bad" ]
	rt delete --force "$BOX"
	run ! rt state "$BOX"
}
