#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What the caller leaks, where the caller points, and what of the runtime the container gets to see.

load inside
load sweeps

@test "ST-01 the program of a container is never the runtime's own file" {
	local own=$T/runtime sum
	cp "$RUNTIME" "$own"
	sum=$(sha256sum <"$own")
	bundle '.process.args = ["/proc/self/exe", "--version"]'
	run "$own" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	[[ $output != *"spec"* ]]
	printf '#!/proc/self/exe\n' >"$ROOTFS/entry"
	chmod +x "$ROOTFS/entry"
	configure '.process.args = ["/entry", "--version"]'
	run "$own" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX"
	[[ $output != *"spec"* ]]
	# Opened through every process that the host's pid namespace shows, and written to.
	sh_bundle 'for exe in /proc/[0-9]*/exe; do
			case $(readlink $exe) in */'"$TAG"'/runtime) echo visible ;; esac
			exec 9<$exe && echo >/proc/self/fd/9
		done 2>/dev/null; echo end' 'del(.linux.namespaces[] | select(.type == "pid"))'
	run "$own" "${DRIVER[@]}" --root "$STATE" run --detach --bundle "$BUNDLE" "$BOX" </dev/null
	eventually is_in_own "$own" stopped
	"$own" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX"
	[ "$(sha256sum <"$own")" = "$sum" ]
}
is_in_own() { [ "$("$1" "${DRIVER[@]}" --root "$STATE" state "$BOX" | jq -r .status)" = "$2" ]; }

@test "ST-01 init is a sealed copy, not the runtime's file" {
	local pid
	sleeper
	create
	pid=$(pid_of "$BOX")
	[[ $(readlink "/proc/$pid/exe") == "/memfd:runtime-init (deleted)" ]]
	run ! eval 'echo >"/proc/$pid/exe"'
	rt start "$BOX"
	stop
}

@test "ST-03 of what the caller leaks nothing reaches init or the program [OnlyAskedDescriptors]" {
	local pid link
	sh_bundle 'echo /proc/self/fd/* >/tmp/fds'
	(
		exec 20</ 21<"$T" 22</etc/passwd 23>"$T/out.23" 24</proc 25<&0 26<"$BUNDLE" 27</sys/fs/cgroup
		create
	) 3>&-
	pid=$(pid_of "$BOX")
	for link in /proc/"$pid"/fd/*; do
		[ ! -d "$link" ]
		link=$(readlink "$link")
		case $link in
		/dev/null | "$T/out" | "$T/err" | socket:* | "/memfd:"*) ;;
		*) echo "init holds $link" && return 1 ;;
		esac
	done
	rt start "$BOX"
	wait_for "$BOX" stopped
	# 3 is the directory that the shell reads.
	[ "$(sed "s#/proc/self/fd/##g" "$ROOTFS/tmp/fds")" = "0 1 2 3" ]
	rt delete "$BOX"
}

@test "ST-24 an id is a plain name of 255 characters at most [CreateWithValidID]" {
	local id long
	long=$(printf 'x%.0s' $(seq 256))
	sleeper
	for id in '' . .. a/b ../x /x 'a b' $'a\nb' 'é' 'a%b' 'a:b' "$long"; do
		run ! rt create --bundle "$BUNDLE" -- "$id"
		[ -n "$output" ]
		run ! rt state -- "$id"
		run ! rt delete -- "$id"
		run ! rt delete --force -- "$id"
	done
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ]
	for id in "$BOX-a+b_c.d" "${long:1:150}"; do
		rt create --bundle "$BUNDLE" "$id" >/dev/null </dev/null
		rt delete --force "$id"
	done
}

@test "ST-24 a state root that is not the caller's alone is refused [CliRoot]" {
	sleeper
	mkdir -m 777 "$T/open"
	chmod 777 "$T/open"
	mkdir -m 700 "$T/other"
	chown 1000 "$T/other"
	mkdir -m 700 "$T/real"
	ln -s real "$T/link"
	: >"$T/file"
	local name
	for name in open other link file; do
		run ! "$RUNTIME" --root "$T/$name" create --bundle "$BUNDLE" "$BOX"
		says "$T/$name"
	done
	[ -z "$(ls -A "$T/open")$(ls -A "$T/real")" ]
}

@test "ST-24 a set-user-ID runtime refuses to run" {
	local dir
	dir=$(mktemp -d "/dev/shm/$TAG.XXXXXX")
	chmod 755 "$dir"
	cp "$RUNTIME" "$dir/runtime"
	chmod 4755 "$dir/runtime"
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$dir/runtime" --version
	rm -r "$dir"
	[ "$status" != 0 ]
	says "set-user-ID"
}

@test "ST-38 a link in the place of the pid file is replaced, not followed [CliPidFile]" {
	sleeper
	mkdir -m 1777 "$T/sticky"
	chmod 1777 "$T/sticky"
	echo precious >"$T/victim"
	ln -s "$T/victim" "$T/sticky/pid"
	chown -h 1000 "$T/sticky/pid"
	rt create --bundle "$BUNDLE" --pid-file "$T/sticky/pid" "$BOX" >/dev/null </dev/null
	[ "$(cat "$T/victim")" = precious ]
	[ ! -L "$T/sticky/pid" ]
	[ "$(cat "$T/sticky/pid")" = "$(pid_of "$BOX")" ]
	rt delete --force "$BOX"
}

@test "FT-11 a poststart hook may delete its own container" {
	local begin=$SECONDS
	sleeper ".hooks.poststart = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"exec $RUNTIME --root $STATE delete --force $BOX\"]}]"
	create
	rt start "$BOX"
	is_clean
	((SECONDS - begin < PATIENCE))
	run rt run --bundle "$BUNDLE" "$BOX"
	is_clean
}

# shares_keyring NAME RUNTIME: whether the container's session keyring is the one that an ordinary user has made before.
shares_keyring() {
	local squatter
	with_probe
	# runc and crun mount cgroup2 without nsdelegate, and so take that from the machine.
	bundle '.process.args = ["/bin/probe", "keyring"]' '.ociVersion = "1.0.2"' '.mounts |= map(select(.type != "cgroup"))'
	mkfifo "$T/last"
	env -i setpriv --reuid 65534 --regid 65534 --clear-groups "$SUITE/probe" squat "$1" <>"$T/last" >"$T/theirs" 3>&- &
	squatter=$!
	eventually grep -q '^[0-9]' "$T/theirs"
	"$2" "${DRIVER[@]}" --root "$STATE" run --bundle "$BUNDLE" "$BOX" >"$T/ours" </dev/null
	kill "$squatter"
	rm "$T/last"
	cmp "$T/ours" "$T/theirs"
}

@test "a session keyring that another user has made for a container before is not the container's [KeyringUnforeseen]" {
	run ! shares_keyring "_ses.$BOX" "$RUNTIME"
	[ -s "$T/ours" ]
	[[ $(<"$T/ours") != errno* ]]
}

@test "control: the containers of runc 1.1.5 and crun 1.8.1 get that one" {
	requires peer:runc peer:crun
	shares_keyring "_ses.$BOX" "$(command -v runc)"
	shares_keyring "$BOX" "$(command -v crun)"
}

# keyring_name: what the session keyring of a container is called.
keyring_name() { rt run --bundle "$BUNDLE" "$BOX" </dev/null | grep -o "_ses.${BOX}[^:]*" | sort -u; }

@test "the next container of the same name has a session keyring of another name [KeyringUnforeseen]" {
	local one two
	bundle '.process.args = ["/bin/cat", "/proc/keys"]' '.linux.maskedPaths -= ["/proc/keys"]'
	one=$(keyring_name)
	two=$(keyring_name)
	[ "$one" != "$two" ]
}

@test "what exec runs has the container's session keyring [KeyringUnforeseen]" {
	with_probe
	sh_bundle 'probe keyring >/tmp/own; trap "exit 0" TERM; while :; do sleep 0.02; done'
	create
	rt start "$BOX"
	eventually test -s "$ROOTFS/tmp/own"
	rt exec "$BOX" /bin/probe keyring >"$T/one"
	rt exec "$BOX" /bin/probe keyring >"$T/two"
	cmp "$T/one" "$T/two"
	cmp "$T/one" "$ROOTFS/tmp/own"
	stop
}
