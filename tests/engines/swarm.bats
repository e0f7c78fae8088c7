# SPDX-License-Identifier: Apache-2.0
#
# A swarm of one dockerd 20.10.
load docker

setup_file() { begin_docker swarm; }
teardown_file() {
	docker swarm leave --force >/dev/null 2>&1 || true
	end_docker
}

@test "a swarm: a service of five, scaled, updated, a task replaced" {
	docker swarm init --advertise-addr 127.0.0.1
	docker service create --detach --name s1 --replicas 5 --restart-delay 100ms box:1 sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	eventually replicas 5/5
	docker kill "$(docker ps -q --filter label=com.docker.swarm.service.name=s1 | head -n 1)"
	eventually failed_once
	eventually replicas 5/5
	docker service scale --detach s1=2
	eventually replicas 2/2
	docker service update --detach --env-add NEW=1 --update-delay 0s --stop-grace-period 1s s1
	eventually updated
	eventually replicas 2/2
	docker service rm s1
	eventually no_tasks
	docker swarm leave --force
}
replicas() { [ "$(docker service ls --format '{{.Replicas}}')" = "$1" ]; }
failed_once() { docker service ps --format '{{.CurrentState}}' s1 | grep -q Failed; }
updated() { [ "$(docker service inspect --format '{{.UpdateStatus.State}}' s1)" = completed ]; }
no_tasks() { [ -z "$(docker ps -q --filter label=com.docker.swarm.service.name=s1)" ]; }
