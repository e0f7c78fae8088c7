// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace rt::corpus {

/// A line for everything below `path`, sorted: type, mode, owner, links, time unless it is 0, content,
/// extended attributes.  `identity`: inode and the time of its last change as well, which no change leaves
/// alone.
std::string tree(const std::string &path, bool identity = false);

}  // namespace rt::corpus
