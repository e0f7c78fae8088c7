#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers that attack whoever enters them by exec.

load inside

# with_lurker: the bundle's /bin/lurker (lurker.c).
with_lurker() {
	mkdir -p "$BUNDLE"
	[ -d "$ROOTFS" ] || cp -a "$SUITE/rootfs" "$ROOTFS"
	[ -x "$SUITE/lurker" ] || cc -O1 -static -o "$SUITE/lurker" "$BATS_TEST_DIRNAME/lurker.c"
	cp "$SUITE/lurker" "$ROOTFS/bin/lurker"
}

# lurked RUNTIME [JQ-FILTER...]: what lurker got hold of while the runtime entered its container; $T/seen.
lurked() {
	local runtime=$1 seconds=${LURK_SECONDS:-3} end
	with_lurker
	sh_bundle "lurker $runtime $seconds >/seen" '.ociVersion = "1.0.2"' "${@:2}"
	"$runtime" --root "$STATE" run --detach --bundle "$BUNDLE" "$BOX" </dev/null >/dev/null 2>&1
	eventually grep -q ready "$ROOTFS/seen"
	end=$((SECONDS + seconds))
	while [ $SECONDS -lt $end ]; do
		timeout 10 "$runtime" --root "$STATE" exec "$BOX" /bin/true </dev/null >/dev/null 2>&1 || true
	done
	eventually grep -q ^seen "$ROOTFS/seen"
	"$runtime" --root "$STATE" delete --force "$BOX"
	sort "$ROOTFS/seen" | uniq -c >"$T/seen"
	cat "$T/seen"
	[ "$(sed -n 's/.*seen //p' "$T/seen")" -gt 0 ]
}
got_hold() { grep -qE ' (exe|caps|root|cwd|fd) ' "$T/seen"; }
tracer='.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'

@test "ST-02 a container that may trace gets hold of no process of exec before it is one of its own [ExecUnseen]" {
	lurked "$RUNTIME" "$tracer"
	run ! got_hold
}

@test "ST-02 nor where a seccomp filter has to be installed without no_new_privs [ExecUnseen]" {
	lurked "$RUNTIME" "$tracer" '.process.noNewPrivileges = false' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	run ! got_hold
}

@test "ST-02 control: with runc 1.1.5 and crun 1.8.1 it does" {
	requires peer:runc peer:crun
	local peer
	for peer in runc crun; do
		rm -rf "$BUNDLE"
		lurked "$(command -v $peer)" "$tracer"
		got_hold
	done
}
