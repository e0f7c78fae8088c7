// SPDX-License-Identifier: Apache-2.0
//
// The rules of config.json's process.
#include <algorithm>
#include <array>
#include <map>

#include "base/json.h"
#include "base/str.h"
#include "oci/names.h"
#include "oci/nearest.h"
#include "oci/rules.h"
#include "oci/validate.h"

namespace rt::oci {
namespace {

constexpr std::uint32_t kNobody = 4294967295;  // (uid_t)-1: "leave it" to the kernel, no id

// spec: PosixProcRlimitsTypeGenError, PosixProcRlimitsErrorOnDup, PosixProcRlimitsSoftMatchCur
void check_rlimits(const std::vector<Rlimit> &rlimits, const std::string &at, Findings &findings)
{
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < rlimits.size() && !findings.enough(); ++i) {
        const Rlimit &limit = rlimits[i];
        if (!rlimit_resource(limit.type)) {
            findings.error(nth(at, i) + "/type", str("unknown resource limit ", json::quote(limit.type)),
                           {.clause = "PosixProcRlimitsTypeGenError",
                            .instead = nearest_or(limit.type, rlimit_types(), "remove it")});
            continue;
        }
        const auto [first, is_new] = seen.emplace(limit.type, i);
        if (!is_new) {
            findings.error(nth(at, i) + "/type",
                           str(json::quote(limit.type), " is already at ", nth(at, first->second)),
                           {.clause = "PosixProcRlimitsErrorOnDup", .instead = "remove it"});
        }
        if (limit.soft > limit.hard) {
            findings.error(nth(at, i),
                           str("soft must not be above hard, got ", limit.soft, " and ", limit.hard),
                           {.clause = "PosixProcRlimitsSoftMatchCur",
                            .instead = str("\"soft\": ", limit.hard, ", or a higher hard")});
        }
    }
}

bool contains(const std::vector<std::string> &names, const std::string &name)
{
    return std::ranges::find(names, name) != names.end();
}

// spec: LinuxProcCapabilitiesWarn, LinuxProcCapabilitiesNoFail
void check_capabilities(const Capabilities &caps, const std::string &at, Findings &findings)
{
    struct Set {
        std::string_view name;
        const std::vector<std::string> &names;
    };
    constexpr std::string_view kWarn = "LinuxProcCapabilitiesWarn";
    const std::array<Set, 5> sets = {{
        {"bounding", caps.bounding},
        {"effective", caps.effective},
        {"inheritable", caps.inheritable},
        {"permitted", caps.permitted},
        {"ambient", caps.ambient},
    }};
    for (const Set &set : sets) {
        for (std::size_t i = 0; i < set.names.size(); ++i) {
            if (!capability_number(set.names[i])) {
                findings.warning(
                    nth(str(at, '/', set.name), i),
                    str("unknown capability ", json::quote(set.names[i]), ", not granted"),
                    {.clause = kWarn,
                     .instead =
                         findings.full() ? "" : nearest_or(set.names[i], capability_names(), "remove it")});
            }
        }
    }
    for (std::size_t i = 0; i < caps.ambient.size(); ++i) {
        const std::string &name = caps.ambient[i];
        if (capability_number(name) &&
            (!contains(caps.permitted, name) || !contains(caps.inheritable, name))) {
            findings.warning(nth(at + "/ambient", i),
                             str(json::quote(name), " is not permitted and inheritable too, not granted"),
                             {.clause = kWarn, .instead = "add it to permitted and inheritable"});
        }
    }
}

void check_user(const User &user, const std::string &at, Findings &findings)
{
    const auto want_id = [&](std::uint32_t id, std::string where, std::string_view clause) {
        if (id == kNobody) {
            findings.error(std::move(where), "must be below 4294967295, which is no id",
                           {.clause = clause, .instead = "65534 for nobody"});
        }
    };
    want_id(user.uid, at + "/uid", "ProcUserImplement");
    want_id(user.gid, at + "/gid", "ProcUserImplement");
    for (std::size_t i = 0; i < user.additional_gids.size(); ++i) {
        want_id(user.additional_gids[i], nth(at + "/additionalGids", i), "ProcUserAdditionalGids");
    }
    if (user.umask.value_or(0) > 0777) {
        findings.error(at + "/umask", str("must be at most 511 (octal 777), got ", *user.umask),
                       {.clause = "ProcUserUmask", .instead = "a decimal number: 18 is octal 022"});
    }
}

}  // namespace

// spec: ProcCwdAbs, ProcArgsOneEntryRequired, LinuxProcOomScoreAdjSet, ProcConsoleSizeIgnore
void validate_process(const Process &process, const std::string &at, Findings &findings)
{
    constexpr std::uint32_t kLargestConsole = 65535;  // struct winsize
    want_absolute(process.cwd, at + "/cwd", "ProcCwdAbs", findings);
    if (process.args.empty()) {
        findings.error(at + "/args", "must have at least one entry",
                       {.clause = "ProcArgsOneEntryRequired", .instead = R"(a program, as ["/bin/sh"])"});
    }
    want_env(process.env, at + "/env", "ProcEnv", findings);
    check_user(process.user, at + "/user", findings);
    check_rlimits(process.rlimits, at + "/rlimits", findings);
    if (process.capabilities) {
        check_capabilities(*process.capabilities, at + "/capabilities", findings);
    }
    if (process.scheduler) {
        check_scheduler(*process.scheduler, at + "/scheduler", findings);
    }
    if (process.io_priority) {
        check_io_priority(*process.io_priority, at + "/ioPriority", findings);
    }
    const std::int32_t oom_score = process.oom_score_adj.value_or(0);
    if (oom_score < -1000 || oom_score > 1000) {
        findings.error(at + "/oomScoreAdj", str("must be from -1000 to 1000, got ", oom_score),
                       {.clause = "LinuxProcOomScoreAdjSet", .instead = oom_score < 0 ? "-1000" : "1000"});
    }
    const ConsoleSize size = process.console_size.value_or(ConsoleSize{});
    if (process.terminal && (size.height > kLargestConsole || size.width > kLargestConsole)) {
        findings.error(at + "/consoleSize", str("must be at most ", kLargestConsole, " each way"),
                       {.clause = "ProcConsoleSize", .instead = R"(as {"height": 24, "width": 80})"});
    }
}

}  // namespace rt::oci
