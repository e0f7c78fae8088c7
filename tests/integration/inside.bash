# SPDX-License-Identifier: Apache-2.0
#
# For tests that look at a container from inside, or see a config.json refused.
# shellcheck shell=bash
load helpers

# inside SCRIPT [JQ-FILTER...]: runs the script in a container to its end; $status and $output are its.
inside() {
	sh_bundle "$@"
	run_box
}
run_box() { run rt run --bundle "$BUNDLE" "$BOX" </dev/null; }

# with_probe: the bundle's /bin/probe (probe.c).  Makes the root file system that a later `bundle` keeps.
with_probe() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	[ -x "$SUITE/probe" ] || cc -O1 -static -pthread -o "$SUITE/probe" "$BATS_TEST_DIRNAME/probe.c"
	cp "$SUITE/probe" "$ROOTFS/bin/probe"
}

# with_lurker: the bundle's /bin/lurker (lurker.c).
with_lurker() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	[ -x "$SUITE/lurker" ] || cc -O1 -static -o "$SUITE/lurker" "$BATS_TEST_DIRNAME/lurker.c"
	cp "$SUITE/lurker" "$ROOTFS/bin/lurker"
}

# still_lurking END: it is not END ($SECONDS) yet, or lurker has not ended.
still_lurking() {
	[ "$SECONDS" -lt "$1" ] || { ! grep -q ^seen "$ROOTFS/seen" && [ "$SECONDS" -lt $(($1 + PATIENCE)) ]; }
}

# end_lurking RUNTIME: takes the container of lurker away when its list is whole; $T/seen, each line counted.
end_lurking() {
	local ended=0
	eventually grep -q ^seen "$ROOTFS/seen" || ended=1
	"$1" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX"
	[ $ended = 0 ] || return 1
	sort "$ROOTFS/seen" | uniq -c >"$T/seen"
	cat "$T/seen"
	[ "$(sed -n 's/.*seen //p' "$T/seen")" -gt 0 ]
}

# got_hold: lurker's list in $T/seen has anything that it should not have had.  It may trace, by $tracer.
got_hold() { grep -qE ' (exe|caps|root|cwd|fd) ' "$T/seen"; }
# shellcheck disable=SC2034
tracer='.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'

# refused JQ-FILTER...: create of a bundle so edited fails with 1 and leaves no container; $output says why.
# `run` would wait for the container of a runtime that accepts it.
refused() {
	bundle "$@"
	refused_as_it_is
}
refused_as_it_is() {
	status=0
	rt create --bundle "$BUNDLE" "$BOX" >"$T/err" 2>&1 </dev/null || status=$?
	output=$(<"$T/err")
	if [ "$status" = 0 ]; then
		echo "accepted: $BUNDLE/config.json" >&2
		rt delete --force "$BOX"
		return 1
	fi
	[ "$status" = 1 ] || [ -n "${ANY_WORDS-}" ] || return 1
	[ ! -e "$STATE/$BOX" ]
}

# line TEXT: $output of the last `run` has that line.
line() {
	[[ $'\n'$output$'\n' == *$'\n'"$1"$'\n'* ]] || {
		printf 'no line: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

# lacks TEXT: $output of the last `run` does not have it.
lacks() {
	[[ $output != *"$1"* ]] || {
		printf 'not expected: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

# ok: the last `run` ended with 0.
ok() {
	[ "$status" = 0 ] || {
		printf 'status %s: %s\n' "$status" "$output" >&2
		return 1
	}
}

# mounted DESTINATION OPTION...: the last mountinfo line of $output for DESTINATION has every OPTION among
# its attributes, its propagation or its file system's options; !OPTION: has not.
mounted() {
	local words option destination=$1
	shift
	words=$(awk -v d="$destination" '$5 == d { line = $0 } END { print line }' <<<"$output")
	[ -n "$words" ] || { printf 'not mounted: %s\nin: %s\n' "$destination" "$output" >&2; return 1; }
	words=" $(tr , ' ' <<<"$words") "
	for option; do
		case $option in
		!*) [[ $words != *" ${option#!} "* ]] ;;
		*) [[ $words == *" $option "* ]] ;;
		esac || { printf '%s: expected %s in%s\n' "$destination" "$option" "$words" >&2; return 1; }
	done
}

# hook KIND SCRIPT [FIELDS]: the jq filter that adds a hook; FIELDS is a jq object merged over it.
hook() {
	jq -nr --arg kind "$1" --arg script "$2" --arg more "${3:-{\}}" '
		".hooks." + $kind + " += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", " + ($script | tojson) + "]} * " + $more + "]"'
}
