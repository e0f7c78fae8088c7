// SPDX-License-Identifier: Apache-2.0
#include "init/blob.h"

// Both come from init_blob.S.
extern "C" const unsigned char rt_init_blob_begin[];
extern "C" const unsigned char rt_init_blob_end[];

namespace rt::init {

std::span<const unsigned char> init_blob() { return {rt_init_blob_begin, rt_init_blob_end}; }

}  // namespace rt::init
