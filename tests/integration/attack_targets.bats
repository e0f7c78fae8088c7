#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Mount targets that an image, or a process in a shared volume, bends while they are resolved.

load helpers

setup() {
	begin_test
	mkdir -p "$T/src" "$T/host"
	echo inside >"$T/src/file"
}

host_empty() { [ -z "$(ls -A "$T/host")" ]; }

bind_to() {
	local from=${2:-$T/src}
	bundle ".mounts += [{\"destination\": \"$1\", \"source\": \"$from\", \"type\": \"bind\", \"options\": [\"bind\"]}]" \
		'.process.args = ["sh", "-c", "find / -xdev -maxdepth 4 -name nothing; grep -c . /proc/self/mountinfo"]'
}

@test "ST-18 links that dangle, in the middle or at the end of a target, stay below the rootfs [MountsDestInRoot]" {
	local link
	for link in "$T/host/new" "../../../../../../../../../..$T/host/new" /not/there; do
		rm -rf "$BUNDLE"
		bind_to /link
		ln -s "$link" "$ROOTFS/link"
		rt run --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 || true
		host_empty
		rm -rf "$BUNDLE"
		bind_to /link/deeper/still
		ln -s "$link" "$ROOTFS/link"
		rt run --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 || true
		host_empty
	done
}

@test "ST-18 loops, names that are too long and files in the way are refused with the target named [MountsDestInRoot]" {
	local long
	bind_to /loop/x
	ln -s loop "$ROOTFS/loop"
	run ! rt run --bundle "$BUNDLE" "$BOX"
	says /loop/x
	rm -rf "$BUNDLE"
	bind_to /etc/passwd/x
	run ! rt run --bundle "$BUNDLE" "$BOX"
	says /etc/passwd/x
	rm -rf "$BUNDLE"
	long=$(printf 'n%.0s' $(seq 300))
	bind_to "/$long"
	run ! rt run --bundle "$BUNDLE" "$BOX"
	rm -rf "$BUNDLE"
	bind_to "/$(printf 'd%.0s' $(seq 255))"
	rt run --bundle "$BUNDLE" "$BOX"
}

@test "ST-18 a target above the root is the root's own directory, and the root itself is refused [MountsDestInRoot]" {
	bind_to ../../../../../../above
	rt run --bundle "$BUNDLE" "$BOX" >/dev/null
	[ -d "$ROOTFS/above" ]
	rm -rf "$BUNDLE"
	bind_to /
	run ! rt run --bundle "$BUNDLE" "$BOX"
	rm -rf "$BUNDLE"
	bind_to /a/..
	mkdir "$ROOTFS/a"
	run ! rt run --bundle "$BUNDLE" "$BOX"
}

# One volume for all: vol/x and vol/sl change places all the time; sl leads to the host.
race_bundle() {
	mkdir -p "$T/vol/x"
	ln -sfn "$T/host" "$T/vol/sl"
	echo f >"$T/src/file"
	bundle ".mounts += [
		{\"destination\": \"/vol\", \"source\": \"$T/vol\", \"type\": \"bind\", \"options\": [\"bind\"]},
		{\"destination\": \"/vol/x/y/z\", \"source\": \"tmpfs\", \"type\": \"tmpfs\"},
		{\"destination\": \"/vol/x/f\", \"source\": \"$T/src/file\", \"type\": \"bind\", \"options\": [\"bind\"]}]" \
		'.linux.maskedPaths += ["/vol/x/y"]' '.linux.readonlyPaths += ["/vol/x/y"]'
}

# race RUNTIME SECONDS: prints "runs ok hits".
race() {
	local runs=0 ok=0 end=$((SECONDS + $2)) hits=0 before status
	"$SUITE/racer" "$T/vol/x" "$T/vol/sl" 3>&- &
	racer=$!
	while [ $SECONDS -lt $end ]; do
		runs=$((runs + 1))
		status=0
		${3:+spared} timeout "$PATIENCE" "$1" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" >/dev/null 2>"$T/err" </dev/null || status=$?
		[ "$status" != 124 ] || { echo "hangs"; kill $racer; return 1; }
		[ "$status" != 0 ] || ok=$((ok + 1))
		if ! host_empty; then
			hits=$((hits + 1))
			find "$T/host" -mindepth 1 -delete
		fi
		[ "${3-}" != first ] || [ "$hits" = 0 ] || break
	done
	kill $racer
	wait $racer 2>/dev/null || true
	echo "$runs $ok $hits"
}

@test "ST-07 a target swapped for a link while it is mounted on never leads to the host [MountsDestInRoot]" {
	race_bundle
	local before after result
	before=$(sort /proc/self/mountinfo)
	result=$(race "$RUNTIME" "${RACE_SECONDS:-8}")
	echo "runs, ok, hits: $result"
	read -r runs ok hits <<<"$result"
	[ "$hits" = 0 ]
	[ $((ok * 5)) -ge "$runs" ]
	after=$(sort /proc/self/mountinfo)
	[ -z "$(comm -13 <(echo "$before") <(echo "$after"))" ] # what is gone end_test sees
}

@test "ST-07 control: runc 1.1.5 is led there" {
	requires peer:runc
	race_bundle
	local result hits
	result=$(race "$(command -v runc)" "${RACE_SECONDS:-40}" first)
	echo "runs, ok, hits: $result"
	read -r _ _ hits <<<"$result"
	[ "$hits" -gt 0 ] || skip "the race was not won in time: $result"
}
