// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "base/json.h"

namespace rt::oci {

/// `paused` is ours (and every peer's); the others are the spec's.
enum class Status : std::uint8_t { kCreating, kCreated, kRunning, kStopped, kPaused };

std::string_view in_words(Status status);

/// The state of a container, as `state` prints it and hooks read it (runtime.md#state).
struct State {
    std::string oci_version;
    std::string id;
    Status status = Status::kCreating;
    pid_t pid = 0;  ///< 0 when stopped
    std::string bundle;
    std::string rootfs;
    std::string created;  ///< RFC 3339 with nanoseconds, UTC
    std::map<std::string, std::string> annotations;
    std::string owner;
};

/// What `state` prints: two spaces of indent, no newline at the end, empty annotations left out.
std::string print_state(const State &state);

/// What a hook reads on stdin: one line, the properties of the spec alone.
std::string hook_state(const State &state);

/// Writes all properties as an object: for `list --format json` and the seccomp listener.
void write_state(json::Writer &writer, const State &state);

}  // namespace rt::oci
