// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdio.h>
#include <sys/types.h>

enum { kMaxRuntimes = 6, kMaxSamples = 200 };
enum row { kRun, kCreate, kState, kStart, kKill, kDelete, kForce, kRows };

struct runtime {
    const char *name, *path;
};
struct cost {
    double wall, cpu;  // seconds
};
struct samples {
    double wall[kMaxSamples], cpu[kMaxSamples];
    int count;
};
struct summary {
    double median, minimum, cpu;  // milliseconds
    int count;
};

/// One container of one runtime; `id` and `pid` are filled in by run and create.
struct command {
    struct runtime *runtime;
    const char *kind, *program, *limit;  // limit: bytes, or NULL
    int sparse;
    char id[64];
    pid_t pid;
};

extern struct runtime runtimes[kMaxRuntimes];
extern int runtime_count;
extern const char *bundles;

double seconds(void);

/// Executes one command and measures it; false when it failed, after saying how on stderr.
int execute(struct command *c, enum row row, struct cost *cost);
/// Processor time of a process that lives, seconds.
double cpu_of(pid_t pid);
/// Waits for a container's first process, which has become our child.
void reap(pid_t pid);
/// After a failure: kills and deletes whatever there is.
void clean_up(struct command *c);

/// KiB of private memory of a parked container, with `count` of them at once; -1 if it cannot be had.
double parked_memory(struct runtime *r, int count);
/// KiB of the smallest memory limit with which /bin/true runs, -1 if none does.
long smallest_limit(struct runtime *r);
