// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "init/context.h"

namespace rt::init {

/// Sends `bytes` over the socket `to`, with the descriptor `fd` (SCM_RIGHTS) unless it is -1.
int send(Context &c, int to, const void *bytes, uint32_t size, int fd);

/// Waits for kAdopted, before the first record.
int wait_to_be_adopted(Context &c);

/// Tells the failure of the record at hand to whoever listens: the last failed call, or the refusal.
void report_failure(Context &c, int err);

}  // namespace rt::init
