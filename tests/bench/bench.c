// SPDX-License-Identifier: Apache-2.0
//
// bench [-s SECONDS] BUNDLES-DIR NAME=RUNTIME...
//
// Starts each command in turn, the order rotated each round, and prints medians, minima and processor
// time beside the runtimes named "crun" and "floor".  Wall: from just before posix_spawn to just after
// wait4.  Cpu: what wait4 says, for create and start also the parked process's own.  "sparse" pauses
// 30 ms before each command, as a machine that is not busy does; "dense" does not.
#define _GNU_SOURCE
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct runtime runtimes[kMaxRuntimes];
int runtime_count;
const char *bundles;

static const char *const row_names[kRows] = {"run",  "create", "state",          "start", "exec",
                                             "kill", "delete", "delete --force", "list"};

double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void record(struct samples *s, struct cost cost)
{
    if (s->count < kMaxSamples) {
        s->wall[s->count] = cost.wall;
        s->cpu[s->count++] = cost.cpu;
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, int count, double q)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[(int)(q * (count - 1))];
}

static struct summary summarize(struct samples *s)
{
    return (struct summary){.median = quantile(s->wall, s->count, 0.5) * 1e3,
                            .minimum = quantile(s->wall, s->count, 0) * 1e3,
                            .cpu = quantile(s->cpu, s->count, 0.5) * 1e3,
                            .count = s->count};
}

/// One life: each command measured; false when the runtime cannot do it.
static int life(struct runtime *r, const char *kind, int sparse, struct samples *rows)
{
    struct cost cost;
    struct command c = {.runtime = r, .kind = kind, .program = "pause", .sparse = sparse};
    int ok = execute(&c, kCreate, &cost);
    const pid_t pid = c.pid;
    if (!ok) {
        clean_up(&c);
        return 0;
    }
    record(&rows[kCreate], (struct cost){cost.wall, cost.cpu + cpu_of(pid)});
    static const enum row order[] = {kState, kStart, kExec, kKill};
    for (int i = 0; ok && i < 4; i++) {
        const double before = cpu_of(pid);
        ok = execute(&c, order[i], &cost);
        if (ok) {
            record(&rows[order[i]], (struct cost){cost.wall, cost.cpu + (i == 1 ? cpu_of(pid) - before : 0)});
        }
    }
    if (!ok) {
        clean_up(&c);
        return 0;
    }
    reap(pid);
    ok = execute(&c, kDelete, &cost);
    if (!ok) {
        clean_up(&c);
        return 0;
    }
    record(&rows[kDelete], cost);

    struct command forced = {.runtime = r, .kind = kind, .program = "pause", .sparse = 0};
    ok = execute(&forced, kCreate, &cost) && execute(&forced, kStart, &cost);
    forced.sparse = sparse;
    ok = ok && execute(&forced, kForce, &cost);
    if (!ok) {
        clean_up(&forced);
        return 0;
    }
    record(&rows[kForce], cost);
    reap(forced.pid);
    return 1;
}

static int once(struct runtime *r, const char *kind, int sparse, struct samples *rows)
{
    struct cost cost;
    struct command c = {.runtime = r, .kind = kind, .program = "true", .sparse = sparse};
    if (!execute(&c, kRun, &cost)) {
        clean_up(&c);
        return 0;
    }
    record(&rows[kRun], cost);
    return 1;
}

static double ratio(double value, double reference) { return reference > 0 ? value / reference : 0; }

static const struct summary *named(const struct summary *all, const char *name)
{
    for (int i = 0; i < runtime_count; i++) {
        if (strcmp(runtimes[i].name, name) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

static void print_row(const char *kind, int sparse, enum row row, const struct summary *all)
{
    const struct summary none = {0};
    const struct summary *crun = named(all, "crun"), *floor = named(all, "floor");
    crun = crun != NULL ? crun : &none;
    floor = floor != NULL ? floor : &none;
    for (int i = 0; i < runtime_count; i++) {
        const struct summary *s = &all[i];
        if (s->count == 0) {
            printf("%-8s %-7s %-15s %-9s does not do it\n", kind, sparse ? "sparse" : "dense", row_names[row],
                   runtimes[i].name);
            continue;
        }
        printf("%-8s %-7s %-15s %-9s %8.2f %8.2f %8.2f   %6.2f %6.2f %6.2f   %6.2f %6.2f %4d\n", kind,
               sparse ? "sparse" : "dense", row_names[row], runtimes[i].name, s->median, s->minimum, s->cpu,
               ratio(s->median, crun->median), ratio(s->minimum, crun->minimum), ratio(s->cpu, crun->cpu),
               ratio(s->median, floor->median), ratio(s->cpu, floor->cpu), s->count);
    }
}

/// All rows of one bundle, for as long as `budget` says: `run` first, then the lives.
static void measure(const char *kind, int sparse, double budget)
{
    static struct samples samples[kMaxRuntimes][kRows];
    memset(samples, 0, sizeof samples);
    int (*const parts[])(struct runtime *, const char *, int, struct samples *) = {once, life};
    const double share[] = {0.25, 0.75};
    for (int part = 0; part < 2; part++) {
        int broken[kMaxRuntimes] = {0};
        const double end = seconds() + budget * share[part];
        for (int round = 0; round < kMaxSamples && (round < 3 || seconds() < end); round++) {
            for (int i = 0; i < runtime_count; i++) {
                const int turn = (i + round) % runtime_count;
                // Two failures are no accident: the others get its time.
                if (broken[turn] < 2) {
                    broken[turn] += !parts[part](&runtimes[turn], kind, sparse, samples[turn]);
                }
            }
        }
    }
    for (enum row row = 0; row < kList; row++) {
        struct summary all[kMaxRuntimes];
        for (int i = 0; i < runtime_count; i++) {
            all[i] = summarize(&samples[i][row]);
        }
        print_row(kind, sparse, row, all);
    }
    fflush(stdout);
}

static void memory(int parked)
{
    printf("\n%d parked containers   private KiB each   list of all, ms   smallest limit that starts, KiB\n",
           parked);
    for (int i = 0; i < runtime_count; i++) {
        const struct parked all = park(&runtimes[i], parked);
        printf("%-20s %18.1f %17.2f %32ld\n", runtimes[i].name, all.kib, all.list * 1e3,
               smallest_limit(&runtimes[i]));
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    double budget = 240;
    for (int c; (c = getopt(argc, argv, "s:")) != -1;) {
        if (c != 's') {
            return 2;
        }
        budget = atof(optarg);
    }
    if (argc - optind < 2 || argc - optind > kMaxRuntimes) {
        fprintf(stderr, "usage: bench [-s SECONDS] BUNDLES-DIR NAME=RUNTIME...\n");
        return 2;
    }
    bundles = argv[optind++];
    for (; optind < argc; optind++) {
        char *path = strchr(argv[optind], '=');
        if (path == NULL) {
            return 2;
        }
        *path = '\0';
        runtimes[runtime_count++] = (struct runtime){.name = argv[optind], .path = path + 1};
    }
    // What the commands leave running is ours to wait for, as it is a shim's.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    setpriority(PRIO_PROCESS, 0, -19);
    printf("                                            milliseconds              of crun            of "
           "floor\n");
    printf("%-8s %-7s %-15s %-9s %8s %8s %8s   %6s %6s %6s   %6s %6s %4s\n", "bundle", "pauses", "command",
           "runtime", "median", "min", "cpu", "median", "min", "cpu", "median", "cpu", "n");
    static const char *const kinds[] = {"minimal", "docker", "heavy"};
    for (int i = 0; i < 3; i++) {
        measure(kinds[i], 0, budget * 0.85 / 6);
        measure(kinds[i], 1, budget * 0.85 / 6);
    }
    memory(100);
    return 0;
}
