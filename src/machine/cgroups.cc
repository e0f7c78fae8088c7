// SPDX-License-Identifier: Apache-2.0
//
// Where containers' cgroups would be, and which limits they could have there.
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/str.h"
#include "cgroup/device_filter.h"
#include "cgroup/enable.h"
#include "cgroup/probe.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/release.h"
#include "machine/attempt.h"
#include "machine/finding.h"

namespace rt::machine {
namespace {

using plan::Hierarchy;

/// Probed once: every question here is about them.
const plan::CgroupHost &host()
{
    static const plan::CgroupHost known = [] {
        auto probed = cgroup::probe();
        return probed ? std::move(probed).take() : plan::CgroupHost();
    }();
    return known;
}

const Hierarchy *v2()
{
    const auto at = std::ranges::find(host().hierarchies, true, &Hierarchy::v2);
    return at == host().hierarchies.end() ? nullptr : &*at;
}

bool has(const Hierarchy &hierarchy, std::string_view controller)
{
    return std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end();
}

const Hierarchy *v1_of(std::string_view controller)
{
    const auto at = std::ranges::find_if(host().hierarchies, [&](const Hierarchy &hierarchy) {
        return !hierarchy.v2 && has(hierarchy, controller);
    });
    return at == host().hierarchies.end() ? nullptr : &*at;
}

/// "" where we may make cgroups in `dir`, else why not.
std::string closed(const std::string &dir)
{
    const Status status = kernel::faccessat(kernel::kCwd, dir, W_OK);
    if (status) {
        return "";
    }
    const auto owner = kernel::fstatat(kernel::kCwd, dir, 0);
    return status.error().err() == EROFS ? str("\"", dir, "\" is mounted read-only")
           : owner                       ? str("\"", dir, "\" belongs to user ", owner->st_uid)
                                         : str("\"", dir, "\": ", in_words(status.error().err()));
}

constexpr const char *kNone = "no cgroup file system is mounted";
constexpr const char *kMount = "mount -t cgroup2 cgroup2 /sys/fs/cgroup";
constexpr const char *kDelegate = "run it in a delegated cgroup: systemd-run --user --scope -p Delegate=yes";

constexpr const char *kGiveAway =
    "root has to chown a directory there, with its files tasks and cgroup.procs";

/// systemd delegates cgroups of v2 alone.
std::string how_to_open()
{
    if (::geteuid() == 0) {
        return "a container around us has to mount /sys/fs/cgroup writable";
    }
    return host().unified() ? kDelegate : kGiveAway;
}

Finding layout()
{
    std::string v1;
    for (const Hierarchy &hierarchy : host().hierarchies) {
        if (!hierarchy.v2) {
            v1 += str(v1.empty() ? "" : " ", hierarchy.mount.substr(hierarchy.mount.rfind('/') + 1));
        }
    }
    if (host().hierarchies.empty()) {
        return no(kNone, kMount);
    }
    return v1.empty()        ? yes("v2")
           : v2() == nullptr ? yes(str("v1: ", v1))
                             : yes(str("hybrid: v2 beside v1: ", v1));
}

Finding own()
{
    const Hierarchy *unified = v2();
    const Hierarchy *one = unified != nullptr           ? unified
                           : host().hierarchies.empty() ? nullptr
                                                        : &host().hierarchies[0];
    return one == nullptr ? no(kNone, kMount) : yes(one->own.empty() ? "/" : one->own);
}

Finding place()
{
    std::string shut;
    for (const Hierarchy &hierarchy : host().hierarchies) {
        const std::string why = closed(plan::default_parent(hierarchy));
        shut += why.empty() ? "" : str(shut.empty() ? "" : "; ", why);
    }
    if (host().hierarchies.empty()) {
        return no(kNone, kMount);
    }
    const Hierarchy *memory = v1_of("memory");
    const Hierarchy &one = memory == nullptr ? host().hierarchies.back() : *memory;
    return shut.empty() ? yes(str("below ", plan::default_parent(one))) : no(shut, how_to_open());
}

/// Linux 6.13 and later leave what is disabled and not of v1 out of /proc/cgroups.
bool is_disabled_at_boot(std::string_view name)
{
    constexpr std::string_view kArgument = "cgroup_disable=";
    const std::string line = str(' ', kernel::text_of("/proc/cmdline"), ' ');
    for (std::size_t at = line.find(kArgument); at != line.npos; at = line.find(kArgument, at + 1)) {
        const std::size_t start = at + kArgument.size();
        const std::string names = str(',', line.substr(start, line.find(' ', start) - start), ',');
        if (names.find(str(',', name, ',')) != names.npos) {
            return true;
        }
    }
    return false;
}

/// /proc/cgroups: "hugetlb 0 1 1", the last for one that is not disabled.
Finding nowhere(std::string_view name, const char *v2_name)
{
    constexpr const char *kEnable = "take it out of cgroup_disable= of the kernel's command line";
    if (host().unified() && v2_name == nullptr) {
        return no("it is one of cgroup v1");
    }
    if (is_disabled_at_boot(name) || (v2_name != nullptr && is_disabled_at_boot(v2_name))) {
        return no("it is disabled", kEnable);
    }
    if (const auto none = no_procfs()) {
        return *none;
    }
    const std::string text = kernel::text_of("/proc/cgroups");
    const std::size_t at = text.find(str('\n', name, '\t'));
    if (at == std::string::npos) {
        return no("the kernel is built without it");
    }
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    return !line.ends_with("\t1") ? no("it is disabled", kEnable)
           : host().unified()     ? no("the root of cgroup v2 does not have it")
                                  : no("no hierarchy is mounted with it",
                                       str("mount -t cgroup -o ", name, ' ', name, " /sys/fs/cgroup/", name));
}

/// One that v1 calls by another name, or has not.
struct Controller {
    const char *v1, *v2;
};

Finding controller(const Controller &names)
{
    if (const Hierarchy *hierarchy = v1_of(names.v1)) {
        const std::string why = closed(plan::default_parent(*hierarchy));
        return why.empty() ? yes("v1") : no(why, how_to_open());
    }
    const Hierarchy *unified = v2();
    if (unified == nullptr || names.v2 == nullptr || !has(*unified, names.v2)) {
        return nowhere(names.v1, names.v2);
    }
    const std::string parent = plan::default_parent(*unified), why = closed(parent);
    if (!why.empty()) {
        return no(why, how_to_open());
    }
    const std::string held = cgroup::why_held_back(parent + "/x", names.v2);
    return held.empty() ? yes("v2") : no(held, ::geteuid() == 0 ? "" : kDelegate);
}

template <std::size_t I>
Finding controller_row();

constexpr auto kControllers = std::to_array<Controller>({
    {"cpu", "cpu"},
    {"cpuset", "cpuset"},
    {"memory", "memory"},
    {"blkio", "io"},
    {"pids", "pids"},
    {"hugetlb", "hugetlb"},
    {"rdma", "rdma"},
    {"misc", "misc"},
    {"net_cls", nullptr},
    {"net_prio", nullptr},
});

template <std::size_t I>
Finding controller_row()
{
    return controller(kControllers[I]);
}

Finding devices()
{
    if (!kernel::has_capability(CAP_SYS_ADMIN) || !kernel::is_in_initial_user_namespace()) {
        return no("rules about devices take CAP_SYS_ADMIN in the initial user namespace",
                  "containers without root's rights have the host's devices, bound, and no such rules");
    }
    if (v1_of("devices") != nullptr || v2() == nullptr) {
        return controller({"devices", nullptr});
    }
    const auto filter = cgroup::load_device_filter({});
    return filter ? yes("a BPF program") : no(str("bpf: ", in_words(filter.error().err())));
}

Finding freezer()
{
    const std::string why = v2() == nullptr ? "" : closed(plan::default_parent(*v2()));
    return v2() != nullptr && why.empty()                   ? yes("cgroup.freeze")
           : v2() == nullptr || v1_of("freezer") != nullptr ? controller({"freezer", nullptr})
                                                            : no(why, how_to_open());
}

/// A file of a v2 cgroup other than the root, which lacks it: of our own, or one below the root.
bool any_has(const char *file)
{
    const Hierarchy *unified = v2();
    if (unified == nullptr) {
        return false;
    }
    if (kernel::faccessat(kernel::kCwd, str(unified->mount, unified->own, '/', file), F_OK)) {
        return true;
    }
    const auto entries = kernel::list_at(kernel::kCwd, unified->mount);
    return entries && std::ranges::any_of(*entries, [&](const kernel::DirEntry &entry) {
               return entry.type == DT_DIR &&
                      kernel::faccessat(kernel::kCwd, str(unified->mount, '/', entry.name, '/', file), F_OK)
                          .ok();
           });
}

/// Where there is no cgroup to see it in, the release tells.
Finding kill_file()
{
    const bool has_it =
        any_has("cgroup.kill") || kernel::release_of(kernel::release()) >= kernel::Release{5, 14};
    return v2() == nullptr ? no("it is a file of cgroup v2", "processes are killed one by one")
           : has_it        ? yes()
                           : no(str("it came with Linux 5.14; this is ", kernel::release()),
                                "processes are killed one by one");
}

Finding pressure()
{
    if (const auto none = no_procfs()) {
        return *none;
    }
    return kernel::faccessat(kernel::kCwd, "/proc/pressure/cpu", F_OK)
               ? yes()
               : no("/proc/pressure is not there", "boot a kernel that has CONFIG_PSI with psi=1");
}

// clang-format off
constexpr Question kQuestions[] = {
    {"layout",       layout},
    {"own",          own},
    {"place",        place},
    {"cpu",          controller_row<0>},
    {"cpuset",       controller_row<1>},
    {"memory",       controller_row<2>},
    {"io",           controller_row<3>},
    {"pids",         controller_row<4>},
    {"hugetlb",      controller_row<5>},
    {"rdma",         controller_row<6>},
    {"misc",         controller_row<7>},
    {"net_cls",      controller_row<8>},
    {"net_prio",     controller_row<9>},
    {"devices",      devices},
    {"freezer",      freezer},
    {"cgroup.kill",  kill_file},
    {"pressure",     pressure},
};
// clang-format on

}  // namespace

Group cgroups() { return {"cgroups", kQuestions}; }

}  // namespace rt::machine
