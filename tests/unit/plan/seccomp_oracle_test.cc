// SPDX-License-Identifier: Apache-2.0
//
// Our program and libseccomp's, asked the same questions.  The one deliberate difference, ENOSYS for what
// is newer than the profile, is a rule here and not an exception: see expected().
#include <errno.h>
#include <linux/audit.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <seccomp.h>

#include "base/fd.h"
#include "base/json.h"
#include "cbpf_evaluator.h"
#include "oci/names.h"
#include "plan/seccomp.h"

namespace rt::plan {
namespace {

using enum oci::SeccompAction;
using enum oci::SeccompOperator;

constexpr std::uint32_t kX32Bit = 0x40000000;

struct Abi {
    const char *word;
    std::uint32_t token, audit, first;
    bool narrow;
};
constexpr Abi kAbis[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, false},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, true},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, kX32Bit, true},
};
constexpr std::uint32_t kNumbersLookedAt = 560;

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

/// Next to x86_64, x32 may have that fault in the middle, so normally each ABI has a filter of its own.
enum class Filters : std::uint8_t { kPerAbi, kOneForAll };

/// SeccompNewerSyscallsEnosys: above the newest call named, a default that denies becomes ENOSYS.
class Expectation {
public:
    Expectation(const oci::Seccomp &of, Filters filters) : profile_(of)
    {
        std::vector<const Abi *> all;
        for (const Abi &abi : kAbis) {
            if (listed(of, abi)) {
                newest_[&abi] = newest_named(of, abi);
                all.push_back(&abi);
            }
        }
        for (const Abi *abi : all) {
            oracles_.try_emplace(abi, of, filters == Filters::kPerAbi ? std::vector{abi} : all);
        }
    }

    std::uint32_t operator()(const seccomp_data &data) const
    {
        const Abi &abi = abi_of(profile_, data);
        const auto number = static_cast<std::uint32_t>(data.nr);
        const bool own =
            data.arch == abi.audit && number != 0xffffffff && (&abi != kAbis || number < kX32Bit);
        const bool denies = profile_.default_action != kAllow && profile_.default_action != kLog &&
                            profile_.default_action != kTrace;
        const auto newest = newest_.at(&abi);
        if (own && denies && newest && number > *newest) {
            return SCMP_ACT_ERRNO(ENOSYS);
        }
        return oracles_.at(&abi).verdict(data);
    }

private:
    const oci::Seccomp &profile_;
    std::map<const Abi *, Oracle> oracles_;
    std::map<const Abi *, std::optional<std::uint32_t>> newest_;
};

/// Every value some rule compares with, its neighbors, and the same in the other word.
std::vector<std::uint64_t> corners(const oci::Seccomp &profile)
{
    std::set<std::uint64_t> values = {0, 1, ~std::uint64_t{0}, 0xffffffff, 0x100000000};
    for (const oci::SeccompSyscall &entry : profile.syscalls) {
        for (const oci::SeccompArg &arg : entry.args) {
            for (const std::uint64_t v : {arg.value, arg.value_two, arg.value & arg.value_two}) {
                values.insert(
                    {v, v - 1, v + 1, v ^ (std::uint64_t{1} << 32), v << 32, v + (std::uint64_t{1} << 32)});
            }
        }
    }
    return {values.begin(), values.end()};
}

std::vector<std::uint32_t> numbers()
{
    std::vector<std::uint32_t> all = {0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
                                      0x3fffffff, 0x7ffffffe, 100000,     0xf0001};
    for (const std::uint32_t first : {std::uint32_t{0}, kX32Bit, kX32Bit * 2}) {
        for (std::uint32_t i = 0; i < kNumbersLookedAt; ++i) {
            all.push_back(first + i);
        }
    }
    return all;
}

std::set<std::uint32_t> conditional_numbers(const oci::Seccomp &profile)
{
    std::set<std::uint32_t> found;
    for (const oci::SeccompSyscall &entry : profile.syscalls) {
        if (entry.args.empty()) {
            continue;
        }
        for (const std::string &name : entry.names) {
            for (const Abi &abi : kAbis) {
                found.insert(static_cast<std::uint32_t>(
                    seccomp_syscall_resolve_name_rewrite(abi.token, name.c_str())));
            }
        }
    }
    if (found.contains(102)) {
        for (std::uint32_t direct = 337; direct <= 402; ++direct) {
            found.insert(direct);
        }
    }
    return found;
}

void compare(const std::vector<sock_filter> &ours, const Expectation &expected, const seccomp_data &data)
{
    const auto verdict = evaluate(ours, data);
    ASSERT_TRUE(verdict.has_value());
    ASSERT_EQ(*verdict, expected(data)) << std::hex << "arch " << data.arch << " nr " << data.nr << " args "
                                        << data.args[0] << " " << data.args[1] << " " << data.args[2] << " "
                                        << data.args[3] << " " << data.args[4] << " " << data.args[5];
}

void expect_same_verdicts(const oci::Seccomp &profile, Filters filters, std::mt19937 &random)
{
    const auto compiled = compile_seccomp(profile);
    ASSERT_TRUE(compiled.ok()) << compiled.error().text();
    const std::vector<sock_filter> &ours = compiled->instructions;
    ASSERT_TRUE(is_loadable(ours));
    const Expectation expected(profile, filters);
    std::vector<std::uint64_t> values = corners(profile);
    std::ranges::shuffle(values, random);
    values.resize(std::min<std::size_t>(values.size(), 20));
    const std::set<std::uint32_t> conditional = conditional_numbers(profile);
    std::uniform_int_distribution<std::size_t> pick(0, values.size() - 1);
    for (const std::uint32_t arch : {std::uint32_t{AUDIT_ARCH_X86_64}, std::uint32_t{AUDIT_ARCH_I386},
                                     std::uint32_t{AUDIT_ARCH_AARCH64}, std::uint32_t{0}}) {
        for (const std::uint32_t number : numbers()) {
            seccomp_data data = {.nr = static_cast<int>(number), .arch = arch};
            ASSERT_NO_FATAL_FAILURE(compare(ours, expected, data));
            if (!conditional.contains(number)) {
                continue;
            }
            for (const std::uint64_t value : values) {
                for (std::size_t index = 0; index < 6; ++index) {
                    data.args[index] = value;
                    ASSERT_NO_FATAL_FAILURE(compare(ours, expected, data));
                    data.args[index] = values[pick(random)];
                }
                ASSERT_NO_FATAL_FAILURE(compare(ours, expected, data));
            }
        }
    }
}

oci::SeccompSyscall read_rule(const json::Node &node)
{
    oci::SeccompSyscall rule;
    for (const json::Member name : node.member("names")->children()) {
        rule.names.emplace_back(*name.value.string());
    }
    rule.action = *oci::value_of<oci::SeccompAction>(*node.member("action")->string());
    if (const auto errno_ret = node.member("errnoRet")) {
        rule.errno_ret = static_cast<std::uint32_t>(*errno_ret->uint64());
    }
    if (const auto args = node.member("args")) {
        for (const json::Member arg : args->children()) {
            const auto two = arg.value.member("valueTwo");
            rule.args.push_back(
                {.index = static_cast<std::uint32_t>(*arg.value.member("index")->uint64()),
                 .value = *arg.value.member("value")->uint64(),
                 .value_two = two ? *two->uint64() : 0,
                 .op = *oci::value_of<oci::SeccompOperator>(*arg.value.member("op")->string())});
        }
    }
    return rule;
}

oci::Seccomp docker_like()
{
    std::ifstream file(DOCKER_SECCOMP);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto document = json::Document::parse(text, "docker-seccomp.json");
    EXPECT_TRUE(document.ok());
    const json::Node root = document->root();
    oci::Seccomp profile;
    profile.default_action = *oci::value_of<oci::SeccompAction>(*root.member("defaultAction")->string());
    profile.default_errno_ret = static_cast<std::uint32_t>(*root.member("defaultErrnoRet")->uint64());
    for (const json::Member word : root.member("architectures")->children()) {
        profile.architectures.emplace_back(*word.value.string());
    }
    for (const json::Member rule : root.member("syscalls")->children()) {
        profile.syscalls.push_back(read_rule(rule.value));
    }
    return profile;
}

/// Names the linked libseccomp has no number for: it cannot be asked about them.
void drop_unknown_to_libseccomp(oci::Seccomp &profile)
{
    for (oci::SeccompSyscall &rule : profile.syscalls) {
        std::erase_if(rule.names, [](const std::string &name) {
            return seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR;
        });
    }
}

class Profiles {
public:
    explicit Profiles(std::mt19937 &random) : random_(random) {}
    oci::Seccomp next();

private:
    std::uint64_t below(std::uint64_t limit)
    {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    oci::SeccompArg arg();
    std::string name();

    std::mt19937 &random_;
};

oci::SeccompArg Profiles::arg()
{
    static constexpr std::uint64_t kValues[] = {0,
                                                1,
                                                2,
                                                40,
                                                0x7fffffff,
                                                0x80000000,
                                                0xffffffff,
                                                0x100000000,
                                                0x7e020000,
                                                0x8000000000000000,
                                                0xffffffffffffffff,
                                                0x100000001,
                                                0xffffffff00000000};
    static constexpr oci::SeccompOperator kAll[] = {kNe, kLt, kLe, kEq, kGe, kGt, kMaskedEq};
    return {.index = static_cast<std::uint32_t>(below(6)),
            .value = kValues[below(std::size(kValues))],
            .value_two = kValues[below(std::size(kValues))],
            .op = kAll[below(std::size(kAll))]};
}

std::string Profiles::name()
{
    const Abi &abi = kAbis[below(2)];
    while (true) {
        const std::unique_ptr<char, void (*)(void *)> found(
            seccomp_syscall_resolve_num_arch(abi.token, static_cast<int>(below(460))), std::free);
        const std::string name = found ? found.get() : "";
        if (!name.empty() && name != "socketcall" && name != "ipc") {
            return name;
        }
    }
}

// Rules for one call differ in what they test and not in what they do: where actions differ and
// conditions overlap, libseccomp goes by the shape of its tree and we by the profile's order.  For the same
// reason neither socketcall nor ipc, which other calls come through.
oci::Seccomp Profiles::next()
{
    static constexpr oci::SeccompAction kAll[] = {kAllow,      kErrno,       kLog,  kTrap,
                                                  kKillThread, kKillProcess, kTrace};
    oci::Seccomp profile;
    profile.default_action = kAll[below(std::size(kAll))];
    for (const Abi &abi : kAbis) {
        if (below(2) == 0) {
            profile.architectures.emplace_back(abi.word);
        }
    }
    std::set<std::string> used;
    const std::uint64_t rules = below(12);
    for (std::uint64_t i = 0; i < rules; ++i) {
        oci::SeccompSyscall rule{.action = kAll[below(std::size(kAll))]};
        if (below(3) == 0) {
            rule.errno_ret = static_cast<std::uint32_t>(below(200));
        }
        for (std::uint64_t n = below(i % 3 == 0 ? 80 : 4) + 1; n > 0; --n) {
            if (std::string name = this->name(); used.insert(name).second) {
                rule.names.push_back(std::move(name));
            }
        }
        const std::uint64_t alternatives = below(3);
        profile.syscalls.push_back(rule);
        for (std::uint64_t a = 0; a < alternatives; ++a) {
            profile.syscalls.back().args.clear();
            for (std::uint64_t args = below(4) + 1; args > 0; --args) {
                profile.syscalls.back().args.push_back(arg());
            }
            profile.syscalls.push_back(profile.syscalls.back());
        }
        if (alternatives != 0) {
            profile.syscalls.pop_back();
        }
    }
    return profile;
}

TEST(SeccompOracle, DockersProfileHasLibseccompsVerdicts)
{
    std::mt19937 random(1);
    oci::Seccomp profile = docker_like();
    drop_unknown_to_libseccomp(profile);
    expect_same_verdicts(profile, Filters::kOneForAll, random);
    expect_same_verdicts(profile, Filters::kPerAbi, random);
}

TEST(SeccompOracle, RandomProfilesHaveLibseccompsVerdicts)
{
    std::mt19937 random(20);
    Profiles profiles(random);
    for (int i = 0; i < 300; ++i) {
        SCOPED_TRACE(i);
        const oci::Seccomp profile = profiles.next();
        expect_same_verdicts(profile, Filters::kPerAbi, random);
        if (HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace rt::plan
