# SPDX-License-Identifier: Apache-2.0
#
# dockerd 20.10 with our runtime as its default one.
load docker

setup_file() {
	begin_docker docker --live-restore --experimental
}
teardown_file() { end_docker; }
teardown() { no_containers; }

@test "docker info names our runtime, and its version" {
	run docker info
	ok
	says 'Default Runtime: ours'
}

@test "run gives output, exit code, and errors with Docker's own codes" {
	run d box:1 echo hello
	ok
	says hello
	run d box:1 sh -c 'exit 7'
	[ "$status" = 7 ]
	run d box:1 no-such-program
	[ "$status" = 127 ]
	says 'executable file not found in $PATH'
	run d box:1 /no/such/program
	[ "$status" = 127 ]
	run d box:1 /etc
	[ "$status" = 126 ]
}

@test "run -it and exec -it have terminals" {
	run on_terminal "docker run --rm -it box:1 sh -c 'tty; stty size'"
	ok
	says /dev/pts/0
	docker run -d --name c1 box:1 sleep 1000
	run on_terminal "docker exec -it c1 tty"
	ok
	says /dev/pts/0
}

@test "exec: output, exit code, user, environment, a missing program" {
	docker run -d --name c1 box:1 sleep 1000
	run docker exec -u 1000 -e A=b -w /tmp c1 sh -c 'echo $(id -u) $A $(pwd); exit 4'
	[ "$status" = 4 ]
	says '1000 b /tmp'
	run docker exec c1 no-such-program
	[ "$status" = 127 ] || [ "$status" = 126 ]
	echo typed | docker exec -i c1 cat | grep -qx typed
	run docker exec --privileged c1 grep CapEff /proc/self/status
	ok
}

@test "stop, kill, wait, restart, logs, top, cp" {
	docker run -d --name c1 box:1 sh -c 'trap "echo ended; exit 9" TERM; echo started; while :; do sleep 0.05; done'
	eventually grep_logs c1 started
	run docker top c1
	ok
	says started
	echo content >"$E/f"
	docker cp "$E/f" c1:/tmp/f
	run docker exec c1 cat /tmp/f
	says content
	docker cp c1:/etc/passwd "$E/passwd"
	grep -q root "$E/passwd"
	docker restart -t 100 c1
	eventually started_twice c1
	docker stop -t 100 c1
	[ "$(docker wait c1)" = 9 ]
	docker start c1
	docker kill c1
	[ "$(docker wait c1)" = 137 ]
}
started_twice() { [ "$(docker logs "$1" | grep -c started)" = 2 ]; }
grep_logs() { docker logs "$1" 2>&1 | grep -q "$2"; }

@test "pause, unpause, stats, update" {
	docker run -d --name c1 box:1 sleep 1000
	docker pause c1
	[ "$(field '{{.State.Status}}' c1)" = paused ]
	docker unpause c1
	[ "$(field '{{.State.Status}}' c1)" = running ]
	run docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' c1
	ok
	says '1 '
	docker update --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 50 c1
	local id
	id=$(field '{{.Id}}' c1)
	[ "$(cat "/sys/fs/cgroup/memory/$TAG/$id/memory.limit_in_bytes")" = 67108864 ]
	[ "$(cat "/sys/fs/cgroup/cpu/$TAG/$id/cpu.cfs_quota_us")" = 50000 ]
	[ "$(cat "/sys/fs/cgroup/pids/$TAG/$id/pids.max")" = 50 ]
	docker pause c1
	docker rm -f c1
}

@test "restart policy, health check and --init" {
	docker run -d --name c1 --restart on-failure:3 box:1 sh -c 'sleep 0.1; exit 1'
	eventually restarted c1 3
	docker run -d --name c3 --restart always box:1 sleep 1000
	kill -KILL "$(field '{{.State.Pid}}' c3)"
	eventually restarted c3 1
	eventually is c3 running
	docker run -d --name c4 --restart unless-stopped box:1 sleep 1000
	docker stop -t 0 c4
	is c4 exited
	docker run -d --name c2 --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1 box:1 sh -c 'touch /tmp/well; sleep 1000'
	eventually healthy c2
	run docker exec c2 rm /tmp/well
	eventually unhealthy c2
	run d --init box:1 sh -c 'cat /proc/1/comm'
	ok
	says init
}
is() { [ "$(field '{{.State.Status}}' "$1")" = "$2" ]; }
restarted() { [ "$(field '{{.RestartCount}}' "$1")" = "$2" ]; }
unhealthy() { [ "$(field '{{.State.Health.Status}}' "$1")" = unhealthy ]; }
healthy() { [ "$(field '{{.State.Health.Status}}' "$1")" = healthy ]; }

@test "networks: bridge with a published port and container to container, host, none, another's" {
	docker network create n1
	docker run -d --name web --network n1 -p 8080:80 box:1 sh -c 'mkdir /w; echo page >/w/index.html; httpd -f -p 80 -h /w'
	eventually page http://127.0.0.1:8080/
	run d --network n1 box:1 wget -qO- http://web/
	ok
	says page
	run d --network container:web box:1 wget -qO- http://127.0.0.1/
	ok
	says page
	run d --network host box:1 ip link
	ok
	says docker0
	run d --network none box:1 ip -o link
	ok
	[ "$(wc -l <<<"$output")" = 1 ]
	docker rm -f web
	docker network rm n1
}
page() { curl -fsS "$1" | grep -q page; }

@test "volumes, binds, read-only, tmpfs" {
	docker volume create v1
	d -v v1:/data box:1 sh -c 'echo kept >/data/f'
	run d -v v1:/data:ro box:1 sh -c 'cat /data/f; touch /data/g'
	[ "$status" != 0 ]
	says kept
	says 'ead-only file system'
	mkdir -p "$E/bound"
	d -v "$E/bound:/b" box:1 touch /b/made
	[ -e "$E/bound/made" ]
	run d --read-only --tmpfs /t:size=1m,mode=700 box:1 sh -c 'touch /t/x && stat -c %a /t && ! touch /y'
	ok
	says 700
	docker volume rm v1
}

@test "limits: ulimit, caps, user, sysctl, devices, seccomp profile, no-new-privileges" {
	run d --ulimit nofile=77:99 box:1 sh -c 'ulimit -Sn; ulimit -Hn'
	ok
	says 77
	says 99
	run d --cap-drop ALL --cap-add CHOWN box:1 grep CapEff /proc/self/status
	ok
	says 0000000000000001
	run d --user 1000:1000 --group-add 20 box:1 id
	ok
	says 'uid=1000'
	says '20'
	run d --sysctl net.ipv4.ip_forward=0 --hostname box --domainname dom box:1 sh -c 'cat /proc/sys/net/ipv4/ip_forward; hostname'
	ok
	says 0
	says box
	run d --device /dev/null:/dev/other:rw box:1 sh -c 'echo x >/dev/other && stat -c %t:%T /dev/other'
	ok
	says 1:3
	printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}' >"$E/profile.json"
	run d --security-opt "seccomp=$E/profile.json" box:1 mkdir /x
	[ "$status" = 1 ]
	says 'not permitted'
	run d --security-opt no-new-privileges box:1 grep NoNewPrivs /proc/self/status
	ok
	says 1
	run d --privileged box:1 sh -c 'ls /dev | wc -l'
	ok
}

@test "memory, pids and cpu limits hold" {
	# The child is killed, which is bigger: a kill that dockerd hears of behind the container's end it forgets.
	docker run -d --name c1 --memory 32m --memory-swap 32m box:1 sh -c '(a=x; while :; do a=$a$a; done); sleep 1000'
	eventually heard_oom c1
	docker kill c1
	[ "$(field '{{.State.OOMKilled}}' c1)" = true ]
	run d --pids-limit 5 box:1 sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
	[ "$status" != 0 ]
	says fork
}

heard_oom() { docker events --since 10m --until "$(date +%s)" --filter "container=$1" --filter event=oom | grep -q .; }

# What is more than a fifth is made up for in the next periods, when the machine stood still.
keeps_to_its_share() {
	local after
	after=$(cat "$usage")
	echo "$((after - before)) ns of $(($(date +%s%N) - begin))"
	[ "$(((after - before) * 100))" -le "$((($(date +%s%N) - begin) * 25))" ]
}

# Of the processor's time it may have a fifth: it gets no more, and is held back.
@test "a cpu quota, measured" {
	local id group usage before begin
	docker run -d --name c1 --cpus 0.2 box:1 sh -c 'while :; do :; done'
	id=$(field '{{.Id}}' c1)
	group=/sys/fs/cgroup/cpu/$TAG/$id
	eventually grep -q '^nr_throttled [1-9]' "$group/cpu.stat"
	begin=$(date +%s%N) # outside of the two readings, whatever comes between
	usage=/sys/fs/cgroup/cpuacct/$TAG/$id/cpuacct.usage
	before=$(cat "$usage")
	sleep 2
	eventually keeps_to_its_share
	docker update --cpus 1.5 c1
	[ "$(cat "$group/cpu.cfs_quota_us")" = 150000 ]
}

@test "devices: the listed ones may be used, others not, whatever node there is" {
	run d --cap-add MKNOD box:1 sh -c 'mknod /loop b 7 0 && head -c 1 /loop'
	[ "$status" != 0 ]
	says 'not permitted'
	run d --device-cgroup-rule 'c 10:237 rw' --cap-add MKNOD box:1 sh -c 'mknod /full c 1 7 && mknod /mem c 1 1 && ! head -c 1 /mem && echo x >/full'
	says 'not permitted'
	says 'No space left'
	run d --device /dev/zero:/dev/more:r box:1 sh -c 'head -c 4 /dev/more | od -An -tx1'
	ok
	says '00 00 00 00'
}

@test "docker build of a web application, which answers" {
	requires_python
	mkdir -p "$E/app"
	cat >"$E/app/app.py" <<-'END'
		import http.server, os

		class Page(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.end_headers()
		        self.wfile.write(("page of " + os.environ["WHO"] + " by " + str(os.getuid())).encode())

		http.server.HTTPServer(("", 8000), Page).serve_forever()
	END
	cat >"$E/app/Dockerfile" <<-'END'
		FROM python:local
		RUN mkdir /app && echo 'app:x:1001:1001::/app:/bin/sh' >>/etc/passwd
		COPY app.py /app/
		RUN python3 -m py_compile /app/app.py && test -d /app/__pycache__
		WORKDIR /app
		ENV WHO=container
		USER app
		EXPOSE 8000
		HEALTHCHECK --interval=1s CMD wget -qO- http://127.0.0.1:8000/
		CMD ["python3", "app.py"]
	END
	DOCKER_BUILDKIT=0 docker build -t app:1 "$E/app"
	docker run -d --name app -p 8081:8000 app:1
	eventually page http://127.0.0.1:8081/
	run curl -fsS http://127.0.0.1:8081/
	says 'page of container by 1001'
	eventually healthy app
}
# The image of a python, from this machine's own.
requires_python() {
	local root=$E/python file library python
	[ -z "$(docker images -q python:local)" ] || return 0
	docker run --name base box:1 true
	mkdir "$root"
	docker export base | tar -C "$root" -x
	docker rm base
	python=$(realpath /usr/bin/python3)
	library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	for file in "$python" $(ldd "$python" "$library"/lib-dynload/*.so | grep -o '/[^ :)]*\.so[^ :)]*' | sort -u); do
		mkdir -p "$root${file%/*}"
		cp -L "$file" "$root$file"
	done
	mkdir -p "$root$library"
	cp -a "$library/." "$root$library/"
	ln -sf "$python" "$root/bin/python3"
	tar -C "$root" -c . | docker import -c 'ENV PATH=/usr/bin:/bin' - python:local
	rm -rf "$root"
}

counts_on() { [ "$(docker logs c1 | tail -n 1)" -gt "$1" ]; }

@test "checkpoint, and start from it" {
	criu check >/dev/null 2>&1 || skip "needs a criu that works on this kernel"
	docker run -d --name c1 box:1 sh -c 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done'
	eventually counts_on 10
	docker checkpoint create c1 first
	eventually is c1 exited # which dockerd hears from containerd, at some time
	local before
	before=$(docker logs c1 | tail -n 1)
	docker start --checkpoint first c1
	eventually counts_on "$before"
	[ "$(docker logs c1 | grep -cx 1)" = 1 ]
	docker checkpoint create --leave-running c1 second
	[ "$(field '{{.State.Running}}' c1)" = true ]
}

@test "an image that layerctl committed is loaded and run" {
	committed "docker-archive:$E/new.tar:committed:1"
	docker load -i "$E/new.tar"
	run d committed:1 sh -c "$asks_committed"
	ok
	[ "$output" = "$said_committed" ]
	[ "$(docker history --format '{{.Comment}}' committed:1 | head -n 1)" = changed ]
	docker rmi committed:1
}

@test "containers outlive a restart of dockerd" {
	docker run -d --name c1 box:1 sleep 1000
	local pid
	pid=$(field '{{.State.Pid}}' c1)
	kill -KILL "$(cat "$E/dockerd.pid")"
	eventually gone "$(cat "$E/dockerd.pid")"
	rm -f "$E/docker.pid"
	[ -d "/proc/$pid" ]
	start_docker --live-restore
	run docker exec c1 echo still here
	ok
	says 'still here'
}

@test "nothing of the containers is left" {
	no_containers
	[ -z "$(ls "$E/exec/runtime-ours/moby" 2>/dev/null)" ]
	[ -z "$(ls /run/docker/runtime-*/moby 2>/dev/null)" ]
	no_cgroups
}
