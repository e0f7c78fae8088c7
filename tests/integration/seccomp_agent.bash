# SPDX-License-Identifier: Apache-2.0
#
# For tests of SCMP_ACT_NOTIFY: the agent, and profiles that ask it.
# shellcheck shell=bash disable=SC2154

# agent OPTION...: seccomp_agent at $T/agent; what it hears is in $T/heard.
agent() {
	[ -x "$SUITE/seccomp_agent" ] || cc -O1 -o "$SUITE/seccomp_agent" "$BATS_TEST_DIRNAME/seccomp_agent.c"
	AGENT=$("$SUITE/seccomp_agent" "$@" "$T/agent" "$T/heard" 3>&-)
}

# lose_agent: ends it, and is back when nobody listens any more.
lose_agent() {
	kill "$AGENT"
	eventually agent_has_ended
}
agent_has_ended() { ! grep -q '^State:.[^ZX]' "/proc/$AGENT/status" 2>/dev/null; }

# In a teardown, before anything that looks for what is left.
end_agent() { [ -z "${AGENT-}" ] || kill -KILL "$AGENT" 2>/dev/null || true; }

# notify CALL...: the jq filter of a profile under which the agent answers for these.
notify() {
	local names
	names=$(jq -nc '$ARGS.positional' --args "$@")
	echo ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$T/agent\", listenerMetadata: \"for $BOX\",
		syscalls: [{names: $names, action: \"SCMP_ACT_NOTIFY\"}]}"
}

heard_states() { [ "$(grep -c '^state .*} *$' "$T/heard")" = "$1" ]; }
