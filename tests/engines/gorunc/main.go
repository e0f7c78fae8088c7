// SPDX-License-Identifier: Apache-2.0

// Command gorunc leads a container through its life by containerd's library for runc, as a shim does, and holds what
// the library's types and decoder make of our output against what the kernel says.
//
//	gorunc RUNTIME ROOT BUNDLE ID
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	runc "github.com/containerd/go-runc"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

type box struct {
	*runc.Runc
	ctx        context.Context
	bundle, id string
}

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func equal(what string, got, want interface{}) {
	if !reflect.DeepEqual(got, want) {
		check(what, fmt.Errorf("got %v, want %v", got, want))
	}
}

// strict decodes, and a name that `into` does not have is an error.
func strict(what string, text []byte, into interface{}) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	check(what, decoder.Decode(into))
}

func (b *box) run(arguments ...string) []byte {
	out, err := exec.Command(b.Command, append([]string{"--root", b.Root}, arguments...)...).Output()
	check(strings.Join(arguments, " "), err)
	return out
}

// alive is what the kernel says: pid's own, and those of its children.
func alive(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	check("children", err)
	pids := []int{pid}
	for _, word := range strings.Fields(string(text)) {
		child, err := strconv.Atoi(word)
		check("children", err)
		pids = append(pids, child)
	}
	return pids
}

func cgroupValue(controller, id, file string) uint64 {
	text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", controller, id, file))
	check(file, err)
	value, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	check(file, err)
	return value
}

func (b *box) state(want string) *runc.Container {
	got, err := b.State(b.ctx, b.id)
	check("state", err)
	equal("status", got.Status, want)
	equal("bundle", got.Bundle, b.bundle)
	equal("rootfs", got.Rootfs, b.bundle+"/rootfs")
	equal("annotations", got.Annotations, map[string]string{"org.example": "kept"})
	if age := time.Since(got.Created); age < 0 || age > 10*time.Minute {
		check("created", fmt.Errorf("%v is %v ago", got.Created, age))
	}
	var plain specs.State
	check("specs.State", json.Unmarshal(b.run("state", b.id), &plain))
	equal("specs.State", []interface{}{plain.ID, plain.Status, plain.Pid, plain.Bundle},
		[]interface{}{b.id, specs.ContainerState(want), got.Pid, b.bundle})
	return got
}

func (b *box) create() int {
	null, err := runc.NewNullIO()
	check("null", err)
	pidFile := filepath.Join(b.bundle, "pid")
	check("create", b.Create(b.ctx, b.id, b.bundle, &runc.CreateOpts{IO: null, PidFile: pidFile}))
	pid, err := runc.ReadPidFile(pidFile)
	check("pid file", err)
	equal("pid", b.state("created").Pid, pid)
	check("start", b.Start(b.ctx, b.id))
	b.state("running")
	return pid
}

func (b *box) processes(pid int) {
	for len(alive(pid)) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	pids, err := b.Ps(b.ctx, b.id)
	check("ps", err)
	want := alive(pid)
	sort.Ints(want) // the numbers may have come round between the two
	equal("ps", pids, want)
	top, err := b.Top(b.ctx, b.id, "-opid,args")
	check("top", err)
	equal("top", top.Headers, []string{"PID", "COMMAND"})
	equal("top", len(top.Processes), len(pids))
	equal("top", top.Processes[0][0], strconv.Itoa(want[0]))
}

func (b *box) list(pid int) {
	all, err := b.List(b.ctx)
	check("list", err)
	equal("list", len(all), 1)
	equal("list", []interface{}{all[0].ID, all[0].Pid, all[0].Status}, []interface{}{b.id, pid, "running"})
}

func (b *box) stats() {
	// Stats closes the pipe when the runtime has ended, whether or not it has read it.
	for i := 0; i < 300; i++ {
		_, err := b.Stats(b.ctx, b.id)
		check("stats", err)
	}
	stats, err := b.Stats(b.ctx, b.id)
	check("stats", err)
	equal("memory limit", stats.Memory.Usage.Limit, cgroupValue("memory", b.id, "memory.limit_in_bytes"))
	equal("pids limit", stats.Pids.Limit, cgroupValue("pids", b.id, "pids.max"))
	equal("pids", stats.Pids.Current, cgroupValue("pids", b.id, "pids.current"))
	total := cgroupValue("cpuacct", b.id, "cpuacct.usage")
	if used := stats.Cpu.Usage.Total; used == 0 || used > total {
		check("cpu", fmt.Errorf("%d ns told, now the kernel says %d", used, total))
	}
	if used := stats.Memory.Usage; used.Usage == 0 || used.Usage > used.Max || used.Max > used.Limit {
		check("memory", fmt.Errorf("%+v", used))
	}
	events, err := b.Events(b.ctx, b.id, time.Second)
	check("events", err)
	event := <-events
	equal("event", []interface{}{event.Type, event.ID, event.Err}, []interface{}{"stats", b.id, nil})
	equal("event", event.Stats.Pids.Limit, stats.Pids.Limit)
}

func (b *box) update() {
	limit, pids := int64(50331648), int64(33)
	shares := uint64(300)
	check("update", b.Update(b.ctx, b.id, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: &limit},
		Pids:   &specs.LinuxPids{Limit: pids},
		CPU:    &specs.LinuxCPU{Shares: &shares},
	}))
	equal("memory", cgroupValue("memory", b.id, "memory.limit_in_bytes"), uint64(limit))
	equal("pids", cgroupValue("pids", b.id, "pids.max"), uint64(pids))
	equal("shares", cgroupValue("cpu", b.id, "cpu.shares"), shares)
}

func (b *box) exec() {
	pipes, err := runc.NewPipeIO(0, 0)
	check("pipes", err)
	process := specs.Process{Cwd: "/tmp", Args: []string{"sh", "-c", "pwd; id -u; exit 7"}, User: specs.User{UID: 1000},
		Env: []string{"PATH=/bin"}}
	err = b.Exec(b.ctx, b.id, process, &runc.ExecOpts{IO: pipes})
	exit, isExit := err.(interface{ Unwrap() error })
	equal("exec failed", isExit, true)
	equal("exec", exit.Unwrap(), error(&runc.ExitError{Status: 7}))
	said := make([]byte, 100)
	length, err := pipes.Stdout().Read(said)
	check("exec", err)
	equal("exec", string(said[:length]), "/tmp\n1000\n")
	pipes.Close() // of its descriptors the library has closed some already
}

// documents are those that are not about a container.
func (b *box) documents() {
	dir, err := os.MkdirTemp(b.bundle, "spec")
	check("spec", err)
	b.run("spec", "--bundle", dir)
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	check("spec", err)
	var config specs.Spec
	strict("spec", text, &config)
	equal("spec", config.Root.Path, "rootfs")
	again, err := json.Marshal(&config)
	check("spec", err)
	var written, read interface{}
	check("spec", json.Unmarshal(text, &written))
	check("spec", json.Unmarshal(again, &read))
	equal("spec, written again", read, written)

	var features struct {
		OciVersionMin, OciVersionMax string
		MountOptions                 []string
		Linux                        struct {
			Namespaces      []string
			MountExtensions struct{ Idmap struct{ Enabled *bool } }
		}
	}
	check("features", json.Unmarshal(b.run("features"), &features))
	equal("features", []interface{}{features.OciVersionMin, features.OciVersionMax, len(features.Linux.Namespaces)},
		[]interface{}{"1.0.0", "1.3.0", 8})
	equal("features", *features.Linux.MountExtensions.Idmap.Enabled, true)

	_, err = b.Version(b.ctx)
	check("version", err)
}

// failure is what a shim makes of one: the last line of the log, and the words of stderr.
func (b *box) failure() {
	b.Log, b.LogFormat = filepath.Join(b.bundle, "log.json"), runc.JSON
	err := b.Start(b.ctx, "nobody")
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		check("start of nobody", fmt.Errorf("%v", err))
	}
	var entry struct {
		Level, Msg string
		Time       time.Time
	}
	text, err := os.ReadFile(b.Log)
	check("log", err)
	check("log", json.Unmarshal(text, &entry))
	equal("log", []string{entry.Level, entry.Msg}, []string{"error", `start: container does not exist: "nobody"`})
	b.Log = ""
}

func (b *box) end(pid int) {
	check("pause", b.Pause(b.ctx, b.id))
	b.state("paused")
	check("resume", b.Resume(b.ctx, b.id))
	check("kill", b.Kill(b.ctx, b.id, int(syscall.SIGKILL), &runc.KillOpts{All: true}))
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(10 * time.Millisecond)
	}
	equal("pid of a stopped one", b.state("stopped").Pid, 0)
	check("delete", b.Delete(b.ctx, b.id, &runc.DeleteOpts{}))
	check("delete --force of none", b.Delete(b.ctx, b.id, &runc.DeleteOpts{Force: true}))
	all, err := b.List(b.ctx)
	check("list", err)
	equal("list", len(all), 0)
}

func main() {
	if len(os.Args) != 5 {
		check("gorunc", fmt.Errorf("RUNTIME ROOT BUNDLE ID"))
	}
	b := &box{&runc.Runc{Command: os.Args[1], Root: os.Args[2]}, context.Background(), os.Args[3], os.Args[4]}
	b.documents()
	pid := b.create()
	b.list(pid)
	b.processes(pid)
	b.stats()
	b.exec()
	b.update()
	b.failure()
	b.end(pid)
	fmt.Println("lived")
}
