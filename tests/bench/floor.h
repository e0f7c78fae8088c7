// SPDX-License-Identifier: Apache-2.0
//
// The kernel's floor: what a container start costs when nothing is read, checked or decided.
#pragma once

#include <stddef.h>

enum kind { kMinimal, kLimit, kDocker, kHeavy };

enum { kHierarchies = 11 };
extern const char *const hierarchies[kHierarchies];  // the last one is the unified tree

struct box {
    enum kind kind;
    const char *id, *bundle, *source;  // source: where the binds come from
    int tasks[kHierarchies];           // v1 `tasks`, -1: not there
    int start, created;                // FIFO to wait at and pipe to tell the parent, or -1
    const void *filter;                // sock_filter[], or NULL
    unsigned filter_count;
};

void check(int ok, const char *what);
void put(const char *path, const char *value);

/// The container's side; ends in execve.
_Noreturn void inside(const struct box *box);
/// One more process in the container whose init `pidfd` is.
_Noreturn void beside(const struct box *box, int pidfd, const char *program);
