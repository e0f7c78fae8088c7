// SPDX-License-Identifier: Apache-2.0
//
// Whether what is unpacked in the store is what it was made of.
#pragma once

#include "base/result.h"
#include "store/findings.h"
#include "store/store.h"

namespace rt::store {

/// Unpacks every layer again from its blob, where that is there, and makes again what the layers of images
/// need together; what is there and differs, in kind, owner, mode, time, attributes, bytes or in which names
/// are one file, is damaged.
Status check_content(const Store &store, Findings &findings);

}  // namespace rt::store
