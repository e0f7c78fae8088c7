// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum { kPatienceMs = 20000 };

static size_t slurp(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);
    if (fd >= 0) {
        close(fd);
    }
    buf[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/// Copies `text` with every `word` replaced.
static void replace(char *text, size_t size, const char *word, const char *by)
{
    static char copy[1 << 18];
    for (char *at = text; (at = strstr(at, word)) != NULL; at += strlen(by)) {
        snprintf(copy, sizeof copy, "%s", at + strlen(word));
        snprintf(at, size - (size_t)(at - text), "%s%s", by, copy);
    }
}

static void write_config(const struct command *c)
{
    static char text[1 << 18];
    char path[512];
    snprintf(path, sizeof path, "%s/%s/config.in", bundles, c->kind);
    slurp(path, text, sizeof text);
    replace(text, sizeof text, "@ID@", c->id);
    replace(text, sizeof text, "@PROGRAM@", c->program);
    if (c->limit != NULL) {
        replace(text, sizeof text, "4444444444", c->limit);
    }
    snprintf(path, sizeof path, "%s/%s/config.json", bundles, c->kind);
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void name_it(struct command *c)
{
    static unsigned turn;
    snprintf(c->id, sizeof c->id, "rt-bench-%d-%u", (int)getpid(), turn++);
}

static void arguments(const struct command *c, enum row row, char **argv)
{
    static char root[256], bundle[256], pid_file[256];
    snprintf(root, sizeof root, "%s/state-%s", bundles, c->runtime->name);
    snprintf(bundle, sizeof bundle, "%s/%s", bundles, c->kind);
    snprintf(pid_file, sizeof pid_file, "%s/pid", bundles);
    static const char *const verbs[kRows] = {"run",  "create", "state",  "start", "exec",
                                             "kill", "delete", "delete", "list"};
    int n = 0;
    argv[n++] = (char *)c->runtime->path;
    argv[n++] = "--root";
    argv[n++] = root;
    argv[n++] = (char *)verbs[row];
    if (row == kRun || row == kCreate) {
        argv[n++] = "--bundle";
        argv[n++] = bundle;
        argv[n++] = "--pid-file";
        argv[n++] = pid_file;
    }
    if (row == kForce) {
        argv[n++] = "--force";
    }
    if (row != kList) {
        argv[n++] = (char *)c->id;
    }
    if (row == kKill) {
        argv[n++] = "KILL";
    }
    if (row == kExec) {
        argv[n++] = "/bin/true";
    }
    argv[n] = NULL;
}

static void complain(const char *what, const struct command *c, char **argv, int status)
{
    char path[256], said[1024];
    snprintf(path, sizeof path, "%s/stderr", bundles);
    slurp(path, said, sizeof said);
    if (c->limit == NULL) {
        fprintf(stderr, "bench: %s %s (%s): %s, status %#x: %s\n", c->runtime->name, argv[3], c->kind, what,
                (unsigned)status, said);
    }
}

/// Waits for `pid` no longer than is reasonable; its status, or -1.
static int wait_for(pid_t pid, struct rusage *usage)
{
    int status = -1;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, kPatienceMs) != 1) {
        kill(pid, SIGKILL);
    }
    close(pidfd);
    return wait4(pid, &status, 0, usage) == pid ? status : -1;
}

int execute(struct command *c, enum row row, struct cost *cost)
{
    char *argv[16], path[256], text[32];
    if (row == kRun || row == kCreate) {
        name_it(c);
        write_config(c);
    }
    arguments(c, row, argv);
    snprintf(path, sizeof path, "%s/stderr", bundles);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (c->limit != NULL) {
        setenv("BENCH_LIMIT", c->limit, 1);
    }
    if (c->sparse) {
        nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    }
    extern char **environ;
    struct rusage usage;
    pid_t pid;
    const double before = seconds();
    int failed = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
    int status = failed == 0 ? wait_for(pid, &usage) : -1;
    cost->wall = seconds() - before;
    posix_spawn_file_actions_destroy(&files);
    if (status != 0) {
        complain(failed == 0 ? "failed" : strerror(failed), c, argv, status);
        return 0;
    }
    cost->cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    if (row == kCreate) {
        snprintf(path, sizeof path, "%s/pid", bundles);
        slurp(path, text, sizeof text);
        c->pid = atoi(text);
    }
    return row != kCreate || c->pid > 0;
}

double cpu_of(pid_t pid)
{
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    return slurp(path, text, sizeof text) > 0 ? (double)strtoull(text, NULL, 10) / 1e9 : 0;
}

void reap(pid_t pid)
{
    if (pid > 0) {
        struct rusage usage;
        wait_for(pid, &usage);
    }
}

void clean_up(struct command *c)
{
    struct cost cost;
    struct command quiet = *c;
    quiet.limit = "0";
    execute(&quiet, kForce, &cost);
    // Whatever else became our child, and still lives or is a zombie.
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static double private_kib(pid_t pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    slurp(path, text, sizeof text);
    double sum = 0;
    for (const char *at = text; (at = strstr(at, "Private_")) != NULL; at++) {
        const char *value = strchr(at, ':');
        // Private_Hugetlb is not in the others' units of interest, but 0 here.
        sum += value == NULL ? 0 : atof(value + 1);
    }
    return sum;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double list_time(struct runtime *r)
{
    enum { kTimes = 21 };
    double times[kTimes];
    struct command c = {.runtime = r, .kind = "minimal", .program = "pause"};
    for (int i = 0; i < kTimes; i++) {
        struct cost cost;
        if (!execute(&c, kList, &cost)) {
            return 0;
        }
        times[i] = cost.wall;
    }
    qsort(times, kTimes, sizeof *times, by_value);
    return times[kTimes / 2];
}

struct parked park(struct runtime *r, int count)
{
    struct command *all = calloc((size_t)count, sizeof *all);
    struct cost cost;
    double sum = 0;
    int made = 0;
    for (; made < count; made++) {
        all[made] = (struct command){.runtime = r, .kind = "minimal", .program = "pause"};
        if (!execute(&all[made], kCreate, &cost)) {
            clean_up(&all[made]);
            break;
        }
    }
    for (int i = 0; i < made; i++) {
        sum += private_kib(all[i].pid);
    }
    const double list = strcmp(r->name, "floor") == 0 ? 0 : list_time(r);
    for (int i = 0; i < made; i++) {
        kill(all[i].pid, SIGKILL);
        reap(all[i].pid);
        execute(&all[i], kDelete, &cost);
    }
    free(all);
    return (struct parked){made == count ? sum / count : -1, list};
}

static int starts_with(struct runtime *r, long kib)
{
    char limit[32];
    snprintf(limit, sizeof limit, "%ld", kib * 1024);
    for (int i = 0; i < 3; i++) {
        struct cost cost;
        struct command c = {.runtime = r, .kind = "limit", .program = "true", .limit = limit};
        if (!execute(&c, kRun, &cost)) {
            clean_up(&c);
            return 0;
        }
    }
    return 1;
}

long smallest_limit(struct runtime *r)
{
    long low = 0, high = 16384;
    if (!starts_with(r, high)) {
        return -1;
    }
    while (high - low > 8) {
        const long middle = (low + high) / 2 & ~3L;
        if (starts_with(r, middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}
