// SPDX-License-Identifier: Apache-2.0
//
// The container's half: a row for each Op whose record says more than describe() does.
#include "plan/explain_steps.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/str.h"
#include "init/wire.h"
#include "plan/explain_words.h"
#include "plan/seccomp_arch.h"

namespace rt::plan {
namespace {

using init::Op;

class Facts {
public:
    void number(std::string_view name, std::uint64_t value) { all_.push_back(Fact::count(name, value)); }
    void text(std::string_view name, std::string value)
    {
        if (!value.empty()) {
            all_.push_back(Fact::text(name, std::move(value)));
        }
    }
    void words(std::string_view name, Words value)
    {
        if (!value.empty()) {
            list(name, std::move(value));
        }
    }
    /// Also an empty one, where that says something.
    void list(std::string_view name, Words value) { all_.push_back(Fact::list(name, std::move(value))); }
    void flag(std::string_view name, bool yes)
    {
        if (yes) {
            all_.push_back(Fact::flag(name, true));
        }
    }
    std::vector<Fact> take() && { return std::move(all_); }

private:
    std::vector<Fact> all_;
};

bool has(const Step &step, init::Flag flag) { return (step.flags & flag) != 0; }

// ---- mounts -------------------------------------------------------------------------------------

void source(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("source", step.s1);
    facts.flag("recursive", has(step, init::kRecursive));
}

void fs_mount(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("type", step.s1);
    facts.text("source", step.s2);
    facts.words("options", step.w3);
    facts.words("attributes", attribute_words(step.a, 0));
    facts.flag("mayFail", has(step, init::kMayFail));
}

void legacy_mount(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("type", step.s1);
    facts.text("source", step.s2);
    facts.text("data", step.more().s3);
    facts.words("flags", mount_flag_words(step.a));
    facts.flag("fallback", has(step, init::kInstead));
}

void reconfigure(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.words("options", step.w3);
}

void attributes(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.words("set", attribute_words(step.a, step.b));
    facts.words("clear", cleared_words(step.b));
    if (step.c != 0) {
        facts.text("propagation", propagation_word(step.c, has(step, init::kRecursive)));
    }
    facts.flag("recursive", has(step, init::kRecursive));
}

void root_attributes(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.words("set", attribute_words(step.a, 0));
    if (step.c != 0) {
        facts.text("propagation", propagation_word(step.c, has(step, init::kRecursive)));
    }
}

void propagation(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("propagation", propagation_word(step.a, has(step, init::kRecursive)));
}

void attach(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.flag("realDirectory", has(step, init::kRealDirectory));
    facts.flag("keepsMode", has(step, init::kTargetMode));
}

void pivot(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("by", has(step, init::kNoPivot) ? "chroot" : "pivot_root");
}

void chroot(const Background & /*background*/, const Step & /*step*/, Facts &facts)
{
    facts.text("by", "chroot");
}

// ---- files --------------------------------------------------------------------------------------

void directory(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("mode", mode_word(step.a));
}

void link(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("to", step.s2);
    facts.text("ifThere", step.more().s3);
    facts.flag("replace", has(step, init::kReplace));
}

void device(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("device", device_word(step.a, step.b));
    facts.text("mode", mode_word(step.a));
    facts.number("uid", step.c & 0xffffffff);
    facts.number("gid", step.c >> 32);
    facts.text("boundFrom", step.s2);
}

void console(const Background & /*background*/, const Step &step, Facts &facts)
{
    if (step.a != 0 || step.b != 0) {
        facts.number("rows", step.a);
        facts.number("columns", step.b);
    }
    facts.number("uid", step.c);
}

// ---- process ------------------------------------------------------------------------------------

void cgroups(const Background &background, const Step &step, Facts &facts)
{
    Words paths;
    const CgroupPlan &cgroup = background.plan.cgroup;
    for (std::size_t i = 0; i < cgroup.dirs.size(); ++i) {
        if (i != cgroup.born_in) {
            paths.push_back(cgroup.dirs[i].path);
        }
    }
    const auto first =
        paths.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(step.a, paths.size()));
    const auto count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(step.b), paths.end() - first);
    facts.words("cgroups", Words(first, first + count));
}

/// The environment of who calls the runtime is no part of a plan: without one of its own the list is left
/// out.
void arguments(const oci::Hook &hook, Facts &facts)
{
    facts.list("args", hook.args.empty() ? Words{hook.path} : hook.args);
    if (hook.env) {
        facts.list("env", *hook.env);
    }
    if (hook.timeout) {
        facts.text("timeout", str(*hook.timeout, " s"));
    }
}

void hook(const Background &background, const Step &step, Facts &facts)
{
    const bool early = std::string_view(step.origin.section) == "/hooks/createContainer";
    const oci::Hooks &hooks = background.config.hooks;
    const auto &list = early ? hooks.create_container : hooks.start_container;
    arguments(list[static_cast<std::size_t>(step.origin.index)], facts);
}

/// Of the calls without an Op of their own, those whose arguments the sentence does not have.
void call(const Background & /*background*/, const Step &step, Facts &facts)
{
    if (step.n != __NR_setgroups) {
        return;
    }
    Words groups;
    for (std::size_t at = 0; at + sizeof(std::uint32_t) <= step.s2.size(); at += sizeof(std::uint32_t)) {
        std::uint32_t gid = 0;
        std::memcpy(&gid, step.s2.data() + at, sizeof gid);
        groups.push_back(str(gid));
    }
    facts.list("gids", std::move(groups));
}

void written(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("file", str("/proc/", step.s1));
    facts.text("text", step.s2);
}

void home(const Background & /*background*/, const Step &step, Facts &facts) { facts.number("uid", step.a); }

void limit(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("soft", limit_word(step.b));
    facts.text("hard", limit_word(step.c));
    facts.flag("raiseOnly", has(step, init::kRaiseOnly));
}

void bounding(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.list("kept", capability_words(step.a));
}

void capabilities(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.list("effective", capability_words(step.a));
    facts.list("permitted", capability_words(step.b));
    facts.list("inheritable", capability_words(step.c));
}

void ids(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.number("uid", step.a);
    facts.number("gid", step.b);
    if (step.c != init::kNoUmask) {
        facts.text("umask", mode_word(step.c));
    }
}

void directory_change(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.flag("mayFail", has(step, init::kMayFail));
}

void descriptors(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.number("from", step.a);
}

void filter(const Background &background, const Step &step, Facts &facts)
{
    constexpr std::size_t kInstruction = 8;
    facts.number("instructions", step.more().bytes.size() / kInstruction);
    facts.words("flags", seccomp_flag_words(step.a));
    Words archs = {std::string(native_seccomp_arches().front().word)};
    for (const std::string &arch : background.config.linux_.seccomp->architectures) {
        if (std::ranges::find(archs, arch) == archs.end()) {
            archs.push_back(arch);
        }
    }
    facts.words("architectures", std::move(archs));
}

void find(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.words("candidates", step.more().w1);
}

void execute(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.words("candidates", step.more().w1);
    facts.words("args", step.more().w2);
    Words env = step.w3;
    std::ranges::replace(env, std::string(kHomeSlot), "HOME=<the home directory looked up>");
    facts.list("env", std::move(env));
}

// -------------------------------------------------------------------------------------------------

struct Row {
    const char *verb = nullptr;  ///< in the place of describe()'s, before the subject
    void (*facts)(const Background &, const Step &, Facts &) = nullptr;
};

constexpr auto kCount = static_cast<std::size_t>(Op::kCount);

void label(const Background & /*background*/, const Step &step, Facts &facts)
{
    facts.text("label", step.s1);
}

constexpr std::array<Row, kCount> rows()
{
    std::array<Row, kCount> table{};
    const auto put = [&table](Op op, Row row) { table[static_cast<std::size_t>(op)] = row; };
    put(Op::kCall, {nullptr, call});
    put(Op::kWrite, {nullptr, written});
    put(Op::kJoinCgroups, {nullptr, cgroups});
    put(Op::kPropagation, {nullptr, propagation});
    put(Op::kOpenTree, {"opening the source of", source});
    put(Op::kTree, {"taking the source of", source});
    put(Op::kKeep, {"keeping the file system of"});
    put(Op::kFsMount, {"making the file system of", fs_mount});
    put(Op::kLegacyMount, {"making the file system of", legacy_mount});
    put(Op::kReconfigure, {nullptr, reconfigure});
    put(Op::kSetAttr, {nullptr, attributes});
    put(Op::kLabel, {nullptr, label});
    put(Op::kAttach, {nullptr, attach});
    put(Op::kMkdir, {nullptr, directory});
    put(Op::kSymlink, {nullptr, link});
    put(Op::kDevice, {nullptr, device});
    put(Op::kRootAttr, {nullptr, root_attributes});
    put(Op::kConsole, {nullptr, console});
    put(Op::kHook, {nullptr, hook});
    put(Op::kPivot, {nullptr, pivot});
    put(Op::kChroot, {nullptr, chroot});
    put(Op::kChdir, {nullptr, directory_change});
    put(Op::kHome, {nullptr, home});
    put(Op::kRlimit, {nullptr, limit});
    put(Op::kBoundingDrop, {nullptr, bounding});
    put(Op::kIds, {nullptr, ids});
    put(Op::kCapset, {nullptr, capabilities});
    put(Op::kCloseFds, {nullptr, descriptors});
    put(Op::kSeccomp, {nullptr, filter});
    put(Op::kFind, {"looking for program", find});
    put(Op::kExec, {nullptr, execute});
    return table;
}

constexpr std::array<Row, kCount> kRows = rows();

}  // namespace

Operation explain_step(const Background &background, const Step &step)
{
    const Row &row = kRows[static_cast<std::size_t>(step.op)];
    Facts facts;
    if (row.facts != nullptr) {
        row.facts(background, step, facts);
    }
    return {"init", row.verb == nullptr ? describe(step) : str(row.verb, " \"", step.subject, '"'),
            step.origin.pointer(), std::move(facts).take()};
}

std::vector<Fact> hook_facts(const oci::Hook &hook)
{
    Facts facts;
    arguments(hook, facts);
    return std::move(facts).take();
}

}  // namespace rt::plan
