# SPDX-License-Identifier: Apache-2.0
#
# A swarm of one dockerd 20.10, which has the runtime from its command line.
load docker

setup_file() { begin_docker swarm --add-runtime "ours=$RUNTIME" --default-runtime ours; }
teardown_file() {
	docker swarm leave --force >/dev/null 2>&1 || true
	end_docker
}

@test "docker info names the runtime that --add-runtime added" {
	run docker info --format '{{json .Runtimes}} {{.DefaultRuntime}}'
	ok
	says "\"ours\":{\"path\":\"$RUNTIME\"}"
	says '} ours'
}

@test "a swarm: a service of five, scaled, updated one by one, a task replaced" {
	local victim
	docker swarm init --advertise-addr 127.0.0.1
	docker service create --detach --name s1 --replicas 5 --restart-delay 100ms box:1 sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	eventually replicas 5/5
	victim=$(tasks | head -n 1)
	docker kill "$victim"
	eventually failed_once
	eventually replicas 5/5
	run tasks
	[[ $output != *"$victim"* ]]
	docker service scale --detach s1=3
	eventually replicas 3/3
	docker service update --detach --env-add NEW=1 --update-parallelism 1 --update-delay 0s --update-order start-first --stop-grace-period 1s s1
	eventually updated
	eventually replicas 3/3
	[ "$(tasks | xargs docker inspect --format '{{.Config.Env}}' | grep -c NEW=1)" = 3 ]
	docker service update --detach --rollback s1
	eventually rolled_back
	eventually replicas 3/3
	eventually all_old
	docker service rm s1
	eventually no_tasks
	docker swarm leave --force
}
tasks() { docker ps -q --filter label=com.docker.swarm.service.name=s1; }
all_old() { [ "$(tasks | wc -l)" = 3 ] && ! tasks | xargs docker inspect --format '{{.Config.Env}}' | grep -q NEW=1; }
rolled_back() { [ "$(docker service inspect --format '{{.UpdateStatus.State}}' s1)" = rollback_completed ]; }
replicas() { [ "$(docker service ls --format '{{.Replicas}}')" = "$1" ]; }
failed_once() { docker service ps --format '{{.CurrentState}}' s1 | grep -q Failed; }
updated() { [ "$(docker service inspect --format '{{.UpdateStatus.State}}' s1)" = completed ]; }
no_tasks() { [ -z "$(tasks)" ]; }
