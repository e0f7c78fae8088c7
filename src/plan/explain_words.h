// SPDX-License-Identifier: Apache-2.0
//
// The kernel's numbers as the words that config.json and its readers have for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rt::plan {

/// MOUNT_ATTR_* that are set: {"ro", "nosuid"}.  An atime is named where `cleared` holds its field.
std::vector<std::string> attribute_words(std::uint64_t set, std::uint64_t cleared);
/// MOUNT_ATTR_* that are cleared.
std::vector<std::string> cleared_words(std::uint64_t cleared);
/// MS_* of mount(2), without those of propagation.
std::vector<std::string> mount_flag_words(std::uint64_t flags);
/// MS_SHARED and its likes: "shared"; "rshared" when `recursive`.
std::string propagation_word(std::uint64_t flags, bool recursive);
/// {"CAP_CHOWN"}; {"all"} for all we know.
std::vector<std::string> capability_words(std::uint64_t mask);
/// SECCOMP_FILTER_FLAG_*.
std::vector<std::string> seccomp_flag_words(std::uint64_t flags);
/// "1024", or "unlimited".
std::string limit_word(std::uint64_t limit);
/// "0755".
std::string mode_word(std::uint64_t mode);
/// "character 1:3" for a st_mode and a dev_t.
std::string device_word(std::uint64_t mode, std::uint64_t device);

}  // namespace rt::plan
