#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What works on a store, killed or without room at a system call after the other: the store is whole, no mount is left
# that umount does not take away, and the next command works.  SWEEP=full takes every point, otherwise SWEEP_POINTS
# of them (25).

load helpers
load layer.bash
load store.bash

setup() {
	begin_layer_test
	requires strace
	mkdir -p "$T/x"/{bin,etc} "$T/y/etc" "$T/m" "$T/tmp"
	cp /bin/busybox "$T/x/bin/true"
	echo x >"$T/x/etc/x"
	echo y >"$T/y/etc/.wh.x"
	echo y >"$T/y/etc/y"
	tar -C "$T/x" -cf "$T/x.tar" .
	tar -C "$T/y" -cf "$T/y.tar" etc/.wh.x etc/y
	IMAGE_CONFIG='{"Cmd": ["/bin/true"]}' layout "$T/image" "$T/x.tar" "$T/y.tar"
	layout "$T/other" "$T/y.tar"
	store import --no-sync "$T/image" image
	store import --no-sync "$T/other" other
	store mount --id box image "$T/m" >/dev/null
	echo new >"$T/m/etc/new"
	rm "$T/m/etc/y"
	store umount --keep "$T/m"
	mv "$T/store" "$T/good"
}

# prepared: the store as it was, and what comes before the command.
prepared() {
	rm -rf "$T/store"
	cp -a "$T/good" "$T/store"
	before
}
before() { :; }

# all_points COMMAND...: lines "NAME K", the K-th call of that name of the process that makes most of them.
all_points() {
	prepared
	TMPDIR=$T/tmp strace $FOLLOW -qq -o "$T/trace" "$LAYERCTL" --root "$T/store" "$@" >"$T/said" </dev/null
	undone
	sed -n 's/^\([0-9]* *\)\([a-z_0-9]*\)(.*/\1 \2/p' "$T/trace" | awk '
		{ name = $NF; pid = NF > 1 ? $1 : 0 }
		name == "exit_group" || name == "execve" { next }
		{ k = ++n[pid, name]; if (k > most[name]) { most[name] = k; print name, k } }' >"$T/points"
}
FOLLOW=-f

mounts_left() { grep -c " $T/.* - overlay layerctl:" /proc/self/mountinfo || :; }

# What whoever comes next does: takes mounts and containers away, and all that nothing needs.
undone() {
	local id
	[ "$(mounts_left)" = 0 ] || store umount "$T/m" || return
	for id in $(names_in containers); do
		[ "$id" = box ] || [[ $(jq .temporary "$T/store/containers/$id/container.json" 2>/dev/null) != false ]] || store umount "$id" || return
	done
	store gc >/dev/null || return
	[ "$(mounts_left)" = 0 ]
}

# Whole, and nothing in it but what is named and "box".
is_good() {
	local said
	is_whole || return
	said=$(store fsck --content) || return
	[ -z "$said" ] || return
	[ "$(names_in containers)" = "${1-box}" ] || return
	[ -z "$(names_in staging)$(names_in trash)" ]
}

# stride_of POINTS: the how-manieth of them is taken.
stride_of() { [ "${SWEEP-}" = full ] && stride=1 || stride=$((1 + $1 / ${SWEEP_POINTS:-25})); }

# killed_everywhere COMMAND...: at every point.
killed_everywhere() {
	all_points "$@"
	[ "$(wc -l <"$T/points")" -gt 25 ]
	stride_of "$(wc -l <"$T/points")"
	n=0 killed=0 bad=0
	while read -r name k; do
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		prepared
		status=0
		{ TMPDIR=$T/tmp timeout "$PATIENCE" strace $FOLLOW -qq -o /dev/null -e trace="$name" -e inject="$name:signal=SIGKILL:when=$k" \
			"$LAYERCTL" --root "$T/store" "$@" </dev/null >"$T/said" || status=$?; } 2>>"$T/said"
		[ "$status" = 0 ] || killed=$((killed + 1))
		eventually let_go
		is_whole || { echo "killed at $name $k: not whole"; bad=$((bad + 1)); }
		store fsck --json | jq -e 'map(select(.what != "is left over")) == []' >"$T/said" || { echo "killed at $name $k: $(cat "$T/said")"; bad=$((bad + 1)); }
		undone || { echo "killed at $name $k: something cannot be undone"; bad=$((bad + 1)); }
		is_good "$LEFT" || { echo "killed at $name $k: $(store fsck --content) $(ls "$T"/store/{containers,staging,trash})"; bad=$((bad + 1)); }
		again "$@" || { echo "killed at $name $k: the next one fails"; bad=$((bad + 1)); }
	done <"$T/points"
	echo "$n points, $killed killed, $bad bad"
	echo "# $n points, $killed killed" >&3
	[ "$bad" = 0 ]
	[ "$killed" -gt $((n / stride / 2)) ]
}
# Nobody uses what the killed one used: its children have gone as well.
let_go() {
	flock -n "$T/store/lock" true || return
	[ -n "$FOLLOW" ] || { [ -z "$(ls -A "$STATE" 2>/dev/null)" ] && store gc >/dev/null && [ "$(names_in containers)" = box ]; }
}
LEFT=box
# The command works when it is given again.
again() { store "$@" >/dev/null && undone; }

@test "killed at whatever call, mount leaves a whole store and nothing mounted that stays" {
	killed_everywhere mount image "$T/m"
}

@test "killed at whatever call, umount is done by the next" {
	before() { store mount --id other image "$T/m" >/dev/null; }
	again() { before && store umount "$T/m"; }
	killed_everywhere umount "$T/m"
}

@test "killed at whatever call, a commit is a whole image or none" {
	again() { store "$@" >/dev/null && store mount --read-only new "$T/m" >/dev/null && [ "$(cat "$T/m/etc/new")" = new ] && undone; }
	killed_everywhere commit box new
}

@test "killed at whatever call, run leaves nothing behind for gc" {
	FOLLOW='' # the runtime and the container have tests of their own
	again() {
		TMPDIR=$T/tmp store run "${RUN_OPTIONS[@]}" image && [ -z "$(ls -A "$T/tmp")" ] && undone
	}
	killed_everywhere run "${RUN_OPTIONS[@]}" image
}

@test "killed at whatever call, gc leaves all that is needed" {
	before() { store rm other && rm -r "$T/store/containers/box"; }
	LEFT=''
	killed_everywhere gc
}

MAKING='openat|mkdirat|mknodat|symlinkat|linkat|pwrite64|write|copy_file_range|renameat|renameat2|ftruncate|fsetxattr|fsync|syncfs'

# full_everywhere COMMAND...: no room at every point that makes something.
full_everywhere() {
	all_points "$@"
	n=0 full=0
	stride_of "$(grep -cE "^($MAKING) " "$T/points")"
	while read -r name k; do
		[[ $name =~ ^($MAKING)$ ]] || continue
		n=$((n + 1))
		[ $((n % stride)) = 0 ] || continue
		for error in ENOSPC EDQUOT; do
			prepared
			TMPDIR=$T/tmp run strace -f -qq -o /dev/null -e trace="$name" -e inject="$name:error=$error:when=$k" "$LAYERCTL" --root "$T/store" "$@"
			if [ "$status" != 0 ]; then
				full=$((full + 1))
				echo "$name $k: $output"
				# The child's last words had no room, in a pipe: nobody can tell what it ended for.
				[ "$status" = 6 ] || { [ "$name" = write ] && [[ $output == *"the confined child ended with 1" ]]; }
				[ "$name" = write ] || [[ $output == *"layerctl: "* ]] # of which it has no room to tell
			fi
			is_whole
			whole_or_none
			undone
			is_good
			[ -z "$(ls -A "$T/tmp")" ]
		done
	done <"$T/points"
	echo "# $n points, $full without room" >&3
	[ "$full" -gt 5 ]
}
whole_or_none() { :; }

@test "without room at whatever call, import leaves the store as it was" {
	tar -C "$T/x" -cf "$T/z.tar" etc
	layout "$T/new" "$T/z.tar" "$T/y.tar"
	full_everywhere import "$T/new" new
}

@test "without room at whatever call, commit leaves the store as it was" {
	full_everywhere commit box new
}

@test "without room at whatever call, save leaves an image or none" {
	layerctl save "$T/image" "oci-archive:$T/want.tar:t"
	whole_or_none() {
		[ ! -e "$T/out.tar" ] || cmp "$T/out.tar" "$T/want.tar"
		rm -f "$T/out.tar"
		[ -z "$(find "$T" -maxdepth 1 -name '.*layerctl*')" ]
	}
	full_everywhere save image "oci-archive:$T/out.tar:t"
}
