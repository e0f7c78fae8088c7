// SPDX-License-Identifier: Apache-2.0
//
// What is said to CRIU and what it answers: criu_req and criu_resp of its images/rpc.proto.  Descriptors go
// by number: CRIU looks them up in our process, or inherits them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::criu {

/// criu_req_type.
enum class Type : std::uint8_t {
    kDump = 1,
    kRestore = 2,
    kPreDump = 4,
    kNotify = 6,
    kFeatureCheck = 9,
    kVersion = 10,
};

/// criu_cg_mode: who makes cgroups, and sets what is in them, on restore.
enum class CgroupMode : std::uint8_t { kIgnore = 0, kSoft = 3, kFull = 4, kStrict = 5 };
/// "ignore", "soft", "full", "strict".
std::optional<CgroupMode> cgroup_mode(std::string_view word);

/// criu_network_lock_method.
enum class NetworkLock : std::uint8_t { kIptables = 1, kNftables = 2, kSkip = 3 };
/// "iptables", "nftables", "skip".
std::optional<NetworkLock> network_lock(std::string_view word);

/// ext_mount_map and cgroup_root: two strings of which the message decides what they are.
struct Pair {
    std::string first, second;
    bool operator==(const Pair &) const = default;
};

struct InheritedFd {
    std::string key;  ///< "pipe:[4711]", "file[mnt_id:inode]", "tty[rdev:dev]", or a name given at the dump
    int fd = -1;
};

struct PageServer {
    std::string address;
    std::uint16_t port = 0;
};

/// criu_opts: a zero, an empty one and an absent one all mean CRIU's default, which is "no".
struct Options {
    int images_dir = -1;  ///< open while CRIU works
    int work_dir = -1;
    pid_t pid = 0;
    std::string root;
    std::string log_file;
    int log_level = 0;
    bool notify_scripts = false;

    bool leave_running = false;
    bool ext_unix_sk = false;
    bool tcp_established = false;
    bool tcp_skip_in_flight = false;
    bool tcp_close = false;
    bool evasive_devices = false;
    bool shell_job = false;
    bool file_locks = false;
    bool link_remap = false;
    bool track_mem = false;
    bool auto_dedup = false;
    bool lazy_pages = false;
    bool orphan_pts_master = false;
    bool rst_sibling = false;
    bool ext_masters = false;

    std::string parent_images;  ///< relative to images_dir
    std::optional<PageServer> page_server;
    std::uint32_t empty_namespaces = 0;  ///< CLONE_NEWNET
    std::optional<CgroupMode> cgroup_mode;
    std::optional<NetworkLock> network_lock;
    std::string freeze_cgroup;  ///< absolute
    std::string lsm_profile;    ///< "apparmor:NAME", "selinux:LABEL"
    std::string lsm_mount_context;
    std::string config_file;
    std::string program;  ///< not told to CRIU: which one that is, a path or a name in $PATH; "": "criu"

    std::vector<Pair> mounts;            ///< key and, on restore, the host's path
    std::vector<Pair> cgroup_roots;      ///< controllers and the cgroup that is theirs now
    std::vector<Pair> join_namespaces;   ///< "ipc", path
    std::vector<std::string> external;   ///< what of the host the container uses
    std::vector<InheritedFd> inherited;  ///< what takes its place on restore
};

/// criu_features.
struct Features {
    bool mem_track = false;
    bool lazy_pages = false;
};

/// criu_version as one number: 31701 is 3.17.1.
using Version = std::uint32_t;
/// "3.17.1"; "4.0" without a third number.
std::string in_words(Version version);

/// criu_resp.
struct Response {
    Type type{};
    bool success = false;
    pid_t restored = 0;  ///< of a restore: the first process
    std::string script;  ///< of a notification: "post-restore"
    pid_t pid = 0;       ///< the process it is about, or 0
    int err = 0;         ///< errno, as far as CRIU knows
    std::string message;
    Version version = 0;
    Features features;
};

/// A criu_req: what CRIU has to know of `options` for `type`.
std::string encode_request(Type type, const Options &options);
std::string encode_version_request();
std::string encode_feature_check();
/// The answer to a notification; false ends the whole operation.
std::string encode_notified(bool success);

/// Fails on bytes that are no criu_resp; fields that we do not know are passed over.
Result<Response> parse_response(std::string_view bytes);

}  // namespace rt::criu
