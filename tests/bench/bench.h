// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdio.h>
#include <sys/types.h>

enum { kMaxRuntimes = 6, kMaxSamples = 200 };
enum row { kRun, kCreate, kState, kStart, kExec, kKill, kDelete, kForce, kList, kRows };

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

struct parked {
    double kib;   ///< private memory of each; -1 if it cannot be had
    double list;  ///< seconds that `list` of all takes, the median; 0 where there is none
};
/// `count` containers that wait for start, at once.
struct parked park(struct runtime *r, int count);
/// KiB of the smallest memory limit with which /bin/true runs, -1 if none does.
long smallest_limit(struct runtime *r);
