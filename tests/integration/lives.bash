# SPDX-License-Identifier: Apache-2.0
#
# For tests that lead containers through their lives (life).
# shellcheck shell=bash disable=SC2034,SC2154

# two_bundles DIR JQ-FILTER...: $BUNDLE, and $BUNDLE/../terminal, as life wants them; it finds them in DIR.
two_bundles() {
	local dir=$1 kind hooks=() script='trap "exit 5" TERM; echo program $(tty || true) $(id -u); while :; do sleep 0.02; done'
	shift
	for kind in createRuntime createContainer poststart poststop; do
		hooks+=("$(hook $kind "echo $kind >>$dir/bundle/rootfs/hooked")")
	done
	hooks+=("$(hook startContainer 'echo startContainer >>/hooked')")
	sh_bundle "$script" "${hooks[@]}" "$@"
	mkdir -p "$BUNDLE/../terminal"
	jq '.process.terminal = true | .root.path = "../bundle/rootfs" | if .linux.cgroupsPath then .linux.cgroupsPath += "-b" else . end' \
		"$BUNDLE/config.json" >"$BUNDLE/../terminal/config.json"
	cc -O1 -static -o "$BUNDLE/../recvtty" "$BATS_TEST_DIRNAME/recvtty.c"
}

# lived UID PAUSE UPDATE: each step came to what it does everywhere; PAUSE and UPDATE are patterns of the two that
# need a cgroup, and are refused without one.
lived() {
	local step i=0
	local -a steps=("exec: 0 ends with 3" "exec --tty: /dev/pts/[0-9]" "ps: "
		"pause: $2" "update: $3"
		"delete, running: *not stopped: running*ends with 1"
		"kill: " "run: 5 program not a tty $1" "hooks: createRuntime createContainer startContainer poststart poststop"
		"create, a terminal: *" "start: " "terminal: program /dev/pts/0 $1" "kill, a terminal: " "delete: "
		"run --detach: " "delete --force: " "left: 0")
	[ "$2" != "" ] || steps=("${steps[@]:0:4}" "resume: " "${steps[@]:4}")
	for step in "${steps[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ ${lines[i]} == $step ]] || { printf 'expected: %s\nis: %s\nin: %s\n' "$step" "${lines[i]}" "$output" >&2; return 1; }
		i=$((i + 1))
	done
	[ "${#lines[@]}" = "$i" ]
}
no_pause='*no cgroup*ends with 1'
no_update='*drop the property*ends with 1'
