#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `plan`: what would be done, in the order it would be done, and nothing of it done.  No peer has it.

load inside

as_nobody() { env -i setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

@test "plan prints what it has to print, on every machine [CliPlanGolden]" {
	run "$BATS_TEST_DIRNAME/../golden/check" "$(command -v "$RUNTIME")"
	ok
}

@test "an ordinary user gets the plan of a machine as described, and of this one [CliPlanPure]" {
	bundle
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$T"
	chmod -R go+rX "$BUNDLE"
	cp "$(command -v "$RUNTIME")" "$T/runtime"
	as_nobody "$T/runtime" plan --host hybrid "$BUNDLE/" "$BOX" >"$T/nobody"
	"$RUNTIME" plan --host hybrid "$BUNDLE/" "$BOX" >"$T/root"
	cmp "$T/nobody" "$T/root"
	configure 'del(.linux.resources)'
	chmod go+r "$BUNDLE/config.json"
	as_nobody "$T/runtime" plan "$BUNDLE/" "$BOX" >"$T/nobody"
	grep -q '^init:' "$T/nobody"
}

@test "plan makes, mounts, starts and signals nothing [CliPlanPure]" {
	bundle '.hooks.createRuntime = [{path: "/bin/false"}]'
	local calls=mkdir,mkdirat,mknodat,unlink,unlinkat,rename,renameat2,mount,move_mount,mount_setattr,pivot_root
	calls+=,clone,clone3,fork,vfork,unshare,setns,kill,pidfd_send_signal,socket,connect,symlinkat,fchmodat,fchownat,memfd_create
	strace -f -o "$T/calls" -e "trace=$calls,openat,write,pwrite64" "$RUNTIME" --root "$T/none" plan "$BUNDLE/" >"$T/out"
	[ -s "$T/calls" ]
	# To its own output it writes, procfs may be a private one that is never mounted, and it asks what the kernel has.
	run ! grep -vE '^[0-9]+ +(write\(1,|mount_setattr\(-1,|openat\(.*O_RDONLY|openat\(.*O_PATH|(\+|-))' "$T/calls"
	[ ! -e "$T/none" ]
	grep -q 'createRuntime' "$T/out"
}

# The parent's half of a plan is told, not taken from what create does: here they are compared.
@test "create writes to the cgroups what plan says, in that order [CliPlan]" {
	bundle '.linux.resources = {memory: {limit: 67108864, swap: 67108864}, cpu: {shares: 512}, pids: {limit: 20},
		devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}]}'
	rt plan --format json "$BUNDLE/" "$BOX" |
		jq -r '.operations[].does | capture("^writing \"(?<value>.*)\" to \"(?<file>/.*)\"$") | "\(.file) \(.value)"' >"$T/planned"
	local least=5 # on v2 the devices are a program, and memory.swap.max may be away
	is_v1 || least=2
	[ "$(wc -l <"$T/planned")" -gt $least ]
	RT_TEST=$TAG strace -y -s 200 -o "$T/calls" -e trace=write,pwrite64 "$RUNTIME" "${DRIVER[@]}" --root "$STATE" \
		create --bundle "$BUNDLE" "$BOX" >/dev/null 2>&1 </dev/null
	rt delete --force "$BOX"
	# Of a value that the kernel took at the second try only the last is meant.
	sed -nE 's,^p?write(64)?\([0-9]+<(/sys/fs/cgroup/[^>]*)>\, "([^"]*)"\, .* = [0-9]+$,\2 \3,p' "$T/calls" |
		grep -vE '/(cgroup.subtree_control|cpuset.(cpus|mems)) ' >"$T/written"
	diff -u "$T/planned" "$T/written"
}

@test "every pointer of a plan leads to something in config.json [CliPlan]" {
	local golden=$BATS_TEST_DIRNAME/../golden name pointer
	for name in spec docker hooks; do
		"$RUNTIME" plan --host v1 --format json "$golden/$name" box >"$T/plan"
		[ "$(jq '[.operations[] | select(.pointer)] | length' "$T/plan")" -gt 10 ]
		for pointer in $(jq -r '.operations[].pointer // empty' "$T/plan" | sort -u); do
			case $pointer in
			# What happens when these are absent comes from there too.
			/linux/cgroupsPath | /linux/rootfsPropagation | /process/user/additionalGids | /process/capabilities) continue ;;
			esac
			jq -e --arg p "$pointer" '($p | ltrimstr("/") | split("/") | map(tonumber? // .)) as $path | getpath($path) != null' \
				"$golden/$name/config.json" >/dev/null || { echo "$name: $pointer" >&2; return 1; }
		done
	done
}

@test "the options of create that change the plan change it [CliPlan]" {
	bundle
	run -0 rt plan "$BUNDLE/" "$BOX"
	says 'by pivot_root'
	says 'session keyring "_ses'
	says 'from 3'
	line start:
	line delete:
	run -0 rt plan --no-pivot --no-new-keyring --preserve-fds 2 --run "$BUNDLE/" "$BOX"
	says 'by chroot'
	lacks keyring
	says 'from 5'
	line run:
	lacks start:
	lacks delete:
	cd "$BUNDLE"
	run -0 rt plan
	cd /
	says '_ses.bundle'
}

@test "plan refuses what create refuses, with the same words [CliPlan]" {
	bundle '.process.cwd = "tmp"'
	run ! rt create --bundle "$BUNDLE" "$BOX"
	local why=${output#*create: }
	run ! rt plan "$BUNDLE/" "$BOX"
	[ "${output#*plan: }" = "$why" ]
	bundle '.process.cwd = "/"' '.linux.resources.unified = {"memory.high": "1"}'
	run ! rt plan --host v1 "$BUNDLE/" "$BOX"
	says /linux/resources/unified
	run -0 rt plan --host v2 "$BUNDLE/" "$BOX"
}

@test "an unknown host or format is an error that names those there are [CliPlan CliUnknown]" {
	bundle
	run ! rt plan --host v3 "$BUNDLE/"
	says v3
	says hybrid
	run ! rt plan --format yaml "$BUNDLE/"
	says yaml
	says json
	run ! rt plan "$BUNDLE/" ../x
	run ! rt plan "$T/none/"
}
