// SPDX-License-Identifier: Apache-2.0
//
// RLIMIT_NOFILE: an image can have thousands of layers, each with some files that are open.
#pragma once

namespace rt::layerctl {

/// From now on as many descriptors as there may be at all.
void raise_descriptor_limit();
/// What it was before, for the program that we start or become.
void restore_descriptor_limit();

}  // namespace rt::layerctl
