// SPDX-License-Identifier: Apache-2.0
#include "machine/id_mapped.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "host/id_maps.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"
#include "machine/attempt.h"

namespace rt::machine {
namespace {

/// The kernel's own, which hold no files of containers.
constexpr std::string_view kSynthetic[] = {
    "autofs",   "binfmt_misc", "bpf",        "cgroup",    "cgroup2", "configfs", "debugfs", "devpts",
    "devtmpfs", "efivarfs",    "fusectl",    "hugetlbfs", "mqueue",  "nsfs",     "proc",    "pstore",
    "resctrl",  "rpc_pipefs",  "securityfs", "selinuxfs", "sysfs",   "tracefs",
};

struct Sample {
    std::string type, path;
};

/// A mount of each type.
std::vector<Sample> samples()
{
    std::vector<Sample> samples;
    const std::string text = kernel::text_of("/proc/self/mountinfo");
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::size_t dash = line.find(" - ");
        if (dash == line.npos) {
            continue;
        }
        std::string_view type = line.substr(dash + 3), path = line;
        type = type.substr(0, type.find(' '));
        for (int field = 0; field < 4; ++field) {
            path.remove_prefix(std::min(path.size(), path.find(' ') + 1));
        }
        path = path.substr(0, path.find(' '));
        if (std::ranges::find(kSynthetic, type) == std::end(kSynthetic) &&
            std::ranges::find(samples, type, &Sample::type) == samples.end()) {
            samples.push_back({std::string(type), std::string(path)});
        }
    }
    return samples;
}

/// With user 0 as itself: whether it can be done does not hang on the map.
Result<Fd> user_namespace()
{
    TRY_LET(procfs, kernel::open_procfs());
    const std::vector<oci::IdMapping> root{{.container_id = 0, .host_id = 0, .size = 1}};
    return host::user_namespace(
        procfs, {.uids = root, .gids = root, .deny_setgroups = !kernel::has_capability(CAP_SETGID)});
}

int mapped(FdRef space, const std::string &path)
{
    const long tree =
        raw::call(__NR_open_tree, AT_FDCWD, raw::word(path.c_str()), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        return static_cast<int>(-tree);
    }
    const Fd copy(static_cast<int>(tree));
    mount_attr attributes = {};
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<std::uint64_t>(space.get());
    return static_cast<int>(-raw::call(__NR_mount_setattr, copy.get(), raw::word(""), AT_EMPTY_PATH,
                                       raw::word(&attributes), sizeof attributes));
}

}  // namespace

Finding id_mapped_mounts()
{
    if (!kernel::has_capability(CAP_SYS_ADMIN)) {
        return no("it takes CAP_SYS_ADMIN over the file system", "only root can map the ids of mounts");
    }
    if (const auto none = no_user_namespace()) {
        return *none;
    }
    const auto space = user_namespace();
    if (!space) {
        return no(space.error().text());
    }
    std::string can, cannot;
    bool forbidden = true;
    for (const Sample &sample : samples()) {
        const int err = mapped(*space, sample.path);
        forbidden = forbidden && (err == EPERM);
        std::string &list = err == 0 ? can : cannot;
        list += str(list.empty() ? "" : ", ", sample.type, err == 0 ? "" : str(" (", in_words(err), ")"));
    }
    return can.empty() ? no(cannot.empty() ? "there is no file system to try it on" : cannot,
                            forbidden ? "it takes CAP_SYS_ADMIN in the user namespace that mounted them"
                                      : "Linux 5.12 is the first to have it, for a few file systems")
                       : yes(cannot.empty() ? can : str(can, "; not ", cannot));
}

}  // namespace rt::machine
