// SPDX-License-Identifier: Apache-2.0
#include "plan/seccomp.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "base/str.h"
#include "plan/seccomp_arch.h"
#include "plan/seccomp_emit.h"

namespace rt::plan {

namespace {

// <linux/seccomp.h> of older headers stops before it.
constexpr std::uint32_t kWaitKillableRecv = 1U << 5;
constexpr std::uint32_t kMaxErrno = 4095;  // MAX_ERRNO: the kernel cuts a larger one down
constexpr std::uint32_t kSkipped = 0xffffffff;

enum class Data : std::uint8_t { kNone, kErrno, kMessage };

// spec: SeccompActions
struct ActionRow {
    oci::SeccompAction action;
    std::uint32_t value;
    Data data;
};
constexpr ActionRow kActions[] = {
    {oci::SeccompAction::kKillThread, SECCOMP_RET_KILL_THREAD, Data::kNone},
    {oci::SeccompAction::kKillProcess, SECCOMP_RET_KILL_PROCESS, Data::kNone},
    {oci::SeccompAction::kTrap, SECCOMP_RET_TRAP, Data::kNone},
    {oci::SeccompAction::kErrno, SECCOMP_RET_ERRNO, Data::kErrno},
    {oci::SeccompAction::kTrace, SECCOMP_RET_TRACE, Data::kMessage},
    {oci::SeccompAction::kAllow, SECCOMP_RET_ALLOW, Data::kNone},
    {oci::SeccompAction::kLog, SECCOMP_RET_LOG, Data::kNone},
    {oci::SeccompAction::kNotify, SECCOMP_RET_USER_NOTIF, Data::kNone},
};

// spec: SeccompFlags
struct FlagRow {
    std::string_view word;
    std::uint32_t value;
};
constexpr FlagRow kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", kWaitKillableRecv},
};

// spec: SeccompErrnoRet
Result<std::uint32_t> return_value(oci::SeccompAction action, std::optional<std::uint32_t> errno_ret,
                                   std::string_view pointer, std::string_view member)
{
    const auto *row = std::ranges::find(kActions, action, &ActionRow::action);
    if (row == std::end(kActions)) {
        return Error::bug(str(pointer, ": an action without a row"));
    }
    if (row->data == Data::kNone) {
        return row->value;
    }
    const std::uint32_t data = errno_ret.value_or(EPERM);
    const std::uint32_t most = row->data == Data::kErrno ? kMaxErrno : SECCOMP_RET_DATA;
    if (data > most) {
        return Error::input_at(str(pointer, "/", member), str(data, " is more than ", most));
    }
    return row->value | data;
}

// Absent flags mean SPEC_ALLOW: without it the kernel takes speculative store bypass from the container,
// which costs it a third of its speed on some machines.
// spec: SeccompWaitKillableRecv
Result<std::uint32_t> filter_flags(const oci::Seccomp &profile)
{
    std::uint32_t flags = profile.flags ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    for (const std::string &word : profile.flags.value_or(std::vector<std::string>())) {
        const auto *row = std::ranges::find(kFlags, std::string_view(word), &FlagRow::word);
        if (row == std::end(kFlags)) {
            return Error::input_at("/linux/seccomp/flags", str("\"", word, "\" is not a seccomp flag"));
        }
        flags |= row->value;
    }
    if (!profile.notifies()) {
        return flags &
               ~kWaitKillableRecv;  // how the answers of a listener are waited for; alone it is EINVAL
    }
    // TSYNC would reach the thread that hands the listener over, and there is no other.
    return (flags & ~std::uint32_t{SECCOMP_FILTER_FLAG_TSYNC}) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

/// One element of `syscalls`, as the filter sees it.
struct Entry {
    const oci::SeccompSyscall *source;
    std::vector<const SeccompChain *> chains;  // empty: its action is the default one
};

/// A number and, by its place, the chain that is asked there.
struct Use {
    std::uint32_t number;
    std::uint32_t order;
    const SeccompChain *chain;
};

class Compiler {
public:
    Compiler(const oci::Seccomp &profile, std::uint32_t default_action)
        : profile_(profile), default_action_(default_action), emitter_(default_action)
    {}

    Status read_rules();
    Status pick_arches();
    Result<SeccompProgram> compile();

private:
    void read_args(Entry &entry, std::uint32_t action);
    void note_newest(const SyscallNumbers &found, std::uint32_t last);
    void collect(const SeccompArch &arch);
    void use(std::uint32_t number, const SeccompChain *chain);
    const SeccompChain *behind(const Multiplexed &mux, const SeccompChain &chain);
    SeccompRange decide(std::span<const Use> uses, bool narrow);
    void add(SeccompRange range);
    void add_uses(std::span<const Use> uses, bool narrow);
    void add_arch(const SeccompArch &arch);
    void emit_audit_arch(std::uint32_t audit);
    std::uint32_t newer_action() const;

    const oci::Seccomp &profile_;
    std::uint32_t default_action_;
    SeccompEmitter emitter_;
    std::deque<SeccompChain> chains_;  // does not move what it holds
    std::vector<Entry> entries_;
    std::vector<const SeccompArch *> arches_;
    std::vector<std::string> unknown_;

    // of the ABI at hand
    std::vector<Use> uses_;
    std::optional<std::uint32_t> newest_;
    std::vector<SeccompRange> ranges_;
};

// spec: SeccompArgsOfOneEntryAnd, SeccompRepeatedArgIndexOr, SeccompRuleEqualToDefaultSkipped
void Compiler::read_args(Entry &entry, std::uint32_t action)
{
    const auto &args = entry.source->args;
    std::uint32_t seen = 0;
    bool repeated = false;
    for (const oci::SeccompArg &arg : args) {
        repeated = repeated || (seen & (1U << arg.index)) != 0;
        seen |= 1U << arg.index;
    }
    if (!repeated) {
        entry.chains.push_back(&chains_.emplace_back(SeccompChain{action, args}));
        return;
    }
    for (const oci::SeccompArg &arg : args) {
        entry.chains.push_back(&chains_.emplace_back(SeccompChain{action, {arg}}));
    }
}

Status Compiler::read_rules()
{
    entries_.reserve(profile_.syscalls.size());
    for (std::size_t i = 0; i < profile_.syscalls.size(); ++i) {
        const oci::SeccompSyscall &source = profile_.syscalls[i];
        const std::string pointer = str("/linux/seccomp/syscalls/", i);
        TRY_LET(action, return_value(source.action, source.errno_ret, pointer, "errnoRet"));
        for (const oci::SeccompArg &arg : source.args) {
            if (arg.index > 5) {
                return Error::input_at(str(pointer, "/args"),
                                       str("a system call has no argument ", arg.index, ", the last is 5"));
            }
        }
        Entry &entry = entries_.emplace_back(Entry{&source, {}});
        if (action != default_action_) {
            read_args(entry, action);
        }
    }
    return {};
}

// The native ABI is filtered whether listed or not.  Those of other machines cannot reach this kernel:
// nothing to write, and were it to happen, an architecture that is not in the filter is killed.
Status Compiler::pick_arches()
{
    const auto native = native_seccomp_arches();
    for (const std::string &word : profile_.architectures) {
        if (!is_seccomp_arch(word)) {
            return Error::input_at("/linux/seccomp/architectures",
                                   str("\"", word, "\" is not a seccomp architecture"));
        }
    }
    for (const SeccompArch &arch : native) {
        if (&arch == native.data() ||
            std::ranges::find(profile_.architectures, arch.word) != profile_.architectures.end()) {
            arches_.push_back(&arch);
        }
    }
    return {};
}

void Compiler::use(std::uint32_t number, const SeccompChain *chain)
{
    uses_.push_back({number, static_cast<std::uint32_t>(uses_.size()), chain});
}

// The multiplexed call has the rule's other arguments in memory, out of reach; argument 0 tells which
// call it is.  What libseccomp makes of it.
const SeccompChain *Compiler::behind(const Multiplexed &mux, const SeccompChain &chain)
{
    SeccompChain &told = chains_.emplace_back(SeccompChain{chain.action, {}});
    told.args.push_back({.index = 0, .value = mux.call, .op = oci::SeccompOperator::kEq});
    std::ranges::copy_if(chain.args, std::back_inserter(told.args),
                         [](const oci::SeccompArg &arg) { return arg.index != 0; });
    return &told;
}

void Compiler::note_newest(const SyscallNumbers &found, std::uint32_t last)
{
    if (found.multiplexed) {
        newest_ = std::max(newest_.value_or(0), found.multiplexed->number);
    }
    if (found.direct && *found.direct <= last) {
        newest_ = std::max(newest_.value_or(0), *found.direct);
    }
}

// spec: SeccompUnknownName
void Compiler::collect(const SeccompArch &arch)
{
    uses_.clear();
    newest_.reset();
    const bool native = &arch == native_seccomp_arches().data();
    for (const Entry &entry : entries_) {
        for (const std::string &name : entry.source->names) {
            const SyscallNumbers found = resolve_syscall(arch, name);
            if (native && !found.known) {
                unknown_.push_back(name);
            }
            note_newest(found, arch.last);
            for (const SeccompChain *chain : entry.chains) {
                if (found.multiplexed) {
                    use(found.multiplexed->number, behind(*found.multiplexed, *chain));
                }
                if (found.direct) {
                    use(*found.direct, chain);
                }
            }
        }
    }
    std::ranges::sort(uses_, {}, [](const Use &u) { return std::pair(u.number, u.order); });
}

// Without conditions beats with conditions, wherever they stand; else the first in the profile's order.
// libseccomp agrees on the former.  Where conditions of several rules overlap it goes by the shape of its
// tree instead, and may miss a match.
SeccompRange Compiler::decide(std::span<const Use> uses, bool narrow)
{
    const std::uint32_t number = uses.front().number;
    const auto always = std::ranges::find_if(uses, [](const Use &u) { return u.chain->args.empty(); });
    if (always != uses.end()) {
        return {.first = number, .action = always->chain->action};
    }
    std::vector<const SeccompChain *> chains;
    for (const Use &u : uses) {
        chains.push_back(u.chain);
    }
    return {.first = number, .test = emitter_.add_test(std::move(chains), narrow)};
}

// Keeps ranges_ maximal: neighbors differ, and a range that begins where the last one did replaces it.
void Compiler::add(SeccompRange range)
{
    if (!ranges_.empty() && ranges_.back().first == range.first) {
        ranges_.pop_back();
    }
    if (ranges_.empty() || !ranges_.back().same_verdict(range)) {
        ranges_.push_back(range);
    }
}

// spec: SeccompNewerSyscallsEnosys
// A profile cannot have meant to deny what was not there when it was written, and a C library that tries
// a new call first takes ENOSYS for "use the old one" but EPERM for an answer.  So: of each ABI, the
// numbers above the largest one that the profile names (in any rule, also in one equal to the default)
// get ENOSYS when the default denies: errno, trap or kill.  A profile that names no call of the ABI has
// no largest one, and its default holds.
std::uint32_t Compiler::newer_action() const
{
    using enum oci::SeccompAction;
    static constexpr oci::SeccompAction kDenials[] = {kErrno, kTrap, kKillThread, kKillProcess};
    const bool denies = std::ranges::find(kDenials, profile_.default_action) != std::end(kDenials);
    return denies && newest_ ? SECCOMP_RET_ERRNO | ENOSYS : default_action_;
}

void Compiler::add_uses(std::span<const Use> uses, bool narrow)
{
    while (!uses.empty()) {
        const std::uint32_t number = uses.front().number;
        const auto other = std::ranges::find_if(uses, [&](const Use &u) { return u.number != number; });
        const auto count = static_cast<std::size_t>(other - uses.begin());
        add(decide(uses.first(count), narrow));
        add({.first = number + 1, .action = default_action_});
        uses = uses.subspan(count);
    }
}

void Compiler::add_arch(const SeccompArch &arch)
{
    collect(arch);
    add({.first = arch.first, .action = default_action_});
    const auto own_end =
        std::ranges::find_if(uses_, [&](const Use &u) { return u.number > arch.last; }) - uses_.begin();
    const auto own = static_cast<std::size_t>(own_end);
    add_uses(std::span(uses_).first(own), arch.narrow);
    if (newest_) {
        add({.first = *newest_ + 1, .action = newer_action()});
    }
    add({.first = arch.last + 1, .action = default_action_});
    add_uses(std::span(uses_).subspan(own), arch.narrow);
}

// Number -1 is how a tracer says "skip this call": it gets the default, never the kill of a bad ABI.
void Compiler::emit_audit_arch(std::uint32_t audit)
{
    ranges_.clear();
    for (const SeccompArch &known : native_seccomp_arches()) {
        if (known.audit == audit) {
            const bool listed = std::ranges::find(arches_, &known) != arches_.end();
            if (listed) {
                add_arch(known);
            } else {
                add({.first = known.first, .action = SECCOMP_RET_KILL_THREAD});
            }
        }
    }
    add({.first = kSkipped, .action = default_action_});
    emitter_.arch(audit, ranges_);
}

Result<SeccompProgram> Compiler::compile()
{
    emitter_.other_arches(SECCOMP_RET_KILL_THREAD);
    // Last written, first asked: the native one.
    std::vector<std::uint32_t> audits;
    for (const SeccompArch *arch : arches_) {
        if (std::ranges::find(audits, arch->audit) == audits.end()) {
            audits.push_back(arch->audit);
        }
    }
    for (auto audit = audits.rbegin(); audit != audits.rend(); ++audit) {
        emit_audit_arch(*audit);
    }
    SeccompProgram program;
    program.instructions = emitter_.finish();
    if (program.instructions.size() > BPF_MAXINSNS) {
        return Error::input_at("/linux/seccomp", str("the filter takes ", program.instructions.size(),
                                                     " instructions, the kernel takes ", BPF_MAXINSNS));
    }
    std::ranges::sort(unknown_);
    unknown_.erase(std::unique(unknown_.begin(), unknown_.end()), unknown_.end());
    program.unknown_syscalls = std::move(unknown_);
    return program;
}

}  // namespace

Result<SeccompProgram> compile_seccomp(const oci::Seccomp &profile)
{
    TRY_LET(flags, filter_flags(profile));
    TRY_LET(default_action, return_value(profile.default_action, profile.default_errno_ret, "/linux/seccomp",
                                         "defaultErrnoRet"));
    Compiler compiler(profile, default_action);
    TRY(compiler.read_rules());
    TRY(compiler.pick_arches());
    TRY_LET(program, compiler.compile());
    program.flags = flags;
    return program;
}

}  // namespace rt::plan
