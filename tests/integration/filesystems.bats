#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The file systems that every image expects, the root, and what the runtime adds to /dev.
# config-linux.md "Default Filesystems", "Default Devices"; runtime-linux.md "Dev symbolic links".

load inside

look='cat /proc/self/mountinfo'
only() { echo ".mounts |= map(select(.destination as \$d | [$1] | index(\$d)))"; }

@test "proc, sysfs, devpts, shm and mqueue are what they are called [DefaultFilesystems]" {
	inside "$look; stat -f -c '%n %T' /dev/mqueue; ls -d /proc/1/ns /sys/class /dev/pts/ptmx"
	ok
	for want in '/proc proc proc' '/sys sysfs ro' '/dev tmpfs nosuid' '/dev/pts devpts ptmxmode=666' '/dev/shm tmpfs noexec' \
		'/dev/mqueue mqueue nosuid'; do
		# shellcheck disable=SC2086
		mounted $want
	done
}

@test "devpts is a new instance [DefaultFilesystems]" {
	inside 'ls /dev/pts'
	ok
	[ "$output" = ptmx ]
}

@test "the default devices are there, with their numbers and modes [DefaultDevices]" {
	inside 'cd /dev; stat -c "%n %t:%T %a %u:%g %F" null zero full random urandom tty; readlink ptmx'
	ok
	for want in 'null 1:3' 'zero 1:5' 'full 1:7' 'random 1:8' 'urandom 1:9' 'tty 5:0'; do
		line "$want 666 0:0 character special file"
	done
	line pts/ptmx
}

@test "the default devices work [DefaultDevices]" {
	inside 'echo x >/dev/null; head -c 4 /dev/zero | xxd -p; echo x 2>/dev/null >/dev/full || echo full; head -c 8 /dev/urandom | wc -c'
	ok
	line 00000000
	line full
	line 8
}

@test "/dev/console is not there without a terminal [DefaultDevices]" {
	inside 'ls /dev'
	ok
	[[ $'\n'$output$'\n' != *$'\nconsole\n'* ]]
}

@test "the links to /proc/self/fd are there [DefaultRuntimeLinuxSymlinks]" {
	inside 'cd /dev; for l in fd stdin stdout stderr; do echo $l $(readlink $l); done'
	ok
	for want in 'fd /proc/self/fd' 'stdin /proc/self/fd/0' 'stdout /proc/self/fd/1' 'stderr /proc/self/fd/2'; do
		line "$want"
	done
}

@test "links of the image itself are kept [DefaultRuntimeLinuxSymlinks]" {
	bundle
	ln -s /proc/self/fd "$ROOTFS/dev/fd"
	ln -s /proc/self/fd/1 "$ROOTFS/dev/stdout"
	inside 'readlink /dev/fd; readlink /dev/stdin' 'del(.mounts[] | select(.destination | startswith("/dev")))'
	ok
	line /proc/self/fd
	line /proc/self/fd/0
}

# runc 1.1.5 and crun 1.8.1 fail this: dangling links.
@test "no links without /proc [DefaultRuntimeLinuxSymlinks]" {
	inside 'ls -1 /dev; true' 'del(.mounts[] | select(.destination == "/proc"))' 'del(.linux.maskedPaths, .linux.readonlyPaths)'
	ok
	[[ $'\n'$output$'\n' != *$'\nstdin\n'* ]]
}

@test "root.readonly makes / read-only, and the mounts on it not [RootReadonlyImplement]" {
	inside 'touch /f 2>&1; touch /m/f && echo wrote; cat /proc/self/mountinfo' '.root.readonly = true' \
		'.mounts += [{destination: "/m", type: "tmpfs"}]'
	ok
	says 'Read-only file system'
	line wrote
	mounted / ro
	[ ! -e "$ROOTFS/f" ]
}

@test "without root.readonly / is writable [RootReadonlyImplement]" {
	inside 'touch /f' 'del(.root.readonly)'
	ok
	[ -f "$ROOTFS/f" ]
}

@test "the root is the one of root.path, absolute or from the bundle [RootPathExist RootPathAbsOrRelative]" {
	bundle
	mv "$ROOTFS" "$T/elsewhere"
	mkdir "$ROOTFS"
	touch "$T/elsewhere/proof"
	for path in "$T/elsewhere" ../elsewhere; do
		inside 'ls -d /proof' ".root.path = \"$path\""
		ok
		line /proof
	done
}

@test "nothing of the host's root is left under /, nor in the list of mounts [EnvCreateImplement]" {
	inside "ls -a /; $look"
	ok
	[[ $'\n'$output$'\n' != *$'\n.pivot'* && $'\n'$output$'\n' != *$'\nput_old'* ]]
	lacks ' /boot '
	lacks " $T"
	[ "$(grep -c ' - ' <<<"$output")" -lt 60 ]
}

@test "root.path that is not there is refused, by its name [RootPathExist]" {
	refused '.root.path = "no/such/root"'
	says no/such/root
	refused '.root.path = "config.json"'
	says /config.json
}

@test "the rootfs is not left mounted or changed on the host [DeleteOnlyCreatedRes]" {
	bundle
	touch "$ROOTFS/mine"
	inside true
	ok
	[ -e "$ROOTFS/mine" ]
	[ -d "$BUNDLE" ]
	run ! grep -F "$ROOTFS" /proc/self/mountinfo
}

@test "overlay joins its layers [MountsFilesystems]" {
	requires v1
	mkdir "$T"/{lower,upper,work}
	echo low >"$T/lower/file"
	inside 'cat /o/file; echo new >/o/new' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$T/lower\", \"upperdir=$T/upper\", \"workdir=$T/work\"]}]"
	ok
	line low
	[ "$(cat "$T/upper/new")" = new ]
	rm -rf "$T/work"
}

# runc 1.1.5 and crun 1.8.1 fail this: mount(2) takes one page.
@test "overlay takes more lower directories than a page of options holds [MountsFilesystems]" {
	local long dirs=() i
	long=$(printf 'l%.0s' {1..50})
	for i in {1..45}; do
		mkdir -p "$T/$long$i"
		echo "$i" >"$T/$long$i/file$i"
		dirs+=("$T/$long$i")
	done
	inside 'cat /o/file1 /o/file45' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$(IFS=:; echo "${dirs[*]}")\"]}]"
	ok
	line 1
	line 45
}

@test "overlay takes escaped commas and colons in paths [MountsFilesystems]" {
	local odd="$T/a,b:c"
	mkdir -p "$odd" "$T/plain" "$T/u,p" "$T/work"
	echo odd >"$odd/file"
	inside 'cat /o/file; echo new >/o/new' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$T/a\\\\,b\\\\:c:$T/plain\", \"upperdir=$T/u\\\\,p\", \"workdir=$T/work\"]}]"
	ok
	line odd
	[ "$(cat "$T/u,p/new")" = new ]
	rm -rf "$T/work"
}

# Layers by descriptor came with Linux 6.13.
@test "overlay takes layers whose paths are longer than a string of fsconfig [MountsFilesystems]" {
	requires kernel:6.13
	local part layers=() i
	part=$(printf 'l%.0s' {1..240})
	for i in {1..12}; do
		mkdir -p "$T/$i/$part/$part"
		echo "$i" >"$T/$i/$part/$part/file$i"
		layers+=("$T/$i/$part/$part")
	done
	mkdir -p "$T/u/$part/$part" "$T/u/$part/work"
	inside 'cat /o/file1 /o/file12; echo new >/o/new' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$(IFS=:; echo "${layers[*]}")\", \"upperdir=$T/u/$part/$part\", \"workdir=$T/u/$part/work\"]}]"
	ok
	line 1
	line 12
	[ "$(cat "$T/u/$part/$part/new")" = new ]
	rm -rf "$T/u"
}

# runc 1.1.5 and crun 1.8.1 fail this: the directory above the hierarchies stays writable.
@test "cgroup v1 shows the container's part of each hierarchy, read-only [MountsCgroupView]" {
	requires v1
	inside "$look; cat /sys/fs/cgroup/memory/cgroup.procs; ls -d /sys/fs/cgroup/pids/tasks; touch /sys/fs/cgroup/x 2>&1; mkdir /sys/fs/cgroup/pids/y 2>&1; true" \
		'(.mounts[] | select(.type == "cgroup")).options = ["nosuid", "noexec", "nodev", "relatime", "ro"]' \
		'.mounts += if any(.mounts[]; .type == "cgroup") then [] else [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"]}] end'
	ok
	mounted /sys/fs/cgroup ro nosuid noexec
	mounted /sys/fs/cgroup/memory ro nosuid "$(cgroup_path)"
	mounted /sys/fs/cgroup/pids ro
	line 1
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
}

@test "in a new cgroup namespace the cgroup mount has the container's cgroup for its root [MountsCgroupView]" {
	requires v1
	inside "$look; cat /proc/self/cgroup" '.linux.namespaces += [{type: "cgroup"}]' \
		'.mounts |= map(select(.type != "cgroup")) + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
	ok
	mounted /sys/fs/cgroup/memory / ro
	lacks "$BOX"
}

@test "cgroup2 shows the unified tree [MountsCgroupView]" {
	inside "$look; ls /c" '.linux.namespaces += [{type: "cgroup"}]' '.mounts += [{destination: "/c", type: "cgroup2", source: "cgroup"}]'
	ok
	mounted /c cgroup2
	line cgroup.procs
}

@test "maskedPaths hide files and directories, and what is missing does not matter [MaskedPathsUnreadable]" {
	bundle
	mkdir -p "$ROOTFS/secret/deep"
	echo hidden >"$ROOTFS/secret/file"
	echo hidden >"$ROOTFS/key"
	inside 'ls -A /secret; cat /key; wc -c </key; touch /secret/x 2>&1; true' '.linux.maskedPaths = ["/secret", "/key", "/not/there"]'
	ok
	lacks hidden
	line 0
	says 'Read-only'
}

# crun 1.8.1 fails this: the flags are gone.
@test "readonlyPaths cannot be written, and keep their other flags [ReadonlyPathsReadonly]" {
	bundle
	mkdir "$ROOTFS/ro"
	inside "touch /ro/f 2>&1; touch /m/f 2>&1; $look" '.linux.readonlyPaths = ["/ro", "/m", "/not/there"]' \
		'.mounts += [{destination: "/m", type: "tmpfs", options: ["nosuid", "noexec"]}]'
	ok
	[ "$(grep -c 'Read-only' <<<"$output")" = 2 ]
	mounted /ro ro && mounted /m ro nosuid noexec
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "maskedPaths and readonlyPaths that are not absolute are refused [MaskedPathsAbs ReadonlyPathsAbs]" {
	refused '.linux.maskedPaths = ["proc/keys"]'
	says /linux/maskedPaths/0
	refused '.linux.readonlyPaths = ["proc/sys"]'
	says /linux/readonlyPaths/0
}

# runc 1.1.5 fails this: unbindable is not seen.
@test "rootfsPropagation is that of the container's root [LinuxRootfsPropagation]" {
	for word in private slave unbindable; do
		inside "$look" ".linux.rootfsPropagation = \"$word\""
		ok
		words=$(awk '$5 == "/" { print }' <<<"$output")
		case $word in
		private) [[ $words != *master:* && $words != *shared:* ]] ;;
		slave) [[ $words != *shared:* ]] ;;
		unbindable) [[ $words == *unbindable* ]] ;;
		esac || { echo "$word: $words" >&2; return 1; }
	done
}

# runc 1.1.5 fails this.
@test "rootfsPropagation shared makes a peer group of the container's own [LinuxRootfsPropagation]" {
	inside "$look; mount -t tmpfs x /tmp" '.linux.rootfsPropagation = "shared"' \
		'.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	ok
	grep -q ' / / .* shared:\| /[^ ]* / .* shared:' <<<"$output"
	run ! grep -F "$ROOTFS/tmp" /proc/self/mountinfo
}

@test "a slave root has what the host mounts below it later, a private one has not [LinuxRootfsPropagation]" {
	local word pid
	mkdir "$T/host"
	mount -t tmpfs host "$T/host"
	mount --make-shared "$T/host"
	bundle -d "$T/host/bundle"
	mkdir "$ROOTFS/late"
	for word in slave private; do
		start_box ".linux.rootfsPropagation = \"$word\""
		pid=$(pid_of "$BOX")
		mount -t tmpfs late "$ROOTFS/late"
		awk '$5 == "/late"' "/proc/$pid/mountinfo" >"$T/$word"
		umount "$ROOTFS/late"
		stop
	done
	umount "$T/host"
	[ -s "$T/slave" ]
	[ ! -s "$T/private" ]
}

# crun 1.8.1 fails this: it takes it for rprivate.
@test "an unknown rootfsPropagation is refused [LinuxRootfsPropagationKnown ValidValues]" {
	refused '.linux.rootfsPropagation = "viral"'
	says viral
}

@test "--no-pivot gives the same root [CliNoPivot]" {
	sh_bundle "touch /proof; $look"
	run rt run --no-pivot --bundle "$BUNDLE" "$BOX" </dev/null
	ok
	[ -e "$ROOTFS/proof" ]
}
