#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# errors.sh [--check] [RUNTIME]: writes docs/errors.md, or says whether it is current.  Each transcript is a
# real run, on bundles that are made here.
# shellcheck disable=SC2016 # what jq expands
set -u
docs=$(cd "$(dirname "$0")" && pwd)
check=0
[ "${1-}" = --check ] && { check=1; shift; }
runtime=$(realpath "${1:-$docs/../build/runtime}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir bin bundle bundle/rootfs bundle/rootfs/bin
ln -s "$runtime" bin/runtime
PATH=$work/bin:$PATH
printf '#!/bin/sh\n' >bundle/rootfs/bin/sh
chmod +x bundle/rootfs/bin/sh

# The bundle that the cases break, each in one place; FILTER is jq's.
base() {
	jq -n '{ociVersion: "1.0.2", root: {path: "rootfs"},
		process: {cwd: "/", args: ["sh"], env: ["PATH=/bin"]},
		linux: {namespaces: [{type: "pid"}, {type: "mount"}, {type: "uts"}]}}'
}
edit() { base | jq "${1:-.}" >bundle/config.json; }

say() { printf '%s\n' "$@"; }
transcript() {
	local code
	say '' '```console' "$ $*"
	"$@" >out 2>&1 </dev/null
	code=$?
	sed "s,$work,/home/me,g" out
	[ "$code" = 0 ] || say "[exit $code]"
	say '```'
}
# try TITLE FILTER COMMAND...
try() {
	say '' "## $1"
	edit "$2"
	shift 2
	transcript "$@"
}

page() {
	say '# What it says when something is wrong' '' \
		'Real runs on bundles that are broken in one place, made by `docs/errors.sh`. `validate` says everything at' \
		'once and what to write instead; `plan` and `run` refuse with the same words, before anything is done.' \
		'[validate.md](validate.md) is the reference.'
	try 'Nothing is wrong' . runtime validate bundle/
	try 'A relative working directory' '.process.cwd = "tmp"' runtime validate bundle/
	transcript runtime run --bundle bundle box
	try 'Nothing to run' '.process.args = []' runtime validate bundle/
	try 'A misspelt property' '.linux.maskedPath = ["/proc/kcore"]' runtime validate bundle/
	try 'A property in the wrong place' '.readonlyPaths = ["/proc/sys"]' runtime validate bundle/
	try 'A misspelt word' '.linux.namespaces[1].type = "mout"' runtime validate bundle/
	try 'A number in quotes' '.linux.resources.pids.limit = "100"' runtime validate bundle/
	try 'A mode in octal digits' '.linux.devices = [{type: "c", path: "/dev/x", major: 1, minor: 3, fileMode: 666}]' runtime validate bundle/
	try 'A capability that there is not' '.process.capabilities.bounding = ["CAP_NET_ADMN"]' runtime validate bundle/
	try 'A host name for everybody' '.hostname = "box" | .linux.namespaces |= map(select(.type != "uts"))' runtime validate bundle/
	try 'A bind mount without the option' '.mounts = [{destination: "/data", source: "/srv", type: "bind"}]' runtime validate bundle/
	transcript runtime plan --host v2 bundle/
	try 'A source that is not there' '.mounts = [{destination: "/data", source: "/no/such", options: ["bind"]}]' runtime validate bundle/
	try 'A sysctl of the host' '.linux.sysctl = {"vm.swappiness": "10"}' runtime validate bundle/
	try 'Less swap than memory' '.linux.resources.memory = {limit: 2000000, swap: 1000000}' runtime validate bundle/
	try 'A user that is not mapped' '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 5000, gid: 0} |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings' runtime validate bundle/
	try 'A hook that is not there' '.hooks.poststop = [{path: "/no/such/hook"}]' runtime validate bundle/
	try 'Good with cgroup v2 only' '.linux.resources.unified = {"memory.high": "1000000"}' runtime validate bundle/
	try 'The program is not in the image' '.process.args = ["bash"]' runtime validate bundle/
	try 'The root file system is not there' '.root.path = "root"' runtime validate bundle/
	try 'A cgroup that is no unit of systemd' '.linux.cgroupsPath = "/web"' runtime --systemd-cgroup plan --host v2 bundle/
	try 'A property that systemd cannot be told' '.annotations = {"org.systemd.property.KillSignal": "SIGINT"}' \
		runtime --systemd-cgroup plan --host v2 bundle/
	try 'Several at once' '.process.cwd = "tmp" | .process.env += ["X"] | .hostname = 5 | .linux.namespaces += [{type: "pid"}]' runtime run --bundle bundle box
	say '' '## A comma too many'
	base | jq -c . | sed 's/}$/,}/' >bundle/config.json
	transcript runtime validate bundle/
	say '' '## The same name twice'
	base | jq -c . | sed 's/}$/,"root":{}}/' >bundle/config.json
	transcript runtime validate bundle/
	say '' '## No config.json'
	rm bundle/config.json
	transcript runtime validate bundle/
	transcript runtime run --bundle bundle box
	try 'For programs' '.process.cwd = "tmp"' runtime validate --format json bundle/
}

page >errors.md
if [ "$check" = 1 ]; then
	diff -u "$docs/errors.md" errors.md || { echo "docs/errors.md is not current: docs/errors.sh" >&2; exit 1; }
else
	cp errors.md "$docs/errors.md"
fi
