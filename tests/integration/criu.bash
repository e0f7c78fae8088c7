# SPDX-License-Identifier: Apache-2.0
#
# For tests that checkpoint and restore; where CRIU doesn't work, what needs it is skipped and says why.
# shellcheck shell=bash

setup_file() {
	local why=''
	if ! command -v criu >/dev/null; then
		why="needs criu"
	elif ! why=$(criu check 2>&1); then
		why="criu does not work on $(uname -r): ${why%%$'\n'*}"
	else
		why=''
	fi
	export WHY_NO_CRIU=$why
	# CRIU mounts cgroup2 for itself without nsdelegate, and so takes that from the machine: before, not during
	# the tests, who look what changes.
	[ -n "$why" ] || unshare --mount -- mount -t cgroup2 cgroup2 /mnt || true
}

needs_criu() { [ -z "$WHY_NO_CRIU" ] || skip "$WHY_NO_CRIU"; }

# A program that counts in $ROOTFS/tmp/n, one a moment, in a container that is like an engine's.
counting() {
	sh_bundle 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/new; mv /tmp/new /tmp/n; sleep 0.05; done' "$@"
	create
	rt start "$BOX"
	eventually [ -s "$ROOTFS/tmp/n" ]
}
count() { cat "$ROOTFS/tmp/n"; }
counts_from() { [ "$(count)" -gt "$1" ]; }
end() { rt delete --force "$BOX"; }

# checkpoint [OPTION...]: of $BOX to $T/image; $output is what it says.
checkpoint() { run rt checkpoint --image-path "$T/image" "$@" "$BOX"; }
# restore [OPTION...]: of it, in the background; $output is what it says.
restore() {
	status=0
	rt restore --detach --bundle "$BUNDLE" --image-path "$T/image" --work-path "$T" "$@" "$BOX" \
		>>"$T/out" 2>"$T/why" </dev/null || status=$?
	output=$(<"$T/why")
}
# restored: the counter goes on from where it was.
restored() {
	[ "$status" = 0 ] || { echo "$output" >&2; return 1; }
	[ "$(status_of "$BOX")" = running ]
	eventually counts_from "$1"
}
