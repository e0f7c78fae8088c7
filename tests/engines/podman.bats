# SPDX-License-Identifier: Apache-2.0
#
# podman 4.3 and buildah with our runtime.
load helpers

setup_file() {
	begin_engine podman
	export CONTAINERS_CONF=$E/containers.conf CONTAINERS_STORAGE_CONF=$E/storage.conf CONTAINERS_REGISTRIES_CONF=$E/registries.conf
	export TMPDIR=$E/tmp
	mkdir -p "$TMPDIR"
	cat >"$CONTAINERS_CONF" <<-END
		[containers]
		cgroups = "enabled"
		log_driver = "k8s-file"
		default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
		[engine]
		runtime = "runtime"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime_supports_json = ["runtime"]
		infra_image = "pause:1"
		[engine.runtimes]
		runtime = ["$RUNTIME"]
		[network]
		network_backend = "cni"
	END
	printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/graph"\n' "$E" "$E" >"$CONTAINERS_STORAGE_CONF"
	: >"$CONTAINERS_REGISTRIES_CONF"
	printf '{"default": [{"type": "insecureAcceptAnything"}]}' >"$E/policy.json"
	mkdir -p /etc/containers
	podman load --signature-policy "$E/policy.json" -i "$SUITE/box.tar"
	podman load --signature-policy "$E/policy.json" -i "$SUITE/pause.tar"
}
teardown_file() {
	podman pod rm -af >/dev/null 2>&1 || true
	podman rm -af -t 0 >/dev/null 2>&1 || true
	no_pod_cgroups
	end_engine
}
teardown() {
	podman pod rm -af >/dev/null 2>&1 || true
	podman rm -af -t 0 >/dev/null 2>&1 || true
}
p() { podman run --rm --cgroup-parent "/$TAG" "$@" </dev/null; }
field() { podman inspect --format "$1" "$2"; }

counts_on() { [ "$(podman logs "$1" | tail -n 1)" -gt "$2" ]; }

@test "images that layerctl committed are loaded and run" {
	committed "docker-archive:$E/docker.tar:committed:1"
	committed "oci-archive:$E/oci.tar:localhost/committed:2"
	podman load --signature-policy "$E/policy.json" -i "$E/docker.tar"
	podman load --signature-policy "$E/policy.json" -i "$E/oci.tar"
	local tag
	for tag in 1 2; do
		run p "committed:$tag" sh -c "$asks_committed"
		ok
		[ "$output" = "$said_committed" ]
	done
}

@test "container checkpoint, restore, and restore of an export under another name" {
	criu check >/dev/null 2>&1 || skip "needs a criu that works on this kernel"
	podman run -d --name c1 box:1 sh -c 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done'
	eventually counts_on c1 10
	podman container checkpoint c1
	local before
	before=$(podman logs c1 | tail -n 1)
	podman container restore c1
	eventually counts_on c1 "$before"
	[ "$(podman logs c1 | grep -cx 1)" = 1 ]
	podman container checkpoint --export "$E/c1.tar" c1
	podman rm -f c1
	podman container restore --import "$E/c1.tar" --name c2
	eventually counts_on c2 "$before"
	podman exec c2 true
}

@test "podman info names our runtime" {
	run podman info --format '{{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
	ok
	says "$RUNTIME"
	says 'spec: 1.3.0'
}

@test "run gives output, exit code, and errors with podman's own codes" {
	run p box:1 echo hello
	ok
	says hello
	run p box:1 sh -c 'exit 7'
	[ "$status" = 7 ]
	run -127 p box:1 no-such-program
	says 'executable file not found'
	run -127 p box:1 /no/such/program
	run -126 p box:1 /etc
}

@test "run -it, exec -it, exec" {
	run on_terminal "podman run --rm --cgroup-parent /$TAG -it box:1 tty"
	ok
	says /dev/pts/0
	podman run -d --cgroup-parent "/$TAG" --name c1 box:1 sleep 1000
	run on_terminal "podman exec -it c1 tty"
	ok
	says /dev/pts/0
	run podman exec -u 1000 -e A=b -w /tmp c1 sh -c 'echo $(id -u) $A $(pwd); exit 4'
	[ "$status" = 4 ]
	says '1000 b /tmp'
	run -127 podman exec c1 no-such-program
}

@test "stop, kill, logs, top, pause, stats, update, restart" {
	podman run -d --cgroup-parent "/$TAG" --name c1 box:1 sh -c 'trap "exit 9" TERM; echo started; touch /started; while :; do sleep 0.05; done'
	eventually grep_logs c1 started
	run podman top c1 pid args
	ok
	says started
	podman pause c1
	[ "$(field '{{.State.Status}}' c1)" = paused ]
	podman unpause c1
	[ "$(field '{{.State.Status}}' c1)" = running ]
	run podman stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemUsage}}' c1
	ok
	[[ $output =~ ^c1\ [1-9][0-9]*\ [0-9.]+k?M?B\ / ]]
	podman update --memory 64m --cpus 0.5 c1
	[ "$(limit_of c1 memory memory.limit_in_bytes)" = 67108864 ]
	[ "$(limit_of c1 cpu cpu.cfs_quota_us)" = 50000 ]
	eventually podman exec c1 rm /started
	podman restart -t 1 c1
	eventually podman exec c1 test -e /started
	podman stop -t 100 c1
	[ "$(podman wait c1)" = 9 ]
	podman start c1
	podman kill c1
	[ "$(podman wait c1)" = 137 ]
}
# limit_of CONTAINER CONTROLLER FILE
limit_of() { cat "/sys/fs/cgroup/$2/$TAG/libpod-$(field '{{.Id}}' "$1")/$3"; }
grep_logs() { podman logs "$1" 2>&1 | grep -q "$2"; }

@test "pods share namespaces" {
	podman pod create --name p1 --cgroup-parent "/$TAG" --network none --infra-image box:1 --infra-command 'sleep 1000'
	podman run -d --pod p1 --name web box:1 sh -c 'mkdir /w; echo page >/w/index.html; httpd -f -p 80 -h /w'
	eventually podman run --rm --pod p1 box:1 wget -qO- http://127.0.0.1/
	run podman run --rm --pod p1 box:1 wget -qO- http://127.0.0.1/
	ok
	says page
	podman pod pause p1
	[ "$(field '{{.State.Status}}' web)" = paused ]
	podman pod unpause p1
	run podman pod top p1 comm
	ok
	says httpd
	run podman pod stats --no-stream --format '{{.Name}}' p1
	ok
	says web
	podman pod stop -t 1 p1
	[ "$(field '{{.State.Status}}' web)" = exited ]
	podman pod start p1
	eventually podman run --rm --pod p1 box:1 wget -qO- http://127.0.0.1/
	podman pod rm -f p1
}

@test "a network with a published port, and containers that share one" {
	podman run -d --cgroup-parent "/$TAG" --name web --network podman -p 8082:80 box:1 sh -c 'mkdir /w; echo page >/w/index.html; httpd -f -p 80 -h /w'
	eventually curl -fsS http://127.0.0.1:8082/
	run curl -fsS http://127.0.0.1:8082/
	says page
	run p --network container:web box:1 wget -qO- http://127.0.0.1/
	ok
	says page
}

@test "play kube makes a pod from a manifest, generate kube a manifest from a pod" {
	cat >"$E/pod.yaml" <<-'END'
		apiVersion: v1
		kind: Pod
		metadata: {name: played}
		spec:
		  containers:
		    - name: web
		      image: localhost/box:1
		      command: ["/bin/sh", "-c", "mkdir /w; echo $WORD >/w/index.html; exec httpd -f -p 80 -h /w"]
		      env: [{name: WORD, value: played}]
		      resources: {limits: {memory: 64Mi}}
		    - name: side
		      image: localhost/box:1
		      command: ["/bin/sleep", "1000"]
	END
	podman play kube --network none "$E/pod.yaml"
	field '{{.Pod}}' played-web >>"$E/pods"
	eventually podman exec played-side wget -qO- http://127.0.0.1/
	run podman exec played-side wget -qO- http://127.0.0.1/
	ok
	says played
	podman generate kube played >"$E/generated.yaml"
	grep -q 'name: played' "$E/generated.yaml"
	podman play kube --down "$E/pod.yaml"
	podman play kube --network none "$E/generated.yaml"
	field '{{.Pod}}' played-played-web >>"$E/pods"
	eventually podman exec played-played-side wget -qO- http://127.0.0.1/
	podman play kube --down "$E/generated.yaml"
}

@test "a health check that passes and one that fails" {
	podman run -d --cgroup-parent "/$TAG" --name c1 --health-cmd 'test -e /tmp/well' --health-interval disable box:1 sh -c 'touch /tmp/well; sleep 1000'
	eventually podman healthcheck run c1
	[ "$(field '{{.State.Healthcheck.Status}}' c1)" = healthy ]
	podman exec c1 rm /tmp/well
	run -1 podman healthcheck run c1
}

@test "sd_notify: from conmon, from the container, and none" {
	cc -O1 -static -pthread -o "$E/probe" "$BATS_TEST_DIRNAME/../integration/probe.c"
	"$BATS_TEST_DIRNAME/notified" "$E/conmon" podman run -d --cgroup-parent "/$TAG" --name c1 --sdnotify=conmon box:1 sleep 1000
	grep -q READY=1 "$E/conmon"
	grep -q "MAINPID=$(field '{{.State.ConmonPid}}' c1)" "$E/conmon"
	"$BATS_TEST_DIRNAME/notified" "$E/container" podman run -d --cgroup-parent "/$TAG" --name c2 --sdnotify=container \
		-v "$E/probe:/bin/probe" box:1 sh -c 'probe notify "STATUS=from inside|READY=1"; sleep 1000'
	grep -q READY=1 "$E/container"
	run podman exec c2 sh -c 'tr "\0" "\n" </proc/1/environ'
	says NOTIFY_SOCKET=
	NOTIFY_SOCKET=/nowhere podman run -d --cgroup-parent "/$TAG" --name c3 --sdnotify=ignore box:1 sleep 1000
	run podman exec c3 sh -c 'tr "\0" "\n" </proc/1/environ'
	ok
	[[ $output != *NOTIFY_SOCKET* ]]
}

# Of a unit, the command line of a key: lines joined, specifiers in place.
command_of() { sed -e ':again' -e '/\\$/{N;s/\\\n//;b again' -e '}' <<<"$2" | sed -n "s,^$1=,,p" | sed "s,%t/%n,$E/unit,g; s,\${MAINPID},0,g"; }

@test "generate systemd: a unit whose command lines start and stop the container" {
	local unit
	podman create --cgroup-parent "/$TAG" --name c1 box:1 sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
	run podman generate systemd --name c1
	ok
	says 'ExecStart=/usr/bin/podman start c1'
	unit=$(podman generate systemd --new --name c1)
	podman rm c1
	"$BATS_TEST_DIRNAME/notified" "$E/unit" sh -c "$(command_of ExecStart "$unit")"
	[ "$(field '{{.State.Status}}' c1)" = running ]
	grep -q READY=1 "$E/unit"
	sh -c "$(command_of ExecStop "$unit")"
	sh -c "$(command_of ExecStopPost "$unit")"
	[ -z "$(podman ps -aq)" ]
}

@test "limits, users, volumes, secrets of run" {
	run p --memory 64m box:1 true
	ok
	run p --ulimit nofile=77:99 --ulimit nproc=4096:4096 box:1 sh -c 'ulimit -Sn; ulimit -Hn'
	ok
	says 77
	says 99
	run p --cap-drop all --cap-add chown box:1 grep CapEff /proc/self/status
	ok
	says 0000000000000001
	run p --uidmap 0:200000:1000 --gidmap 0:200000:1000 box:1 cat /proc/self/uid_map
	ok
	[ "$(tr -s ' ' <<<"$output")" = ' 0 200000 1000' ]
	run p --read-only --tmpfs /t box:1 sh -c 'touch /t/x && ! touch /y'
	ok
	run p --privileged box:1 ls /dev
	ok
	run p --tmpfs /t --volume "$E/tmp:/b:ro" box:1 sh -c 'touch /t/x && ! touch /b/x'
	ok
	run p --memory 32m --memory-swap 32m box:1 sh -c 'a=x; while :; do a=$a$a; done'
	[ "$status" = 137 ]
	run p --user 1000:1000 --sysctl net.ipv4.ip_forward=0 --hostname box box:1 sh -c 'id -u; hostname; cat /proc/sys/net/ipv4/ip_forward'
	ok
	[ "$output" = $'1000\nbox\n0' ]
}

@test "buildah builds with our runtime" {
	mkdir -p "$E/ctx"
	printf 'FROM box:1\nRUN echo built >/made && id -u >>/made\nCMD cat /made\n' >"$E/ctx/Dockerfile"
	buildah bud --runtime "$RUNTIME" --signature-policy "$E/policy.json" --isolation oci -t made:1 "$E/ctx"
	run p made:1
	ok
	says built
	says 0
}

# A pod's own cgroup is Podman's to remove; in the hierarchies "unified" and "systemd", of which it knows nothing, it
# stays when the container that came first goes first: with runc, too.
# Those of `play kube`, which takes no --cgroup-parent, are below libpod_parent.
no_pod_cgroups() {
	local pod
	find /sys/fs/cgroup/{unified,systemd}/"$TAG" -mindepth 1 -maxdepth 1 -regex ".*/[0-9a-f]*" -exec rmdir {} + 2>/dev/null || true
	while read -r pod; do
		find /sys/fs/cgroup -depth -type d -path "*/libpod_parent/$pod*" -exec rmdir {} + 2>/dev/null || true
	done < <(cat "$E/pods" 2>/dev/null)
	rmdir /sys/fs/cgroup/{,*/}libpod_parent 2>/dev/null || true
}
kube_cgroups() { find /sys/fs/cgroup -type d -path '*/libpod_parent/*' | grep -F -f "$E/pods"; }

@test "nothing of the containers is left" {
	[ -z "$(ls /run/runtime 2>/dev/null)" ]
	no_pod_cgroups
	no_cgroups
	[ -s "$E/pods" ]
	run ! kube_cgroups
}
