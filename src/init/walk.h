// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "init/context.h"

namespace rt::init {

/// open_in_root() for kernels without openat2 (before 5.6): component by component, links expanded here.
/// ".." is never given to the kernel: the walk starts again from the root with one component less, so that
/// a directory moved meanwhile cannot lead out.
int walk_in_root(Context &c, const char *path, uint32_t flags);

/// Opens (O_PATH) the entry `name` of `directory`; -ELOOP if it is a link, -EXDEV if another mount covers it.
int walk_child(Context &c, int directory, const char *name, uint32_t flags);

}  // namespace rt::init
