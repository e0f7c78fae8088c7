// SPDX-License-Identifier: Apache-2.0
//
// Who we are, and who lends us ids.
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/str.h"
#include "host/id_ranges.h"
#include "host/obstacles.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "machine/attempt.h"
#include "machine/finding.h"
#include "oci/names.h"

namespace rt::machine {
namespace {

Finding user()
{
    const std::string name = host::user_name(kernel::text_of("/etc/passwd"), ::geteuid());
    return yes(str(::geteuid(), name.empty() ? "" : str(" (", name, ")")));
}

// Root of the machine is to have them all; anybody else has them in user namespaces of their own.
Finding capabilities()
{
    std::string lacking;
    unsigned held = 0;
    for (unsigned number = 0;
         number <= oci::kLastCapability && ::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number) {
        const bool have = kernel::has_capability(number);
        held += have ? 1 : 0;
        lacking += have ? "" : str(lacking.empty() ? "" : " ", oci::capability_name(number));
    }
    return lacking.empty() ? yes("all")
           : held == 0     ? no("none", "containers get theirs in a user namespace")
                           : no(str("lacking ", lacking),
                                "whoever started us dropped them: a container needs --privileged or --cap-add");
}

Finding new_privileges()
{
    return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
               ? no("no_new_privs is set on us: newuidmap and newgidmap can do nothing",
                    "NoNewPrivileges= of the service, or allowPrivilegeEscalation of the pod")
               : yes();
}

Finding filter()
{
    return !host::in_seccomp_filter()
               ? yes("no filter")
               : no("a seccomp filter is around us", "it must allow what is said to be missing here");
}

struct Kind {
    const char *file, *helper, *option;
    unsigned capability;
};
constexpr Kind kUsers = {"/etc/subuid", "newuidmap", "--add-subuids", CAP_SETUID};
constexpr Kind kGroups = {"/etc/subgid", "newgidmap", "--add-subgids", CAP_SETGID};

/// What of a map nobody has to write for us, user_namespaces(7); "" where we may map our own id alone.
std::string mapped_by_ourselves(const Kind &kind)
{
    return !kernel::has_capability(kind.capability)  ? ""
           : !kernel::is_in_initial_user_namespace() ? "we may map any id of our own user namespace"
           : kind.capability == CAP_SETUID && !kernel::has_capability(CAP_SETFCAP) ? "we may map any id but 0"
                                                                                   : "we may map any id";
}

Finding helper(const Kind &kind)
{
    const auto path = host::find_program(kind.helper);
    if (!path) {
        const std::string ourselves = mapped_by_ourselves(kind);
        return ourselves.empty()
                   ? no("not installed: one id can be mapped, and no more", "install uidmap (shadow-utils)")
                   : no(str("not installed; ", ourselves));
    }
    const auto obstacle = host::no_rights_for(*path);
    return obstacle ? no(obstacle->who, obstacle->mend) : yes(*path);
}

/// What root has to do that `name` has ids which nobody else has, as user or as group; "" where there are no
/// more.
std::string how_to_lend(const Kind &kind, const std::string &name)
{
    constexpr std::uint32_t kUsual = 65536;
    const std::uint32_t first = std::max(host::first_unlent(kernel::text_of(kUsers.file)),
                                         host::first_unlent(kernel::text_of(kGroups.file)));
    const std::uint32_t last = first + (kUsual - 1);
    return last < first || last == UINT32_MAX ? ""
           : name.empty() ? str("add the line ", ::geteuid(), ':', first, ':', kUsual, " to ", kind.file)
                          : str("usermod ", kind.option, ' ', first, '-', last, ' ', name);
}

Finding ranges(const Kind &kind)
{
    const uid_t uid = ::geteuid();
    const std::string name = host::user_name(kernel::text_of("/etc/passwd"), uid);
    std::string found;
    for (const host::IdRange &range : host::ranges_of(kernel::text_of(kind.file), name, uid)) {
        found += str(found.empty() ? "" : " ", range.first, ":", range.count);
    }
    if (!found.empty()) {
        return yes(found);
    }
    const std::string none = str("none for user ", uid, " in ", kind.file);
    const std::string ourselves = mapped_by_ourselves(kind);
    return ourselves.empty() ? no(none, how_to_lend(kind, name)) : no(str(none, "; ", ourselves));
}

// clang-format off
constexpr Question kQuestions[] = {
    {"user",           user},
    {"capabilities",   capabilities},
    {"new privileges", new_privileges},
    {"seccomp around", filter},
    {"newuidmap",      [] { return helper(kUsers); }},
    {"newgidmap",      [] { return helper(kGroups); }},
    {"subuid",         [] { return ranges(kUsers); }},
    {"subgid",         [] { return ranges(kGroups); }},
};
// clang-format on

}  // namespace

Group rights() { return {"rights", kQuestions}; }

}  // namespace rt::machine
