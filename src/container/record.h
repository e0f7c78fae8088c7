// SPDX-License-Identifier: Apache-2.0
//
// What is on disk about a container: all that later commands need, and all that has to be undone.
// config.json is never read again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/cgroup.h"
#include "network/moves.h"
#include "oci/config.h"
#include "resctrl/resctrl.h"

namespace rt::container {

/// How far the container got.  `stopped` is never written: it is what a dead init means.
enum class Phase : std::uint8_t { kCreating, kCreated, kRunning };

/// A process that cannot be mistaken for a later one of the same number.
struct ProcessId {
    pid_t pid = 0;  ///< 0: none yet
    std::uint64_t start = 0;
    bool operator==(const ProcessId &) const = default;
};

/// A step that init takes once `start` has told it to: `start` has no Plan to look it up in.
struct LateStep {
    std::uint32_t op = 0;  ///< init::Op
    std::string does;      ///< `executing "sh"`
    std::string operand;   ///< `sh`
    bool operator==(const LateStep &) const = default;
};

/// Who answers for SCMP_ACT_NOTIFY: of linux.seccomp.
struct SeccompListener {
    std::string path;  ///< absolute
    std::string metadata;
    bool operator==(const SeccompListener &) const = default;
};

struct Record {
    std::string oci_version;
    std::string id;
    std::string bundle;
    std::string rootfs;
    std::string created;  ///< RFC 3339 with nanoseconds, UTC
    std::uint32_t owner = 0;
    Phase phase = Phase::kCreating;
    std::map<std::string, std::string> annotations;
    cgroup::CgroupRecord cgroup;
    std::optional<network::NetworkRecord> network;  ///< while devices are on their way
    std::optional<resctrl::ResctrlRecord> resctrl;
    ProcessId creator, init;
    std::optional<ProcessId> restorer;  ///< CRIU: outlives a `restore` that is killed
    bool has_process = false;
    bool terminal = false;
    bool own_pid_namespace = false;
    /// Its session keyring's name; "": it kept the caller's; none: "_ses.ID", by a build that had no other.
    std::optional<std::string> keyring;
    std::vector<oci::Hook> poststart, poststop;
    std::uint32_t first_late_step = 0;  ///< its index in the Plan
    std::vector<LateStep> late_steps;
    std::optional<SeccompListener> listener;  ///< none: the filter has no use for one
};

/// The record as JSON.
std::string print_record(const Record &record);
/// Refuses anything that print_record() did not write, of whatever version.
Result<Record> parse_record(std::string_view text);
/// What can be made out of a damaged record, or one of another version; the rest is as in a new Record.
Record salvage(std::string_view text);

inline constexpr const char *kRecordFile = "record.json";

/// record.json below `dir`, by a temporary name and renameat(2).
Status write_record(FdRef dir, const Record &record);
/// ENOENT when there is none.
Result<Record> read_record(FdRef dir);
/// The same from the file, which StateRoot::open_in(kRecordFile) opens.
Result<Record> read_record_file(FdRef file);

/// config.json as the container was made with it, for `exec`: what becomes of the bundle's is nothing to it.
Status write_config(FdRef dir, std::string_view text);
/// ENOENT when there is none.
Result<std::string> read_config(FdRef dir);
/// What can still be made out of a damaged record, or one of another version: enough to end what it names.
/// Nothing when there is no such file.
Result<std::optional<Record>> salvage_record(FdRef dir);

}  // namespace rt::container
