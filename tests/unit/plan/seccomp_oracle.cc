// SPDX-License-Identifier: Apache-2.0
#include "seccomp_oracle.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/fd.h"
#include "cbpf_evaluator.h"

namespace rt::plan {

namespace {

using enum oci::SeccompAction;
using enum oci::SeccompOperator;

const std::map<oci::SeccompOperator, scmp_compare> kOperators = {{kNe, SCMP_CMP_NE},
                                                                 {kLt, SCMP_CMP_LT},
                                                                 {kLe, SCMP_CMP_LE},
                                                                 {kEq, SCMP_CMP_EQ},
                                                                 {kGe, SCMP_CMP_GE},
                                                                 {kGt, SCMP_CMP_GT},
                                                                 {kMaskedEq, SCMP_CMP_MASKED_EQ}};

std::uint32_t ret_of(oci::SeccompAction action, std::optional<std::uint32_t> errno_ret)
{
    const std::map<oci::SeccompAction, std::uint32_t> values = {
        {kKillThread, SCMP_ACT_KILL_THREAD},
        {kKillProcess, SCMP_ACT_KILL_PROCESS},
        {kTrap, SCMP_ACT_TRAP},
        {kAllow, SCMP_ACT_ALLOW},
        {kErrno, SCMP_ACT_ERRNO(errno_ret.value_or(EPERM))},
        {kTrace, SCMP_ACT_TRACE(errno_ret.value_or(EPERM))},
        {kLog, SCMP_ACT_LOG}};
    return values.at(action);
}

bool listed(const oci::Seccomp &profile, const Abi &abi)
{
    return &abi == kAbis || std::ranges::find(profile.architectures, abi.word) != profile.architectures.end();
}

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

void add_rule(const Filter &filter, std::uint32_t action, int number, std::span<const oci::SeccompArg> args)
{
    std::vector<scmp_arg_cmp> compares;
    for (const oci::SeccompArg &arg : args) {
        compares.push_back({arg.index, kOperators.at(arg.op), arg.value, arg.value_two});
    }
    const int result = seccomp_rule_add_array(filter.get(), action, number,
                                              static_cast<unsigned>(compares.size()), compares.data());
    ASSERT_TRUE(result == 0 || result == -EEXIST) << number << ": " << result;
}

/// A rule with an argument twice is as many rules as it has arguments.
std::vector<std::vector<oci::SeccompArg>> alternatives_of(const oci::SeccompSyscall &entry)
{
    std::set<std::uint32_t> indexes;
    for (const oci::SeccompArg &arg : entry.args) {
        indexes.insert(arg.index);
    }
    if (indexes.size() == entry.args.size()) {
        return {entry.args};
    }
    std::vector<std::vector<oci::SeccompArg>> alternatives;
    for (const oci::SeccompArg &arg : entry.args) {
        alternatives.push_back({arg});
    }
    return alternatives;
}

/// libseccomp folds the rules of one call into a tree and does not come back from a branch that fails
/// further down, so where rules of one call overlap it misses matches.  It is reliable about one rule a
/// call: we ask it once for every alternative, each time with one rule for each call.
class Oracle {
public:
    Oracle(const oci::Seccomp &profile, std::vector<const Abi *> abis)
        : abis_(std::move(abis)), default_(ret_of(profile.default_action, profile.default_errno_ret))
    {
        std::map<std::string, std::size_t> used;
        for (const oci::SeccompSyscall &entry : profile.syscalls) {
            const std::uint32_t action = ret_of(entry.action, entry.errno_ret);
            for (const std::string &name : entry.names) {
                const int number = seccomp_syscall_resolve_name(name.c_str());
                if (number == __NR_SCMP_ERROR || action == default_) {
                    continue;
                }
                for (const auto &args : alternatives_of(entry)) {
                    add_rule(layer(used[name]++), action, number, args);
                }
            }
        }
        layer(0);
        for (const Filter &filter : layers_) {
            programs_.push_back(exported(filter));
        }
    }

    std::uint32_t verdict(const seccomp_data &data) const
    {
        for (const std::vector<sock_filter> &program : programs_) {
            if (const auto said = evaluate(program, data); said != default_) {
                return said.value();
            }
        }
        return default_;
    }

private:
    const Filter &layer(std::size_t index)
    {
        while (layers_.size() <= index) {
            const Filter &filter = layers_.emplace_back(seccomp_init(default_), seccomp_release);
            EXPECT_EQ(seccomp_arch_remove(filter.get(), SCMP_ARCH_NATIVE), 0);
            for (const Abi *abi : abis_) {
                EXPECT_EQ(seccomp_arch_add(filter.get(), abi->token), 0);
            }
        }
        return layers_[index];
    }
    static std::vector<sock_filter> exported(const Filter &filter)
    {
        const Fd file(::memfd_create("oracle", MFD_CLOEXEC));
        EXPECT_EQ(seccomp_export_bpf(filter.get(), file.get()), 0);
        const auto size = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END));
        std::vector<sock_filter> program(size / sizeof(sock_filter));
        EXPECT_EQ(::pread(file.get(), program.data(), size, 0), static_cast<ssize_t>(size));
        mend(program);
        return program;
    }
    /// libseccomp 2.5 forgets to load the number, and compares the architecture with it, when the call it
    /// asks about first is one that the ABI does not have: load it behind the check of the architecture.
    static void mend(std::vector<sock_filter> &program)
    {
        constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
        if (program[1].code == (BPF_JMP | BPF_JEQ | BPF_K) && program[1].jt == 0 &&
            BPF_CLASS(program[2].code) == BPF_JMP && program[1].jf < 255) {
            program.insert(program.begin() + 2, sock_filter{kLoad, 0, 0, offsetof(seccomp_data, nr)});
            ++program[1].jf;
        }
    }

    std::vector<const Abi *> abis_;
    std::uint32_t default_;
    std::vector<Filter> layers_;
    std::vector<std::vector<sock_filter>> programs_;
};

/// Per ABI the largest number the profile names, as a number of the kernel.
std::optional<std::uint32_t> newest_named(const oci::Seccomp &profile, const Abi &abi)
{
    std::optional<std::uint32_t> newest;
    for (std::uint32_t i = 0; i < kNumbersLookedAt; ++i) {
        const int number = static_cast<int>(abi.first + i);
        const std::unique_ptr<char, void (*)(void *)> name(
            seccomp_syscall_resolve_num_arch(abi.token, number), std::free);
        for (const oci::SeccompSyscall &entry : profile.syscalls) {
            if (name && std::ranges::find(entry.names, name.get()) != entry.names.end()) {
                newest = abi.first + i;
            }
        }
    }
    // What came over socketcall and ipc counts with their numbers.
    for (const oci::SeccompSyscall &entry : profile.syscalls) {
        for (const std::string &each : entry.names) {
            const int number = seccomp_syscall_resolve_name_rewrite(abi.token, each.c_str());
            if (number >= 0) {
                newest = std::max(newest.value_or(0), static_cast<std::uint32_t>(number));
            }
        }
    }
    return newest;
}

/// Whose number this is; for those of no ABI in the filter the native one, which refuses it.
const Abi &abi_of(const oci::Seccomp &profile, const seccomp_data &data)
{
    if (data.arch == AUDIT_ARCH_I386 && listed(profile, kAbis[1])) {
        return kAbis[1];
    }
    const bool x32 = data.arch == AUDIT_ARCH_X86_64 && static_cast<std::uint32_t>(data.nr) >= kX32Bit;
    return kAbis[x32 && listed(profile, kAbis[2]) ? 2 : 0];
}

}  // namespace

struct Expectation::Parts {
    const oci::Seccomp &profile;
    std::map<const Abi *, Oracle> oracles;
    std::map<const Abi *, std::optional<std::uint32_t>> newest;
};

Expectation::Expectation(const oci::Seccomp &of, Filters filters) : parts_(new Parts{of, {}, {}})
{
    std::vector<const Abi *> all;
    for (const Abi &abi : kAbis) {
        if (listed(of, abi)) {
            parts_->newest[&abi] = newest_named(of, abi);
            all.push_back(&abi);
        }
    }
    for (const Abi *abi : all) {
        parts_->oracles.try_emplace(abi, of, filters == Filters::kPerAbi ? std::vector{abi} : all);
    }
}

Expectation::~Expectation() = default;

std::uint32_t Expectation::operator()(const seccomp_data &data) const
{
    const Abi &abi = abi_of(parts_->profile, data);
    const auto number = static_cast<std::uint32_t>(data.nr);
    const bool own = data.arch == abi.audit && number != 0xffffffff && (&abi != kAbis || number < kX32Bit);
    const auto by_default = parts_->profile.default_action;
    const bool denies = by_default != kAllow && by_default != kLog && by_default != kTrace;
    const auto newest = parts_->newest.at(&abi);
    if (own && denies && newest && number > *newest) {
        return SCMP_ACT_ERRNO(ENOSYS);
    }
    return parts_->oracles.at(&abi).verdict(data);
}

}  // namespace rt::plan
