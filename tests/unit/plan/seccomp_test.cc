// SPDX-License-Identifier: Apache-2.0
//
// Small profiles whose verdicts a reader can check in his head.
#include <linux/audit.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cbpf_evaluator.h"
#include "plan/seccomp.h"

namespace rt::plan {
namespace {

using enum oci::SeccompAction;
using enum oci::SeccompOperator;

constexpr std::uint32_t kX64 = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kI386 = AUDIT_ARCH_I386;
constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;

constexpr std::uint32_t kAllowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kBadArch = SECCOMP_RET_KILL_THREAD;
constexpr std::uint32_t failing(std::uint32_t with) { return SECCOMP_RET_ERRNO | with; }
constexpr std::uint32_t kDenied = failing(EPERM);
constexpr std::uint32_t kNewer = failing(ENOSYS);

struct Asked {
    std::uint32_t arch;
    std::uint32_t number;
    std::vector<std::uint64_t> args;
    std::uint32_t verdict;
};

struct Case {
    const char *what;
    oci::Seccomp profile;
    std::vector<Asked> asked;
};

void PrintTo(const Case &c, std::ostream *out) { *out << c.what; }

oci::Seccomp denying(std::vector<oci::SeccompSyscall> rules, std::vector<std::string> architectures = {})
{
    return {
        .default_action = kErrno, .architectures = std::move(architectures), .syscalls = std::move(rules)};
}
oci::Seccomp allowing(std::vector<oci::SeccompSyscall> rules)
{
    return {.default_action = kAllow, .syscalls = std::move(rules)};
}
oci::SeccompSyscall allow(std::vector<std::string> names, std::vector<oci::SeccompArg> args = {})
{
    return {.names = std::move(names), .action = kAllow, .args = std::move(args)};
}
oci::SeccompSyscall refuse(std::string name, oci::SeccompAction action, std::optional<std::uint32_t> ret = {})
{
    return {.names = {std::move(name)}, .action = action, .errno_ret = ret};
}
/// Allows ioctl when argument 1 compares so; `pidfd_open` is named to keep the newer-call rule out.
oci::Seccomp ioctl_when(std::vector<oci::SeccompArg> args)
{
    return denying({allow({"ioctl"}, std::move(args)), allow({"pidfd_open"})});
}
Asked ioctl_with(std::uint64_t arg, std::uint32_t verdict) { return {kX64, SYS_ioctl, {0, arg}, verdict}; }

const std::vector<Case> kCases = {
    {"NativeArchitectureNeedsNoListing",
     denying({allow({"read", "pidfd_open"})}),
     {{kX64, SYS_read, {}, kAllowed}, {kX64, SYS_write, {}, kDenied}, {kI386, 3, {}, kBadArch}}},
    {"ListedArchitectureHasItsOwnNumbers",
     denying({allow({"read", "pidfd_open"})}, {"SCMP_ARCH_X86"}),
     {{kI386, 3, {}, kAllowed}, {kI386, 0, {}, kDenied}, {kX64, SYS_read, {}, kAllowed}}},
    {"ArchitectureOfAnotherMachineIsKilled",
     denying({allow({"read"})}, {"SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X"}),
     {{AUDIT_ARCH_AARCH64, 63, {}, kBadArch}, {AUDIT_ARCH_S390X, 3, {}, kBadArch}}},
    {"X32NumbersAreABadAbiUnlessListed",
     denying({allow({"read"})}),
     {{kX64, kX32Bit, {}, kBadArch}, {kX64, 0xfffffffe, {}, kBadArch}, {kX64, kX32Bit - 1, {}, kNewer}}},
    {"X32NumbersAreLookedUpWhenListed",
     denying({allow({"read", "ioctl"})}, {"SCMP_ARCH_X32"}),
     {{kX64, kX32Bit, {}, kAllowed},
      {kX64, kX32Bit + 514, {}, kAllowed},
      {kX64, kX32Bit + 1, {}, kDenied},
      {kX64, kX32Bit + 16, {}, kDenied},
      {kX64, SYS_ioctl, {}, kAllowed}}},
    {"SkippedByTracerGetsTheDefault", denying({allow({"read"})}), {{kX64, 0xffffffff, {}, kDenied}}},
    {"EqualLooksAtBothWords",
     ioctl_when({{1, 7, 0, kEq}}),
     {ioctl_with(7, kAllowed), ioctl_with(7 + kHigh, kDenied), ioctl_with(6, kDenied)}},
    {"NotEqualLooksAtBothWords",
     ioctl_when({{1, 7, 0, kNe}}),
     {ioctl_with(7, kDenied), ioctl_with(7 + kHigh, kAllowed), ioctl_with(0, kAllowed)}},
    {"OrderIsUnsigned64Bit",
     ioctl_when({{1, 0x80000000, 0, kGt}}),
     {ioctl_with(0x80000000, kDenied), ioctl_with(0x80000001, kAllowed), ioctl_with(kHigh, kAllowed),
      ioctl_with(~std::uint64_t{0}, kAllowed), ioctl_with(1, kDenied)}},
    {"LessStopsBeforeTheValue",
     ioctl_when({{1, kHigh, 0, kLt}}),
     {ioctl_with(kHigh - 1, kAllowed), ioctl_with(kHigh, kDenied), ioctl_with(kHigh + 1, kDenied)}},
    {"LessOrEqualAndGreaterOrEqualIncludeIt",
     ioctl_when({{1, kHigh, 0, kLe}, {2, kHigh, 0, kGe}}),
     {{kX64, SYS_ioctl, {0, kHigh, kHigh}, kAllowed},
      {kX64, SYS_ioctl, {0, kHigh + 1, kHigh}, kDenied},
      {kX64, SYS_ioctl, {0, kHigh, kHigh - 1}, kDenied}}},
    {"MaskedEqualComparesTheMaskedBits",
     ioctl_when({{1, 0x7e020000, 0x2000000, kMaskedEq}}),
     {ioctl_with(0x2000000, kAllowed), ioctl_with(0x2000000 + kHigh + 0xffff, kAllowed),
      ioctl_with(0, kDenied), ioctl_with(0x6000000, kDenied)}},
    {"MaskedEqualIgnoresBitsOutsideTheMask",
     ioctl_when({{1, 0xf, 0xf3, kMaskedEq}}),
     {ioctl_with(3, kAllowed), ioctl_with(0xf3, kAllowed), ioctl_with(4, kDenied)}},
    {"MaskReachesTheUpperWord",
     ioctl_when({{1, kHigh, kHigh, kMaskedEq}}),
     {ioctl_with(kHigh, kAllowed), ioctl_with(0, kDenied), ioctl_with(kHigh + 5, kAllowed)}},
    // spec: SeccompArgsOfOneEntryAnd
    {"ArgumentsOfOneRuleMustAllMatch",
     ioctl_when({{0, 1, 0, kEq}, {1, 2, 0, kEq}}),
     {{kX64, SYS_ioctl, {1, 2}, kAllowed},
      {kX64, SYS_ioctl, {1, 3}, kDenied},
      {kX64, SYS_ioctl, {0, 2}, kDenied}}},
    // spec: SeccompRepeatedArgIndexOr
    {"RepeatedIndexMakesSeparateRules",
     ioctl_when({{1, 5, 0, kEq}, {1, 9, 0, kEq}, {0, 4, 0, kEq}}),
     {{kX64, SYS_ioctl, {0, 5}, kAllowed},
      {kX64, SYS_ioctl, {0, 9}, kAllowed},
      {kX64, SYS_ioctl, {4, 1}, kAllowed},
      {kX64, SYS_ioctl, {0, 6}, kDenied}}},
    {"RulesForOneCallAreAlternatives",
     denying({allow({"ioctl"}, {{0, 1, 0, kEq}}), allow({"ioctl"}, {{1, 2, 0, kEq}}), allow({"pidfd_open"})}),
     {{kX64, SYS_ioctl, {1, 0}, kAllowed},
      {kX64, SYS_ioctl, {0, 2}, kAllowed},
      {kX64, SYS_ioctl, {0, 0}, kDenied}}},
    {"FirstOfOverlappingRulesDecides",
     {.default_action = kAllow,
      .syscalls = {{{"ioctl"}, kErrno, 5, {{0, 9, 0, kLt}}}, {{"ioctl"}, kErrno, 6, {{0, 99, 0, kLt}}}}},
     {{kX64, SYS_ioctl, {8}, failing(5)},
      {kX64, SYS_ioctl, {9}, failing(6)},
      {kX64, SYS_ioctl, {99}, kAllowed}}},
    {"RuleWithoutConditionsBeatsThoseWith",
     denying({{{"ioctl"}, kErrno, 5, {{0, 1, 0, kEq}}}, allow({"ioctl", "pidfd_open"})}),
     {{kX64, SYS_ioctl, {1}, kAllowed}, {kX64, SYS_ioctl, {0}, kAllowed}}},
    {"FirstOfTwoRulesWithoutConditionsStays",
     allowing({refuse("ioctl", kErrno, 5), refuse("ioctl", kErrno, 6)}),
     {{kX64, SYS_ioctl, {}, failing(5)}}},
    // spec: SeccompRuleEqualToDefaultSkipped
    {"RuleEqualToTheDefaultIsSkipped",
     denying({refuse("ioctl", kErrno), allow({"ioctl", "pidfd_open"})}),
     {{kX64, SYS_ioctl, {}, kAllowed}}},
    {"ArgumentsOf32BitCallsAreOneWord",
     denying({allow({"ioctl"}, {{1, kHigh + 7, 0, kEq}}), allow({"pidfd_open"})}, {"SCMP_ARCH_X86"}),
     {{kI386, 54, {0, 7}, kAllowed}, {kI386, 54, {0, 8}, kDenied}, {kX64, SYS_ioctl, {0, 7}, kDenied}}},
    {"SocketOnI386IsAlsoSocketcall",
     denying({allow({"socket"}, {{0, 40, 0, kNe}}), allow({"pidfd_open"})}, {"SCMP_ARCH_X86"}),
     {{kI386, 359, {2}, kAllowed},
      {kI386, 359, {40}, kDenied},
      {kI386, 102, {1}, kAllowed},
      {kI386, 102, {2}, kDenied}}},
    {"BehindSocketcallArgument0IsTheCall",
     denying({allow({"accept"}, {{0, 40, 0, kEq}}), allow({"pidfd_open"})}, {"SCMP_ARCH_X86"}),
     {{kI386, 102, {5}, kAllowed}, {kI386, 102, {40}, kDenied}}},
    {"ActionsCarryTheirData",
     allowing({refuse("ioctl", kErrno, 4095), refuse("read", kTrace, 77), refuse("write", kTrap),
               refuse("open", kLog), refuse("close", kKillProcess), refuse("stat", kKillThread),
               refuse("fstat", kTrace)}),
     {{kX64, SYS_ioctl, {}, failing(4095)},
      {kX64, SYS_read, {}, SECCOMP_RET_TRACE | 77},
      {kX64, SYS_write, {}, SECCOMP_RET_TRAP},
      {kX64, SYS_open, {}, SECCOMP_RET_LOG},
      {kX64, SYS_close, {}, SECCOMP_RET_KILL_PROCESS},
      {kX64, SYS_stat, {}, SECCOMP_RET_KILL_THREAD},
      {kX64, SYS_fstat, {}, SECCOMP_RET_TRACE | EPERM}}},
    // spec: SeccompNewerSyscallsEnosys
    {"NewerThanTheProfileIsEnosys",
     denying({allow({"read"}), refuse("pidfd_open", kErrno)}),
     {{kX64, SYS_pidfd_open, {}, kDenied}, {kX64, SYS_pidfd_open + 1, {}, kNewer}, {kX64, 5000, {}, kNewer}}},
    {"NewerIsCountedPerArchitecture",
     denying({allow({"clock_gettime64", "read"})}, {"SCMP_ARCH_X86"}),
     {{kI386, 404, {}, kNewer}, {kI386, 402, {}, kDenied}, {kX64, SYS_write, {}, kNewer}}},
    {"NewerIsLeftAloneWhereTheDefaultAllows",
     allowing({refuse("read", kErrno)}),
     {{kX64, 5000, {}, kAllowed}}},
    {"NothingIsNewerThanAnEmptyProfile", denying({}), {{kX64, 5000, {}, kDenied}, {kX64, 0, {}, kDenied}}},
    {"KillAndTrapDefaultsGiveEnosysToo",
     {.default_action = kKillProcess, .syscalls = {allow({"read"})}},
     {{kX64, 1, {}, kNewer}, {kX64, 0, {}, kAllowed}, {kX64, 0xffffffff, {}, SECCOMP_RET_KILL_PROCESS}}},
    {"CallsNewerThanLibseccompHaveTheirNumber",
     denying({allow({"mseal", "file_setattr"})}, {"SCMP_ARCH_X32"}),
     {{kX64, 462, {}, kAllowed}, {kX64, 463, {}, kDenied}, {kX64, kX32Bit + 469, {}, kAllowed}}},
};

class SeccompVerdict : public testing::TestWithParam<Case> {};

TEST_P(SeccompVerdict, IsAsAsked)
{
    const auto program = compile_seccomp(GetParam().profile);
    ASSERT_TRUE(program.ok()) << program.error().text();
    ASSERT_TRUE(is_loadable(program->instructions));
    for (const Asked &asked : GetParam().asked) {
        seccomp_data data = {.nr = static_cast<int>(asked.number), .arch = asked.arch};
        std::ranges::copy(asked.args, data.args);
        EXPECT_EQ(evaluate(program->instructions, data), asked.verdict)
            << std::hex << "arch " << asked.arch << " number " << asked.number;
    }
}

INSTANTIATE_TEST_SUITE_P(, SeccompVerdict, testing::ValuesIn(kCases),
                         [](const auto &of) { return std::string(of.param.what); });

TEST(Seccomp, UnknownNamesAreCollectedOnce)
{
    const auto program = compile_seccomp(denying(
        {allow({"zzz_call", "read", "accept", "chown32"}), allow({"abc_call", "zzz_call", "set_tls"})}));
    ASSERT_TRUE(program.ok());
    EXPECT_EQ(program->unknown_syscalls, (std::vector<std::string>{"abc_call", "zzz_call"}));
}

// spec: SeccompFlags
TEST(Seccomp, FlagsAreTheKernels)
{
    struct Row {
        std::optional<std::vector<std::string>> words;
        std::uint32_t flags;
    };
    const Row rows[] = {
        {std::nullopt, SECCOMP_FILTER_FLAG_SPEC_ALLOW},
        {std::vector<std::string>{}, 0},
        {std::vector<std::string>{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"},
         SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG},
        {std::vector<std::string>{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"}, 0},
    };
    for (const Row &row : rows) {
        oci::Seccomp profile = allowing({});
        profile.flags = row.words;
        const auto program = compile_seccomp(profile);
        ASSERT_TRUE(program.ok());
        EXPECT_EQ(program->flags, row.flags);
    }
}

// spec: SeccompWaitKillableRecv
TEST(Seccomp, ToNotifyAsksForAListener)
{
    oci::Seccomp profile = allowing({refuse("read", kNotify)});
    profile.flags = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    const auto program = compile_seccomp(profile);
    ASSERT_TRUE(program.ok());
    EXPECT_EQ(program->flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | 1U << 5);
    EXPECT_EQ(evaluate(program->instructions, {.nr = SYS_read, .arch = kX64}), SECCOMP_RET_USER_NOTIF);
}

TEST(Seccomp, WrongWordsAndNumbersAreRefused)
{
    struct Row {
        oci::Seccomp profile;
        const char *pointer, *text;
    };
    oci::Seccomp bad_flag = allowing({});
    bad_flag.flags = {"SECCOMP_FILTER_FLAG_NEW_LISTENER"};
    const Row rows[] = {
        {bad_flag, "/linux/seccomp/flags", "\"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not a seccomp flag"},
        {denying({}, {"x86_64"}), "/linux/seccomp/architectures", "\"x86_64\" is not a seccomp architecture"},
        {denying({refuse("read", kErrno, 4096)}), "/linux/seccomp/syscalls/0/errnoRet",
         "4096 is more than 4095"},
        {denying({refuse("read", kTrace, 65536)}), "/linux/seccomp/syscalls/0/errnoRet",
         "65536 is more than 65535"},
        {denying({allow({"read"}, {{6, 0, 0, kEq}})}), "/linux/seccomp/syscalls/0/args",
         "no argument 6, the last is 5"},
    };
    for (const Row &row : rows) {
        const auto program = compile_seccomp(row.profile);
        ASSERT_FALSE(program.ok()) << row.text;
        EXPECT_EQ(program.error().pointer(), row.pointer);
        EXPECT_NE(program.error().text().find(row.text), std::string::npos) << program.error().text();
    }
}

/// `count` different conditions on ioctl.
oci::Seccomp many_conditions(std::uint64_t count)
{
    std::vector<oci::SeccompSyscall> rules = {allow({"pidfd_open"})};
    for (std::uint64_t i = 0; i < count; ++i) {
        rules.push_back(allow({"ioctl"}, {{1, i * 3, 0, kEq}}));
    }
    return denying(std::move(rules));
}

TEST(Seccomp, JumpsReachOverHundredsOfConditions)
{
    const auto program = compile_seccomp(many_conditions(1000));
    ASSERT_TRUE(program.ok()) << program.error().text();
    ASSERT_TRUE(is_loadable(program->instructions));
    for (std::uint64_t value = 0; value < 3300; ++value) {
        const seccomp_data data = {.nr = SYS_ioctl, .arch = kX64, .args = {0, value}};
        ASSERT_EQ(evaluate(program->instructions, data), value % 3 == 0 && value < 3000 ? kAllowed : kDenied)
            << value;
    }
}

TEST(Seccomp, MoreThanTheKernelTakesIsRefused)
{
    const auto program = compile_seccomp(many_conditions(5000));
    ASSERT_FALSE(program.ok());
    EXPECT_NE(program.error().text().find("instructions, the kernel takes 4096"), std::string::npos)
        << program.error().text();
}

}  // namespace
}  // namespace rt::plan
