// SPDX-License-Identifier: Apache-2.0
//
// floor --root DIR run|create --bundle DIR [--pid-file FILE] ID
// floor --root DIR state|start|kill|delete ID [KILL]          floor --root DIR delete --force ID
// floor --root DIR exec ID PROGRAM
//
// Takes a runtime's command line, and does for the bundles of bundles.sh what the kernel has to do.
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const hierarchies[kHierarchies] = {"cpu",   "cpuacct", "cpuset",  "memory",  "devices", "freezer",
                                               "blkio", "pids",    "hugetlb", "systemd", "unified"};
static const char *id;
static char state_dir[512];

void check(int ok, const char *what)
{
    if (!ok) {
        dprintf(2, "floor: %s: %s\n", what, strerror(errno));
        _exit(1);
    }
}

void put(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd >= 0 && write(fd, value, strlen(value)) >= 0, path);
    close(fd);
}

static size_t get(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);
    check(n >= 0, path);
    close(fd);
    buf[n] = '\0';
    return (size_t)n;
}

static const char *in_state(const char *name)
{
    static char path[2][600];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", state_dir, name);
    return path[turn];
}

static const char *in_cgroup(int hierarchy, const char *file)
{
    static char path[256];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s%s%s", hierarchies[hierarchy], id, *file ? "/" : "",
             file);
    return path;
}

static void write_rules(const struct box *box)
{
    int deny = open(in_cgroup(4, "devices.deny"), O_WRONLY | O_CLOEXEC);
    check(deny >= 0 && write(deny, "a", 1) == 1, "devices.deny");
    close(deny);
    static const char *const rules[] = {"c *:* m",     "b *:* m",   "c 1:3 rwm", "c 1:5 rwm",
                                        "c 1:7 rwm",   "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
                                        "c 136:* rwm", "c 5:2 rwm", "c 5:1 rwm"};
    int allow = open(in_cgroup(4, "devices.allow"), O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        check(write(allow, rules[i], strlen(rules[i])) > 0, rules[i]);
    }
    for (int i = 0; box->kind == kHeavy && i < 100; i++) {
        char rule[32];
        int n = snprintf(rule, sizeof rule, "c 200:%d rw", i);
        check(write(allow, rule, (size_t)n) > 0, rule);
    }
    close(allow);
}

static int make_cgroups(struct box *box)
{
    char value[256];
    for (int i = 0; i < kHierarchies; i++) {
        box->tasks[i] = -1;
        if (mkdir(in_cgroup(i, ""), 0755) != 0) {
            continue;
        }
        if (i == 2) {
            get("/sys/fs/cgroup/cpuset/cpuset.cpus", value, sizeof value);
            put(in_cgroup(i, "cpuset.cpus"), value);
            get("/sys/fs/cgroup/cpuset/cpuset.mems", value, sizeof value);
            put(in_cgroup(i, "cpuset.mems"), value);
        }
        const char *entry = in_cgroup(i, i == kHierarchies - 1 ? "" : "tasks");
        box->tasks[i] = open(entry, (i == kHierarchies - 1 ? O_DIRECTORY : O_WRONLY) | O_CLOEXEC);
        check(box->tasks[i] >= 0, entry);
    }
    write_rules(box);
    if (box->kind >= kDocker) {
        put(in_cgroup(3, "memory.limit_in_bytes"), "536870912");
        put(in_cgroup(7, "pids.max"), "512");
        put(in_cgroup(0, "cpu.shares"), "512");
        put(in_cgroup(0, "cpu.cfs_period_us"), "100000");
        put(in_cgroup(0, "cpu.cfs_quota_us"), "150000");
    }
    if (box->kind == kLimit && getenv("BENCH_LIMIT") != NULL) {
        put(in_cgroup(3, "memory.limit_in_bytes"), getenv("BENCH_LIMIT"));
    }
    return box->tasks[kHierarchies - 1];
}

static void remove_cgroups(void)
{
    for (int i = 0; i < kHierarchies; i++) {
        // A process that is dead for its parent may still be on its way out of its cgroups.
        for (int tries = 0; rmdir(in_cgroup(i, "")) != 0 && errno == EBUSY && tries < 20000; tries++) {
            nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
        }
    }
}

static void load_bundle(struct box *box, const char *bundle)
{
    static struct sock_filter filter[BPF_MAXINSNS];
    static char source[512];
    static const char *const kinds[] = {"minimal\n", "limit\n", "docker\n", "heavy\n"};
    char path[512], kind[16];
    snprintf(path, sizeof path, "%s/kind", bundle);
    get(path, kind, sizeof kind);
    while (box->kind < kHeavy && strcmp(kinds[box->kind], kind) != 0) {
        box->kind++;
    }
    snprintf(source, sizeof source, "%s/../source", bundle);
    box->bundle = bundle;
    box->source = source;
    snprintf(path, sizeof path, "%s/filter", bundle);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, filter, sizeof filter);
    if (n > 0) {
        box->filter = filter;
        box->filter_count = (unsigned)((size_t)n / sizeof *filter);
    }
    close(fd);
}

static void write_state(pid_t pid, const char *bundle, const char *pid_file)
{
    char text[600];
    int n = snprintf(text, sizeof text,
                     "{\"ociVersion\": \"1.3.0\", \"id\": \"%s\", \"pid\": %d, \"bundle\": \"%s\"}\n", id,
                     (int)pid, bundle);
    int fd = open(in_state("new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, text, (size_t)n) == n && close(fd) == 0, "state");
    check(rename(in_state("new"), in_state("state")) == 0, "state");
    if (pid_file != NULL) {
        fd = open(pid_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        dprintf(fd, "%d", (int)pid);
        close(fd);
    }
}

static void remove_state(void)
{
    unlink(in_state("state"));
    unlink(in_state("start"));
    rmdir(state_dir);
}

static int exit_code(pid_t pid)
{
    int status;
    check(waitpid(pid, &status, 0) == pid, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int begin(const char *bundle, const char *pid_file, int parks)
{
    struct box box = {.id = id, .start = -1, .created = -1};
    int told[2] = {-1, -1};
    load_bundle(&box, bundle);
    check(mkdir(state_dir, 0700) == 0, state_dir);
    if (parks) {
        check(mkfifo(in_state("start"), 0600) == 0 && pipe2(told, O_CLOEXEC) == 0, "fifo");
        box.start = open(in_state("start"), O_RDWR | O_CLOEXEC);
        box.created = told[1];
    }
    int unified = make_cgroups(&box), pidfd = -1;
    struct clone_args args = {
        .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | CLONE_PIDFD |
                 (box.kind >= kDocker ? CLONE_NEWCGROUP : 0) | (unified >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)(unified >= 0 ? unified : 0)};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    check(pid >= 0, "clone3");
    if (pid == 0) {
        inside(&box);
    }
    write_state(pid, bundle, pid_file);
    if (parks) {
        char byte;
        close(told[1]);
        check(read(told[0], &byte, 1) == 1, "created");
        return 0;
    }
    int code = exit_code(pid);
    remove_cgroups();
    remove_state();
    return code;
}

static pid_t recorded(char *text, size_t size)
{
    get(in_state("state"), text, size);
    const char *pid = strstr(text, "\"pid\": ");
    return pid == NULL ? -1 : atoi(pid + 7);
}

static void open_cgroups(struct box *box)
{
    for (int i = 0; i < kHierarchies; i++) {
        const int unified = i == kHierarchies - 1;
        box->tasks[i] =
            open(in_cgroup(i, unified ? "" : "tasks"), (unified ? O_DIRECTORY : O_WRONLY) | O_CLOEXEC);
    }
}

static int join(const char *program)
{
    static char text[600];
    struct box box = {.id = id, .start = -1, .created = -1};
    pid_t pid = recorded(text, sizeof text);
    char *bundle = strstr(text, "\"bundle\": \""), *end = bundle == NULL ? NULL : strchr(bundle + 11, '"');
    check(end != NULL, "state");
    *end = '\0';
    load_bundle(&box, bundle + 11);
    open_cgroups(&box);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), unified = box.tasks[kHierarchies - 1];
    check(pidfd >= 0 && setns(pidfd, CLONE_NEWPID) == 0, "setns");
    struct clone_args args = {.flags = unified >= 0 ? CLONE_INTO_CGROUP : 0,
                              .exit_signal = SIGCHLD,
                              .cgroup = (uint64_t)(unified >= 0 ? unified : 0)};
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    check(child >= 0, "clone3");
    if (child == 0) {
        beside(&box, pidfd, program);
    }
    return exit_code(child);
}

static int act(const char *verb, int force)
{
    char text[600], path[64], stat[512] = "";
    pid_t pid = recorded(text, sizeof text);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (pidfd >= 0) {
        get(path, stat, sizeof stat);
    }
    if (strcmp(verb, "state") == 0) {
        check(write(1, text, strlen(text)) > 0, "printing");
    } else if (strcmp(verb, "start") == 0) {
        int fd = open(in_state("start"), O_WRONLY | O_CLOEXEC);
        check(fd >= 0 && write(fd, "", 1) == 1, "start");
    } else if (strcmp(verb, "kill") == 0) {
        check(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0, "kill");
    } else {
        if (force && pidfd >= 0) {
            syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
            poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, 10000);
        }
        remove_cgroups();
        remove_state();
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *bundle = NULL, *pid_file = NULL, *program = NULL;
    int force = 0;
    check(argc >= 5, "usage: floor --root DIR VERB ... ID");
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--bundle") == 0) {
            bundle = argv[++i];
        } else if (strcmp(argv[i], "--pid-file") == 0) {
            pid_file = argv[++i];
        } else if (strcmp(argv[i], "--force") == 0) {
            force = 1;
        } else if (id == NULL) {
            id = argv[i];
        } else {
            program = argv[i];
        }
    }
    snprintf(state_dir, sizeof state_dir, "%s/%s", argv[2], id);
    if (bundle != NULL) {
        return begin(bundle, pid_file, strcmp(argv[3], "create") == 0);
    }
    return strcmp(argv[3], "exec") == 0 ? join(program) : act(argv[3], force);
}
