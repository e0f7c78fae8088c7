// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "oci/names.h"
#include "oci/nearest.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

constexpr std::uint32_t kMaxErrno = 4095;   // MAX_ERRNO: the kernel caps at it
constexpr std::uint32_t kMaxData = 65535;   // SECCOMP_RET_DATA, what a tracer sees
constexpr std::uint32_t kLastArgument = 5;  // a syscall has six

constexpr const char *kAt = "/linux/seccomp";
constexpr const char *kListenerPath = "/linux/seccomp/listenerPath";

// spec: SeccompErrnoRetAction
void check_errno(SeccompAction action, const std::string &at_action, std::optional<std::uint32_t> errno_ret,
                 const std::string &at, Findings &findings)
{
    if (!errno_ret) {
        return;
    }
    if (action != SeccompAction::kErrno && action != SeccompAction::kTrace) {
        findings.error(at, str("is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, the action is ", word_of(action)),
                       {.clause = "SeccompErrnoRetAction", .instead = "remove it", .because = at_action});
        return;
    }
    const std::uint32_t most = action == SeccompAction::kErrno ? kMaxErrno : kMaxData;
    if (*errno_ret > most) {
        findings.error(
            at, str("must be at most ", most, ", got ", *errno_ret),
            {.clause = "SeccompErrnoRet", .instead = "an errno, as 1 for EPERM", .because = at_action});
    }
}

// spec: SeccSyscallsNamesRequired, SeccompArgsIndex
void check_syscall(const SeccompSyscall &syscall, const std::string &at, Findings &findings)
{
    constexpr std::string_view kNames = "SeccSyscallsNamesRequired";
    if (syscall.names.empty()) {
        findings.error(at + "/names", "must have at least one entry",
                       {.clause = kNames, .instead = "names, or remove the rule"});
    }
    for (std::size_t i = 0; i < syscall.names.size(); ++i) {
        if (syscall.names[i].empty()) {
            findings.error(nth(at + "/names", i), "must not be empty",
                           {.clause = kNames, .instead = "remove it"});
        }
    }
    check_errno(syscall.action, at + "/action", syscall.errno_ret, at + "/errnoRet", findings);
    for (std::size_t i = 0; i < syscall.args.size(); ++i) {
        if (syscall.args[i].index > kLastArgument) {
            findings.error(nth(at + "/args", i) + "/index",
                           str("must be from 0 to ", kLastArgument, ", got ", syscall.args[i].index),
                           {.clause = "SeccompArgsIndex", .instead = "0 for the first argument"});
        }
    }
}

/// Where the profile says SCMP_ACT_NOTIFY first.
std::string first_notify(const Seccomp &seccomp)
{
    if (seccomp.default_action == SeccompAction::kNotify) {
        return str(kAt, "/defaultAction");
    }
    const auto rule = std::ranges::find(seccomp.syscalls, SeccompAction::kNotify, &SeccompSyscall::action);
    return nth(str(kAt, "/syscalls"), static_cast<std::size_t>(rule - seccomp.syscalls.begin())) + "/action";
}

// spec: SeccompListenerMetadata, SeccompNotifyNeedsListener, SeccompListenerIgnored
void check_listener(const Seccomp &seccomp, Findings &findings)
{
    if (!seccomp.listener_metadata.empty() && seccomp.listener_path.empty()) {
        findings.error(str(kAt, "/listenerMetadata"), "must not be given without listenerPath",
                       {.clause = "SeccompListenerMetadata",
                        .instead = "remove it, or add listenerPath",
                        .because = kListenerPath});
    }
    if (!seccomp.notifies()) {
        return;
    }
    if (seccomp.listener_path.empty()) {
        findings.error(first_notify(seccomp), "needs listenerPath: nobody could answer",
                       {.clause = "SeccompNotifyNeedsListener",
                        .instead = "another action, or add listenerPath",
                        .because = kListenerPath});
    } else if (!seccomp.listener_path.starts_with('/')) {
        // `start` may be called from anywhere.
        findings.error(kListenerPath,
                       str("must be an absolute path, got ", json::quote(seccomp.listener_path)),
                       {.clause = "SeccompListenerPath", .instead = "the path from /"});
    }
}

}  // namespace

bool Seccomp::notifies() const
{
    return default_action == SeccompAction::kNotify ||
           std::ranges::find(syscalls, SeccompAction::kNotify, &SeccompSyscall::action) != syscalls.end();
}

// spec: SeccompArchitectures, SeccompFlags
void check_seccomp(const Seccomp &seccomp, Findings &findings)
{
    const std::string at = kAt;
    check_errno(seccomp.default_action, at + "/defaultAction", seccomp.default_errno_ret,
                at + "/defaultErrnoRet", findings);
    for (std::size_t i = 0; i < seccomp.architectures.size() && !findings.enough(); ++i) {
        if (!std::ranges::binary_search(seccomp_archs(), seccomp.architectures[i])) {
            findings.error(nth(at + "/architectures", i),
                           str("unknown architecture ", json::quote(seccomp.architectures[i])),
                           {.clause = "SeccompArchitectures",
                            .instead = nearest_or(seccomp.architectures[i], seccomp_archs(), "remove it")});
        }
    }
    const std::vector<std::string> flags = seccomp.flags.value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < flags.size() && !findings.enough(); ++i) {
        const auto known = seccomp_flags();
        if (std::ranges::find(known, flags[i], &Word<std::uint32_t>::word) == known.end()) {
            findings.error(
                nth(at + "/flags", i), str("unknown flag ", json::quote(flags[i])),
                {.clause = "SeccompFlags", .instead = nearest_or(flags[i], words_in(known), "remove it")});
        }
    }
    check_listener(seccomp, findings);
    for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
        check_syscall(seccomp.syscalls[i], nth(at + "/syscalls", i), findings);
    }
}

}  // namespace rt::oci
