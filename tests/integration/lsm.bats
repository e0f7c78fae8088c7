# SPDX-License-Identifier: Apache-2.0
#
# process.apparmorProfile, process.selinuxLabel, linux.mountLabel.  The machine of most runs has no security module
# that takes labels: there they have to be refused.
load inside

apparmor_is_on() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }
selinux_is_on() { grep -q selinuxfs /proc/filesystems; }
with_apparmor() { apparmor_is_on && command -v apparmor_parser >/dev/null || skip "needs AppArmor"; }
with_selinux() { selinux_is_on || skip "needs SELinux"; }
readonly LABEL=unconfined_u:unconfined_r:unconfined_t:s0-s0:c0,c3 CONTENT=system_u:object_r:tmp_t:s0:c1,c2

# profile NAME RULE...: loads it.
profile() {
	printf '%s\n' "profile $1 flags=(attach_disconnected,mediate_deleted) {" "${@:2}" "}" >"$T/profile"
	apparmor_parser --replace --skip-cache "$T/profile"
}
teardown() {
	[ ! -e "$T/profile" ] || apparmor_parser --remove "$T/profile" || true
	end_test
}

@test "an AppArmor profile without AppArmor is refused before anything is made [LinuxProcApparmorOff]" {
	! apparmor_is_on || skip "needs a machine without AppArmor"
	refused '.process.apparmorProfile = "box"' "$(hook createRuntime "touch $T/made")"
	says '/process/apparmorProfile: asks for AppArmor, which is off on this machine'
	[ ! -e "$T/made" ]
}

@test "exec with a profile names it where there is no AppArmor [LinuxProcApparmorOff]" {
	! apparmor_is_on || skip "needs a machine without AppArmor"
	start_box
	run -255 rt exec --apparmor box "$BOX" true
	says 'exec: /process/apparmorProfile: asks for AppArmor, which is off on this machine'
	stop
}

@test "no profile and \"unconfined\" need no AppArmor [LinuxProcApparmorOff]" {
	inside 'echo here' '.process.apparmorProfile = ""'
	ok
	line here
	inside 'echo here' '.process.apparmorProfile = "unconfined"'
	ok
	line here
}

# runc 1.1.5 fails this for mountLabel, crun 1.8.1 for both: they go on without a word.
@test "SELinux labels without SELinux are refused before anything is made [LinuxProcSelinuxOff LinuxMountLabelOff]" {
	! selinux_is_on || skip "needs a machine without SELinux"
	refused ".process.selinuxLabel = \"$LABEL\"" "$(hook createRuntime "touch $T/made")"
	says '/process/selinuxLabel: asks for SELinux, which is off on this machine'
	refused ".linux.mountLabel = \"$CONTENT\"" "$(hook createRuntime "touch $T/made")"
	says '/linux/mountLabel: asks for SELinux, which is off on this machine'
	[ ! -e "$T/made" ]
}

@test "empty labels ask for nothing [LinuxProcSelinuxOff LinuxMountLabelOff]" {
	inside 'echo here' '.process.selinuxLabel = "" | .linux.mountLabel = ""'
	ok
	line here
}

@test "the program is confined by its AppArmor profile, and execs as well [LinuxProcApparmorProfile]" {
	with_apparmor
	profile rt-test file, capability, network, signal, unix, 'deny /secret rw,'
	local look='cat /proc/self/attr/apparmor/current /proc/self/attr/current 2>&-; cat /secret || echo denied'
	inside "echo x >/secret; $look" '.process.apparmorProfile = "rt-test"'
	ok
	says 'rt-test (enforce)'
	line denied
	start_box '.process.apparmorProfile = "rt-test"'
	run rt exec "$BOX" sh -c "$look"
	ok
	says 'rt-test (enforce)'
	line denied
	stop
}

@test "hooks that run in the container are not the program [LinuxProcApparmorProfile]" {
	with_apparmor
	profile rt-test file, capability, network, signal, unix,
	local look='cat /proc/self/attr/current'
	inside "$look" '.process.apparmorProfile = "rt-test"' "$(hook startContainer "$look >/hook")" \
		"$(hook createContainer "$look >$T/early")"
	ok
	says 'rt-test (enforce)'
	grep -q unconfined "$ROOTFS/hook" "$T/early"
}

@test "an AppArmor profile that is not loaded means no container [LinuxProcApparmorProfile]" {
	with_apparmor
	refused '.process.apparmorProfile = "rt-test-nowhere"'
	says 'confining by AppArmor profile "rt-test-nowhere"'
	says 'the AppArmor profile is not loaded'
}

@test "the program has its SELinux label, and its session keyring too [LinuxProcSelinuxLabel]" {
	with_selinux
	inside 'tr "\0" "\n" </proc/self/attr/current; cat /proc/keys' ".process.selinuxLabel = \"$LABEL\""
	ok
	line "$LABEL"
}

@test "exec --process-label is the label of what is started [LinuxProcSelinuxLabel]" {
	with_selinux
	start_box
	run rt exec --process-label "$LABEL" "$BOX" sh -c 'tr -d "\0" </proc/self/attr/current'
	ok
	[ "$output" = "$LABEL" ]
	run rt exec "$BOX" sh -c 'tr -d "\0" </proc/self/attr/current'
	ok
	lacks "$LABEL"
	run rt exec --process-label no:such:label:s0 "$BOX" true
	[ "$status" = 255 ]
	says 'the policy of this machine has no such label'
	stop
}

@test "a SELinux label that the policy does not know means no container [LinuxProcSelinuxLabel]" {
	with_selinux
	refused '.process.selinuxLabel = "no:such:label:s0"'
	says 'no:such:label:s0'
	says 'the policy of this machine has no such label'
}

@test "mounts that take a context have mountLabel, others none [LinuxMountLabel]" {
	with_selinux
	inside 'cat /proc/self/mountinfo' ".linux.mountLabel = \"$CONTENT\"" \
		'.mounts += [{destination: "/fresh", type: "tmpfs", source: "tmpfs", options: ["size=64k"]},
		{destination: "/own", type: "tmpfs", source: "tmpfs", options: ["context=system_u:object_r:tmp_t:s0"]}]'
	ok
	grep ' /fresh .*context="\?system_u:object_r:tmp_t:s0:c1,c2' <<<"$output"
	grep ' /own .*context="\?system_u:object_r:tmp_t:s0' <<<"$output"
	local mounts=$output
	run ! grep ' /own .*c1,c2' <<<"$mounts"
	run ! grep ' /proc .*context=' <<<"$mounts"
}

# runc 1.1.5 fails this: it labels them when they are read-only already.
@test "the queues of the container have mountLabel, though their file system takes no context [LinuxMountLabel]" {
	with_selinux
	local queues='.linux.namespaces |= map(select(.type != "ipc")) + [{type: "ipc"}] |
		.mounts |= map(select(.type != "mqueue")) + [{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["ro"]}]'
	start_box "$queues"
	run stat -c %C "/proc/$(pid_of "$BOX")/root/dev/mqueue"
	ok
	lacks c1,c2
	stop
	start_box "$queues" ".linux.mountLabel = \"$CONTENT\""
	run stat -c %C "/proc/$(pid_of "$BOX")/root/dev/mqueue"
	line "$CONTENT"
	run ! rt exec "$BOX" touch /dev/mqueue/q
	stop
}
