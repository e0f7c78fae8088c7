// SPDX-License-Identifier: Apache-2.0
//
// Our program and libseccomp's, asked the same questions.
#include <linux/audit.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"
#include "cbpf_evaluator.h"
#include "oci/names.h"
#include "plan/seccomp.h"
#include "seccomp_oracle.h"

namespace rt::plan {
namespace {

using enum oci::SeccompAction;
using enum oci::SeccompOperator;

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

// spec: SeccompActions, SeccompOperators, SeccompArchitectures
TEST(SeccompOracle, DockersProfileHasLibseccompsVerdicts)
{
    std::mt19937 random(1);
    oci::Seccomp profile = docker_like();
    drop_unknown_to_libseccomp(profile);
    expect_same_verdicts(profile, Filters::kOneForAll, random);
    expect_same_verdicts(profile, Filters::kPerAbi, random);
}

// spec: SeccompActions, SeccompOperators, SeccompArchitectures
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
