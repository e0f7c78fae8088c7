#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# config.md "POSIX-platform Hooks", runtime.md "Lifecycle": where each hook runs, what it is told, and
# what its failure does.

load inside

KINDS='prestart createRuntime createContainer startContainer poststart poststop'
host_ns() { readlink "/proc/self/ns/$1"; }
# facts KIND [SCRIPT]: a hook that keeps its stdin in $T/KIND.json and says in $T/KIND.ns where it is.
# startContainer sees the container's files alone: there it is /KIND.json.
facts() {
	local to=$T/$1
	[ "$1" != startContainer ] || to=/$1
	hook "$1" "cat >$to.json; { for n in mnt net pid uts; do readlink /proc/self/ns/\$n; done; pwd; } >$to.ns; ${2-}"
}
of() { # KIND SUFFIX: where facts are found afterwards
	if [ "$1" = startContainer ]; then echo "$ROOTFS/$1.$2"; else echo "$T/$1.$2"; fi
}
all_facts() {
	local kind
	edits=()
	for kind in $KINDS; do
		edits+=("$(facts "$kind")")
	done
}
# is_over PID: there is no such process, or it waits to be reaped by whoever has inherited it.
is_over() { ! grep -qs '^State:.[^Z]' "/proc/$1/status"; }
# It reads its stdin: crun 1.8.1 dies of SIGPIPE otherwise.
log_hook() { hook "$1" "cat >/dev/null; echo $1${2-} >>$T/log; ${3-}"; }

# runc 1.1.5 fails this: poststart is called in create.
@test "the six kinds are called once each, in the order of the life [PrestartHooksInvoke StartContainerHooksInvoke PoststartHooksInvoke PoststopHooksInvoke PrestartTiming StartContainerTiming]" {
	bundle '.process.args = ["/bin/sh", "-c", "echo program >>/log"]' "$(log_hook poststop)" "$(log_hook prestart)" \
		"$(log_hook createRuntime)" "$(log_hook createContainer)" "$(log_hook poststart)" "$(hook startContainer 'cat >/dev/null; echo startContainer >>/log')"
	create
	[ "$(paste -sd' ' "$T/log")" = 'prestart createRuntime createContainer' ]
	[ ! -e "$ROOTFS/log" ]
	rt start "$BOX"
	wait_for "$BOX" stopped
	[ "$(paste -sd' ' "$T/log")" = 'prestart createRuntime createContainer poststart' ]
	[ "$(paste -sd' ' "$ROOTFS/log")" = 'startContainer program' ]
	rt delete "$BOX"
	[ "$(paste -sd' ' "$T/log")" = 'prestart createRuntime createContainer poststart poststop' ]
}

@test "hooks of one kind are called in the order of the list [PosixHooksCalledInOrder]" {
	inside true "$(log_hook prestart 1)" "$(log_hook prestart 2)" "$(log_hook createRuntime 1)" "$(log_hook createRuntime 2)" \
		"$(log_hook poststop 1)" "$(log_hook poststop 2)"
	ok
	[ "$(paste -sd' ' "$T/log")" = 'prestart1 prestart2 createRuntime1 createRuntime2 poststop1 poststop2' ]
}

@test "prestart and createRuntime come when the namespaces are made and the root is not yet pivoted [PrestartTiming CreateRuntimeTiming]" {
	requires root # to look behind /proc/PID/root
	local kind pid='pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p")'
	for kind in prestart createRuntime; do
		inside true "$(hook $kind "$pid; for n in mnt net pid uts; do readlink /proc/\$pid/ns/\$n; done >$T/ns; ls /proc/\$pid/root$T >$T/root")"
		ok
		[ "$(wc -l <"$T/ns")" = 4 ]
		for n in mnt net uts; do
			run ! grep -qxF "$(host_ns $n)" "$T/ns"
		done
		grep -qx bundle "$T/root"
	done
}

@test "poststop comes when the container is gone, and delete waits for it [PoststopTiming]" {
	local pid
	sleeper "$(hook poststop "cat >/dev/null; [ -d $(cgroup_dir pids) ] || echo no cgroup >>$T/log; sleep 0.3; echo done >>$T/log")"
	create
	pid=$(pid_of "$BOX")
	rt start "$BOX"
	rt kill "$BOX" KILL
	wait_for "$BOX" stopped
	[ ! -e "$T/log" ]
	rt delete "$BOX"
	is_over "$pid"
	[ "$(paste -sd, "$T/log")" = 'no cgroup,done' ]
}

@test "each hook has the state on its stdin [PosixHooksStateToStdin]" {
	all_facts
	sleeper "${edits[@]}" '.annotations = {"org.example.k": "v"}'
	create
	rt start "$BOX"
	stop
	for kind in $KINDS; do
		jq -e --arg id "$BOX" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and (.ociVersion | test("^1\\.[0-9]"))
			and .annotations["org.example.k"] == "v"' "$(of "$kind" json)" >/dev/null || { echo "$kind: $(cat "$(of "$kind" json)")" >&2; return 1; }
	done
}

# runc 1.1.5 fails this: created for poststart.  crun 1.8.1: created for prestart and the like, starting for startContainer.
@test "the status a hook is told is the one of the moment [PosixHooksStateStatus]" {
	all_facts
	sleeper "${edits[@]}"
	create
	rt start "$BOX"
	stop
	for want in prestart:creating createRuntime:creating createContainer:creating startContainer:created poststart:running poststop:stopped; do
		[ "$(jq -r .status "$(of "${want%:*}" json)")" = "${want#*:}" ] || { echo "$want: $(cat "$(of "${want%:*}" json)")" >&2; return 1; }
	done
}

# crun 1.8.1 fails this: 0 in createContainer and startContainer.
@test "the pid a hook is told is the container's as the hook sees it [PosixHooksStatePid]" {
	all_facts
	sleeper "${edits[@]}"
	create
	local pid
	pid=$(pid_of "$BOX")
	rt start "$BOX"
	stop
	for want in prestart:$pid createRuntime:$pid createContainer:1 startContainer:1 poststart:$pid; do
		[ "$(jq .pid "$(of "${want%:*}" json)")" = "${want#*:}" ] || { echo "$want: $(cat "$(of "${want%:*}" json)")" >&2; return 1; }
	done
}

@test "each hook is in the namespaces of the runtime or of the container, as the spec says [PosixHooksNamespaces]" {
	all_facts
	sleeper "${edits[@]}"
	create
	rt start "$BOX"
	local pid inside_net
	pid=$(pid_of "$BOX")
	inside_net=$(readlink "/proc/$pid/ns/net")
	stop
	for kind in prestart createRuntime poststart poststop; do
		[ "$(head -n 4 "$(of $kind ns)" | paste -sd' ')" = "$(for n in mnt net pid uts; do host_ns $n; done | paste -sd' ')" ] || { echo "$kind" >&2; return 1; }
	done
	for kind in createContainer startContainer; do
		grep -qxF "$inside_net" "$(of $kind ns)" || { echo "$kind" >&2; return 1; }
		run ! grep -qxF "$(host_ns mnt)" "$(of $kind ns)"
	done
}

@test "createContainer finds its program on the host, startContainer in the container [PosixHooksPath]" {
	printf '#!/bin/sh\necho host >%s/proof\n' "$T" >"$T/program"
	chmod 755 "$T/program"
	sh_bundle true ".hooks.createContainer = [{path: \"$T/program\"}]" '.hooks.startContainer = [{path: "/in/program"}]'
	mkdir "$ROOTFS/in"
	printf '#!/bin/sh\necho inside >/proof\n' >"$ROOTFS/in/program"
	chmod 755 "$ROOTFS/in/program"
	run_box
	ok
	[ "$(cat "$T/proof")" = host ]
	[ "$(cat "$ROOTFS/proof")" = inside ]
}

@test "createContainer sees the container's mounts not yet pivoted, and can add one [CreateContainerTiming]" {
	inside 'grep " /added " /proc/self/mountinfo; cat /added/file' "$(hook createContainer 'm=$(sed -n "s/.*\"bundle\": *\"\([^\"]*\)\".*/\1/p"); mkdir -p $m/rootfs/added && mount -t tmpfs added $m/rootfs/added && echo from hook >$m/rootfs/added/file')"
	ok
	line 'from hook'
}

@test "args are the whole argv, the name included [PosixHooksArgs]" {
	inside true ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"another name\", \"-c\", \"echo \$0,\$1 >$T/args\", \"zero\", \"one\"]}]"
	ok
	[ "$(cat "$T/args")" = zero,one ]
}

@test "env is the whole environment of a hook [PosixHooksEnv]" {
	SECRET=x inside true ".hooks.createRuntime = [{path: \"/usr/bin/env\", args: [\"env\", \"-u\", \"PWD\", \"sh\", \"-c\", \"tr '\\\\0' '\\\\n' </proc/self/environ >$T/env\"], env: [\"PATH=/usr/bin:/bin\", \"A=1\", \"B=two words\"]}]"
	ok
	run cat "$T/env"
	line A=1
	line 'B=two words'
	lacks SECRET
	lacks RT_TEST
}

# runc 1.1.5 fails this: createContainer gets the sockets of the init stage.
@test "a hook has no descriptors but 0, 1 and 2 [OnlyAskedDescriptors]" {
	for kind in createRuntime createContainer poststop; do
		inside true "$(hook $kind "ls -l /proc/self/fd | grep -o '[0-9]* -> .*' | grep -v '/proc/' >$T/fds")"
		ok
		run cut -d' ' -f1 "$T/fds"
		[ "$(sort -n <<<"$output" | paste -sd' ')" = '0 1 2' ] || { echo "$kind: $(cat "$T/fds")" >&2; return 1; }
	done
}

@test "a hook that fails before the start ends the create, runs poststop and leaves nothing [PrestartHookFailGenError]" {
	for kind in prestart createRuntime createContainer; do
		rm -f "$T/log"
		refused "$(hook $kind 'cat >/dev/null; echo the reason >&2; exit 3')" "$(log_hook poststop)"
		says 3
		says "$kind"
		says 'the reason'
		[ "$(cat "$T/log")" = poststop ] || { echo "$kind: no poststop" >&2; return 1; }
	done
}

@test "after a hook that fails the rest of its kind is not called [PrestartHookFailGenError]" {
	refused "$(log_hook createRuntime 1 'exit 1')" "$(log_hook createRuntime 2)"
	[ "$(cat "$T/log")" = createRuntime1 ]
}

# runc 1.1.5 and crun 1.8.1 fail this: start ends with 0.
# runc 1.1.5 and crun 1.8.1 fail this: start ends with 0, the container stays, and poststop waits for delete.
@test "a startContainer hook that fails keeps the program from running, and the container is destroyed [StartContainerHookFailGenError]" {
	sh_bundle 'touch /ran' "$(hook startContainer 'cat >/dev/null; exit 3')" "$(log_hook poststop)"
	create
	run ! rt start "$BOX"
	says startContainer
	[ ! -e "$ROOTFS/ran" ]
	[ "$(cat "$T/log")" = poststop ]
	[ ! -e "$STATE/$BOX" ]
	run ! rt state "$BOX"
	rt delete --force "$BOX"
	[ "$(cat "$T/log")" = poststop ]
}

# runc 1.1.5 fails this: it calls it in create.
@test "a poststart hook that fails stops the container and is an error [PoststartHookFailGenError]" {
	sleeper "$(hook poststart 'cat >/dev/null; exit 3')" "$(log_hook poststop)"
	create
	pid=$(pid_of "$BOX")
	run ! rt start "$BOX"
	says poststart
	eventually is_over "$pid"
	[ "$(cat "$T/log")" = poststop ]
	rt delete --force "$BOX"
	[ "$(cat "$T/log")" = poststop ]
}

# runc 1.1.5 fails this: the second is not called.
@test "a poststop hook that fails is a warning, and the rest is called [PoststopHookFailGenWarn]" {
	bundle "$(log_hook poststop 1 'exit 3')" "$(log_hook poststop 2)"
	create
	rt start "$BOX"
	wait_for "$BOX" stopped
	run -0 rt delete "$BOX"
	[ "$(paste -sd' ' "$T/log")" = 'poststop1 poststop2' ]
	run ! rt state "$BOX"
}

# runc 1.1.5 fails this: it calls it in create.
@test "poststart comes after the program is executed [PoststartTiming]" {
	sleeper "$(hook poststart "pid=\$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p'); readlink /proc/\$pid/exe >$T/exe")"
	create
	rt start "$BOX"
	stop
	[[ $(cat "$T/exe") == */bin/busybox ]]
}

# runc 1.1.5 fails this: it waits for the grandchild.  crun 1.8.1: what the hook started stays.
@test "a hook that takes longer than its timeout is killed with all it started [PosixHooksTimeoutKills]" {
	local before=$SECONDS
	refused "$(hook createRuntime 'cat >/dev/null; sleep 1000 & sleep 1000' '{timeout: 1}')"
	((SECONDS - before < PATIENCE))
	says createRuntime
}

# runc 1.1.5 and crun 1.8.1 fail this: they wait for the pipe that the child holds.
@test "a hook's child that stays behind does not hold the runtime up [PosixHooksTimeoutKills]" {
	local before=$SECONDS
	inside true "$(hook createRuntime "cat >/dev/null; sleep 1000 & echo \$! >$T/child")"
	ok
	((SECONDS - before < PATIENCE))
	kill "$(cat "$T/child")"
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a relative path and a timeout that is not positive are refused [PosixHooksPathAbs PosixHooksTimeoutPositive]" {
	refused '.hooks.createRuntime = [{path: "bin/sh"}]'
	says /hooks/createRuntime/0/path
	for timeout in 0 -1; do
		refused "$(hook poststop true "{timeout: $timeout}")"
		says /hooks/poststop/0/timeout
	done
}

@test "a hook that is not there is named [PrestartHookFailGenError]" {
	refused '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	says /no/such/hook
}

@test "a hook that reads nothing or says much does not hang" {
	inside true "$(hook createRuntime 'head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2')"
	ok
}

# annotated NAME VALUE
annotated() { echo ".annotations[\"run.oci.hooks.$1\"] = \"$2\""; }

# runc 1.1.5 fails this: it does not know the annotations.
@test "what hooks outside of the container print is added to the files of the annotations [AnnotationHooksOutput]" {
	echo before >"$T/stdout"
	bundle "$(annotated stdout "$T/stdout")" "$(annotated stderr "$T/stderr")" "$(hook createRuntime 'echo one; echo two >&2')" \
		"$(hook poststop 'echo three; echo four >&2')"
	create
	rt delete --force "$BOX"
	[ "$(paste -sd' ' "$T/stdout")" = 'before one three' ]
	[ "$(paste -sd' ' "$T/stderr")" = 'two four' ]
	[ "$(stat -c %a "$T/stderr")" = 600 ]
}

# runc 1.1.5 fails this: it does not know the annotations.
@test "a failed hook is told with what did not go to a file [AnnotationHooksOutput ErrorsHook]" {
	refused "$(annotated stdout "$T/stdout")" "$(hook createRuntime 'echo out; echo err >&2; exit 3')"
	says 'createRuntime[0] "/bin/sh": exited with 3: err'
	[ "$(cat "$T/stdout")" = out ]
}

# runc 1.1.5 fails this: it does not know the annotations.
@test "a file for the output of hooks that cannot be opened is an error, for poststop a warning [AnnotationHooksOutput]" {
	refused "$(annotated stdout "$T/no/file")" "$(hook createRuntime true)"
	says run.oci.hooks.stdout
	says "$T/no/file"
	bundle "$(annotated stderr "$T/no/file")" "$(hook poststop "touch $T/ran")"
	create
	run -0 rt delete --force "$BOX"
	says run.oci.hooks.stderr
	[ -e "$T/ran" ]
}

# runc 1.1.5 fails this: it does not know the annotations.  crun 1.8.1 hangs.
@test "a pipe for the output of hooks that nobody reads is an error, for poststop a warning, and holds nobody up [AnnotationHooksOutput]" {
	local accepted=0
	mkfifo "$T/pipe"
	bundle "$(annotated stdout "$T/pipe")" "$(hook createRuntime true)"
	timeout -k 1 "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" create --bundle "$BUNDLE" "$BOX" >"$T/err" 2>&1 </dev/null || accepted=$?
	[ "$accepted" = 1 ]
	output=$(<"$T/err")
	says run.oci.hooks.stdout
	says 'a pipe that nobody reads'
	bundle "$(annotated stderr "$T/pipe")" "$(hook poststop "touch $T/ran")"
	create
	run -0 timeout -k 1 "$PATIENCE" "$RUNTIME" "${DRIVER[@]}" --root "$STATE" delete --force "$BOX"
	says 'a pipe that nobody reads'
	[ -e "$T/ran" ]
	bundle "$(annotated stdout "$T/pipe")" "$(hook createRuntime 'echo words')"
	timeout "$PATIENCE" cat "$T/pipe" >"$T/read" 3>&- &
	eventually create
	rt delete --force "$BOX"
	wait $!
	[ "$(cat "$T/read")" = words ]
}

# runc 1.1.5 fails this: it does not know the annotations.
@test "a hook that writes more than its pipe takes waits for the reader [AnnotationHooksOutput]" {
	local flags
	mkfifo "$T/pipe"
	bundle "$(annotated stdout "$T/pipe")" "$(hook createRuntime "cat /proc/self/fdinfo/4 4>&1 >$T/about; head -c 300000 /dev/zero")"
	exec 5<>"$T/pipe"
	timeout "$PATIENCE" head -c 300000 <&5 >"$T/read" 3>&- &
	create
	rt delete --force "$BOX"
	wait $!
	exec 5>&-
	[ "$(wc -c <"$T/read")" = 300000 ]
	flags=$(sed -n 's/^flags:[[:space:]]*//p' "$T/about")
	[ -n "$flags" ]
	[ $((flags & 04000)) = 0 ]
}

# runc 1.1.5 and crun 1.8.1 fail this.
@test "a relative path in an annotation is refused [AnnotationHooksOutput AnnotationPidfdReceiver]" {
	local name
	for name in hooks.stdout hooks.stderr pidfd_receiver; do
		refused ".annotations[\"run.oci.$name\"] = \"a/file\""
		says "/annotations/run.oci.$name"
	done
}
