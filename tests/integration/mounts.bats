#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config.md "Mounts" and "Linux mount options", seen in /proc/self/mountinfo of the container.

load inside

look='cat /proc/self/mountinfo'
# mount DESTINATION TYPE SOURCE OPTION...: the jq filter that adds it.
mount_at() {
	local destination=$1 type=$2 source=$3
	shift 3
	jq -nr --arg d "$destination" --arg t "$type" --arg s "$source" '".mounts += " +
		([{destination: $d, type: $t, source: $s, options: $ARGS.positional}] | tojson)' --args -- "$@"
}
tmpfs() { mount_at "$1" tmpfs tmpfs "${@:2}"; }
bind() { mount_at "$1" none "$2" bind "${@:3}"; }
rbind() { mount_at "$1" none "$2" rbind "${@:3}"; }

# crun 1.8.1 fails this: no nosymfollow, lazytime.
@test "each flag of the table is set on a new mount [MountsOptionsKnown MountsOptionsSymfollow]" {
	local edits=() option
	for option in ro nosuid nodev noexec noatime nodiratime relatime strictatime nosymfollow sync dirsync lazytime; do
		edits+=("$(tmpfs "/m/$option" "$option")")
	done
	inside "$look" "${edits[@]}"
	ok
	for option in ro nosuid nodev noexec noatime nodiratime relatime nosymfollow sync dirsync lazytime; do
		mounted "/m/$option" "$option"
	done
	mounted /m/strictatime !relatime !noatime
}

# crun 1.8.1 fails this: no symfollow.
@test "each clearing option of the table cancels what stands before it [MountsOptionsKnown MountsOptionsLastWins MountsOptionsSymfollow]" {
	local edits=() pair
	for pair in ro,rw nosuid,suid nodev,dev noexec,exec noatime,atime nodiratime,diratime relatime,norelatime \
		strictatime,nostrictatime nosymfollow,symfollow sync,async lazytime,nolazytime; do
		edits+=("$(tmpfs "/m/${pair#*,}" "${pair%,*}" "${pair#*,}")")
	done
	inside "$look" "${edits[@]}"
	ok
	mounted /m/rw rw !ro
	mounted /m/suid !nosuid
	mounted /m/dev !nodev
	mounted /m/exec !noexec
	mounted /m/atime !noatime
	mounted /m/diratime !nodiratime
	mounted /m/symfollow !nosymfollow
	mounted /m/async !sync
	mounted /m/nolazytime !lazytime
	mounted /m/nostrictatime relatime
}

# crun 1.8.1 fails this: iversion.
@test "options that cannot be seen are taken and kept from the file system [MountsOptionsKnown MountsOptionsMand]" {
	local edits=() option
	for option in iversion noiversion loud silent nomand async; do
		edits+=("$(tmpfs "/m/$option" "$option")")
	done
	inside "$look" "${edits[@]}"
	ok
	mounted /m/iversion !iversion
	mounted /m/silent !silent
}

# runc 1.1.5 fails this: the word reaches the file system.
@test "defaults is taken, and changes nothing that stands before it [MountsOptionsKnown]" {
	inside "$look" "$(tmpfs /m noexec defaults)"
	ok
	mounted /m rw noexec
}

@test "what the table does not have goes to the file system [MountsOptionsData]" {
	inside "$look; stat -c '%a %u %g' /m" "$(tmpfs /m size=64k mode=1750 uid=5 gid=6 nr_inodes=20)"
	ok
	mounted /m size=64k nr_inodes=20 mode=1750
	line '1750 5 6'
}

@test "an option that the file system does not know is an error, and names the mount [MountsOptionsData]" {
	inside true "$(tmpfs /m teapot=1)"
	[ "$status" = 1 ]
	says /m
}

# crun 1.8.1 fails this: no nosymfollow.
@test "bind mounts take flags, and lose what is not asked for only on this mount [MountsOptionsKnown]" {
	mkdir "$T/src"
	local edits=() option options='ro nosuid nodev noexec noatime nodiratime nosymfollow'
	[ "$(id -u)" = 0 ] || options=${options/noatime nodiratime/} # what the host says of access times stays
	for option in $options; do
		edits+=("$(bind "/m/$option" "$T/src" "$option")")
	done
	inside "$look" "${edits[@]}" "$(bind /m/rw "$T/src" ro rw)"
	ok
	for option in $options; do
		mounted "/m/$option" "$option"
	done
	mounted /m/rw !ro rw
}

# crun 1.8.1 fails this.
# runc 1.1.5 fails the second half.
@test "a bind of a restricted mount keeps its restrictions [MountsBindKeepsRestrictions]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs -o noexec,nosuid,nodev,noatime src "$T/src"
	inside "$look" "$(bind /m "$T/src")" "$(bind /n "$T/src" ro)"
	umount "$T/src"
	ok
	mounted /m noexec nosuid nodev
	mounted /n noexec nosuid nodev ro
}

# runc 1.1.5 fails this.
@test "clearing options work on a bind of a restricted mount [MountsBindKeepsRestrictions]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs -o noexec,nosuid,nodev,noatime src "$T/src"
	inside "$look" "$(bind /m "$T/src" exec suid dev)"
	umount "$T/src"
	ok
	mounted /m !noexec !nosuid !nodev
}

@test "bind shows the source alone, rbind what is mounted below too [MountsBindOption]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs src "$T/src"
	mkdir "$T/src/sub"
	mount -t tmpfs sub "$T/src/sub"
	inside "$look" "$(bind /one "$T/src")" "$(rbind /all "$T/src")"
	umount -R "$T/src"
	ok
	mounted /all/sub rw
	lacks ' /one/sub '
}

# crun 1.8.1 fails this.
@test "each recursive form reaches the mounts below [MountsOptionsRecursive]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs src "$T/src"
	mkdir "$T/src/sub"
	mount -t tmpfs sub "$T/src/sub"
	local edits=() option
	for option in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
		edits+=("$(rbind "/m/r$option" "$T/src" "r$option")")
	done
	inside "$look" "${edits[@]}" "$(rbind /m/rstrictatime "$T/src" rstrictatime)"
	umount -R "$T/src"
	ok
	for option in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
		mounted "/m/r$option" "$option"
		mounted "/m/r$option/sub" "$option"
	done
	mounted /m/rstrictatime/sub !relatime
}

@test "each recursive clearing form reaches the mounts below [MountsOptionsRecursive]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs -o nosuid,nodev,noexec,noatime,nodiratime src "$T/src"
	mkdir "$T/src/sub"
	mount -t tmpfs -o nosuid,nodev,noexec,noatime,nodiratime sub "$T/src/sub"
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime "$T/src/sub"
	local edits=() option
	for option in rw suid dev exec diratime; do
		edits+=("$(rbind "/m/r$option" "$T/src" "r$option")")
	done
	inside "$look" "${edits[@]}"
	umount -R "$T/src"
	ok
	mounted /m/rrw/sub rw nodev
	mounted /m/rsuid/sub !nosuid nodev
	mounted /m/rdev/sub !nodev nosuid
	mounted /m/rexec/sub !noexec nodev
	mounted /m/rdiratime/sub !nodiratime
}

# runc 1.1.5 and crun 1.8.1 fail this: the kernel wants all bits of the access times cleared at once.
@test "recursive access times replace those below [MountsOptionsRecursive]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs -o noatime src "$T/src"
	mkdir "$T/src/sub"
	mount -t tmpfs -o noatime sub "$T/src/sub"
	inside "$look" "$(rbind /m/rrelatime "$T/src" rrelatime)" "$(rbind /m/ratime "$T/src" ratime)" \
		"$(rbind /m/rnostrictatime "$T/src" rnostrictatime)" "$(rbind /m/rnorelatime "$T/src" rnorelatime)"
	umount -R "$T/src"
	ok
	mounted /m/rrelatime/sub relatime !noatime
	mounted /m/ratime/sub !noatime
	mounted /m/rnorelatime/sub !noatime
}

@test "ro on an rbind leaves the mounts below writable, rro does not [MountsOptionsRecursive]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs src "$T/src"
	mkdir "$T/src/sub"
	mount -t tmpfs sub "$T/src/sub"
	inside 'for m in ro rro; do touch /$m/f 2>/dev/null && echo $m top; touch /$m/sub/f 2>/dev/null && echo $m sub; done; true' \
		"$(rbind /ro "$T/src" ro)" "$(rbind /rro "$T/src" rro)"
	umount -R "$T/src"
	ok
	[ "$output" = 'ro sub' ]
}

# crun 1.8.1 fails this: no shared.
@test "the propagation of a mount is the one asked for [MountsOptionsPropagation]" {
	mkdir "$T/src"
	inside "$look" "$(tmpfs /m/shared shared)" "$(tmpfs /m/private private)" "$(tmpfs /m/slave slave)" \
		"$(tmpfs /m/unbindable unbindable)" "$(bind /m/rshared "$T/src" rshared)" "$(rbind /m/rslave "$T/src" rslave)" \
		"$(bind /m/rprivate "$T/src" rprivate)" "$(bind /m/runbindable "$T/src" runbindable)"
	ok
	grep -q ' /m/shared .* shared:' <<<"$output"
	grep -q ' /m/rshared .* shared:' <<<"$output"
	grep -q ' /m/unbindable .* unbindable ' <<<"$output"
	grep -q ' /m/runbindable .* unbindable ' <<<"$output"
	for m in private rprivate slave; do
		[[ $(grep " /m/$m " <<<"$output") != *shared:* ]]
	done
	grep -q ' /m/rslave .* master:' <<<"$output"
	[[ $(grep ' /m/rslave ' <<<"$output") != *shared:* ]]
}

# crun 1.8.1 fails this.
@test "a slave bind sees what the host mounts later, a private one does not [MountsOptionsPropagation]" {
	requires root
	mkdir "$T/src"
	mount -t tmpfs src "$T/src"
	mount --make-shared "$T/src"
	mkdir "$T/src/later"
	start_box "$(rbind /slave "$T/src" rslave)" "$(rbind /private "$T/src" rprivate)"
	mount -t tmpfs later "$T/src/later"
	local pid
	pid=$(pid_of "$BOX")
	grep -q ' /slave/later ' "/proc/$pid/mountinfo"
	run ! grep -q ' /private/later ' "/proc/$pid/mountinfo"
	stop
	umount -R "$T/src"
}

@test "tmpcopyup brings what was below the tmpfs, with owners and modes [TmpcopyupContents]" {
	requires root
	bundle
	mkdir -p "$ROOTFS/data/dir"
	echo text >"$ROOTFS/data/dir/file"
	ln -s dir/file "$ROOTFS/data/link"
	chmod 1700 "$ROOTFS/data/dir"
	chmod 640 "$ROOTFS/data/dir/file"
	chown 5:6 "$ROOTFS/data/dir/file"
	inside 'cat /data/link; stat -c "%a %u:%g" /data/dir /data/dir/file; touch /data/new; grep " /data " /proc/self/mountinfo' \
		"$(tmpfs /data tmpcopyup mode=755)" '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"] | unique)'
	ok
	line text
	line '1700 0:0'
	line '640 5:6'
	mounted /data tmpfs
	[ ! -e "$ROOTFS/data/new" ]
}

@test "a file is bound on a file that is made for it [MountsBindOption]" {
	echo from outside >"$T/file"
	inside 'cat /a/b/file; ls -l /a/b/file' "$(bind /a/b/file "$T/file" ro)"
	ok
	line 'from outside'
	[ -f "$ROOTFS/a/b/file" ]
	[ ! -s "$ROOTFS/a/b/file" ]
}

@test "a relative source of a bind starts at the bundle [MountsBindSource]" {
	bundle
	mkdir "$BUNDLE/volume"
	echo here >"$BUNDLE/volume/file"
	inside 'cat /v/file /w/file' "$(bind /v volume)" "$(rbind /w ./volume)"
	ok
	[ "$output" = $'here\nhere' ]
}

@test "a relative destination starts at / [MountsDestAbs MountsDestRelative]" {
	inside "$look" "$(tmpfs relative/m size=4k)"
	ok
	mounted /relative/m size=4k
}

@test "a bind is one by its option, whatever its type says [MountsBindOption]" {
	mkdir "$T/src"
	touch "$T/src/proof"
	inside 'ls /a /b' "$(mount_at /a tmpfs "$T/src" bind)" "$(mount_at /b bind "$T/src" rbind)"
	ok
	[ "$(grep -c proof <<<"$output")" = 2 ]
}

@test "a source that is not there is named, with the destination, and nothing is left [EnvCreateError]" {
	inside true "$(bind /data "$T/nothing/here")"
	[ "$status" = 1 ]
	says "$T/nothing"
	says /data
}

@test "mounts are made in the order of the list [MountsInOrder]" {
	mkdir "$T/a" "$T/b"
	touch "$T/a/from-a" "$T/b/from-b"
	inside 'ls /m; ls /m/sub' "$(bind /m "$T/a")" "$(bind /m "$T/b")" "$(tmpfs /m/sub mode=700)"
	ok
	line from-b
	lacks from-a
	[ -d "$T/b/sub" ]
}

@test "a mount without options, type or source is fine where the kernel says so [MountsSourceAndOptionsOptional]" {
	inside "$look" '.mounts += [{destination: "/m", type: "tmpfs"}, {destination: "/n", type: "tmpfs", source: "tmpfs", options: []}]'
	ok
	mounted /m tmpfs
	mounted /n tmpfs
}

@test "remount changes the flags of what is mounted [MountsOptionsRemount]" {
	inside "$look" "$(tmpfs /n size=64k)" "$(tmpfs /n remount ro size=128k)"
	ok
	mounted /n ro size=128k
}

@test "remount of a bind changes this mount alone [MountsOptionsRemount]" {
	mkdir "$T/src"
	inside "$look" "$(bind /m "$T/src")" "$(bind /m "$T/src" remount ro nosuid)" "$(bind /n "$T/src")"
	ok
	mounted /m ro nosuid
	mounted /n !ro !nosuid
}
