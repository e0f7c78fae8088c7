// SPDX-License-Identifier: Apache-2.0
#include "plan/bpf_devices.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace rt::plan {

namespace {

constexpr std::int32_t kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
constexpr std::int32_t kTypeBits = 0xffff;
constexpr std::int32_t kAccessShift = 16;

constexpr std::uint8_t kLoad = BPF_LDX | BPF_MEM | BPF_W;
constexpr std::uint8_t kAnd = BPF_ALU64 | BPF_AND | BPF_K;
constexpr std::uint8_t kShiftRight = BPF_ALU64 | BPF_RSH | BPF_K;
constexpr std::uint8_t kSet = BPF_ALU64 | BPF_MOV | BPF_K;
constexpr std::uint8_t kCopy = BPF_ALU64 | BPF_MOV | BPF_X;
constexpr std::uint8_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint8_t kIfNotEqual = BPF_JMP | BPF_JNE | BPF_K;
constexpr std::uint8_t kJump = BPF_JMP | BPF_JA;
constexpr std::uint8_t kExit = BPF_JMP | BPF_EXIT;

// Fields are read again for every rule.  The verifier then knows nothing about them from the rules before
// and walks each rule once; kept in registers they make it walk the rest of the program for every way a
// rule can fail, which takes seconds for a thousand rules.
enum Register : std::uint8_t {
    kVerdict = BPF_REG_0,
    kContext = BPF_REG_1,
    kAccess = BPF_REG_2,  // what is not yet allowed of the request
    kField = BPF_REG_3,
};

/// A rule that can match something, in the kernel's numbers.
struct Match {
    bool allow;
    std::int32_t access;
    std::optional<std::int32_t> type, major, minor;
};

std::int32_t access_bits(const std::string &letters)
{
    std::int32_t bits = 0;
    for (const char letter : letters) {
        bits |= letter == 'r'   ? BPF_DEVCG_ACC_READ
                : letter == 'w' ? BPF_DEVCG_ACC_WRITE
                : letter == 'm' ? BPF_DEVCG_ACC_MKNOD
                                : 0;
    }
    return bits;
}

bool in_range(const std::optional<std::int64_t> &number)
{
    return !number || (*number >= -1 && *number <= std::numeric_limits<std::int32_t>::max());
}

std::optional<std::int32_t> unless_any(const std::optional<std::int64_t> &number)
{
    if (!number || *number == -1) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(*number);
}

std::optional<Match> match_of(const oci::DeviceRule &rule)
{
    if (rule.type == oci::DeviceType::kAll) {
        return Match{.allow = rule.allow, .access = kAllAccess};
    }
    const std::int32_t access = access_bits(rule.access);
    if (rule.type == oci::DeviceType::kFifo || access == 0 || !in_range(rule.major) ||
        !in_range(rule.minor)) {
        return std::nullopt;
    }
    const bool block = rule.type == oci::DeviceType::kBlock;
    return Match{.allow = rule.allow,
                 .access = access,
                 .type = block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR,
                 .major = unless_any(rule.major),
                 .minor = unless_any(rule.minor)};
}

class Program {
public:
    void load_access();
    /// Returns false when no request gets past the rule.
    bool rule(const Match &match);
    void verdict(bool allow);
    std::vector<bpf_insn> take() && { return std::move(instructions_); }

private:
    void write(std::uint8_t code, unsigned destination, unsigned source, std::size_t offset,
               std::int32_t immediate)
    {
        bpf_insn &written = instructions_.emplace_back();
        written.code = code;
        written.dst_reg = destination & 0xf;
        written.src_reg = source & 0xf;
        written.off = static_cast<std::int16_t>(offset);
        written.imm = immediate;
    }
    void write(std::uint8_t code, Register destination, std::int32_t immediate)
    {
        write(code, destination, 0, 0, immediate);
    }
    void load(Register destination, std::size_t offset) { write(kLoad, destination, kContext, offset, 0); }
    void copy(Register destination, Register source) { write(kCopy, destination, source, 0, 0); }
    // Stays in the rule by a jump and leaves it by falling through: the verifier follows what falls
    // through first and keeps the other way for later, of which it takes 8192.
    void stay_if(std::uint8_t jump, Register field, std::int32_t value)
    {
        write(jump, field, 0, 1, value);
        skips_.push_back(instructions_.size());
        write(kJump, kVerdict, 0);
    }
    void skip_unless_number(std::size_t offset, const std::optional<std::int32_t> &wanted);

    std::vector<bpf_insn> instructions_;
    std::vector<std::size_t> skips_;  // jumps that lead behind the rule being written
};

void Program::load_access()
{
    load(kAccess, offsetof(bpf_cgroup_dev_ctx, access_type));
    write(kShiftRight, kAccess, kAccessShift);
}

void Program::verdict(bool allow)
{
    write(kSet, kVerdict, allow ? 1 : 0);
    write(kExit, kVerdict, 0);
}

void Program::skip_unless_number(std::size_t offset, const std::optional<std::int32_t> &wanted)
{
    if (wanted) {
        load(kField, offset);
        stay_if(kIfEqual, kField, *wanted);
    }
}

bool Program::rule(const Match &match)
{
    skips_.clear();
    skip_unless_number(offsetof(bpf_cgroup_dev_ctx, major), match.major);
    skip_unless_number(offsetof(bpf_cgroup_dev_ctx, minor), match.minor);
    if (match.type) {
        load(kField, offsetof(bpf_cgroup_dev_ctx, access_type));
        write(kAnd, kField, kTypeBits);
        stay_if(kIfEqual, kField, *match.type);
    }
    if (match.access != kAllAccess) {
        if (match.allow) {
            write(kAnd, kAccess, kAllAccess & ~match.access);
            stay_if(kIfEqual, kAccess, 0);
        } else {
            copy(kField, kAccess);
            write(kAnd, kField, match.access);
            stay_if(kIfNotEqual, kField, 0);
        }
    }
    verdict(match.allow);
    for (const std::size_t skip : skips_) {
        instructions_[skip].off = static_cast<std::int16_t>(instructions_.size() - skip - 1);
    }
    return !skips_.empty();
}

}  // namespace

// spec: DevicesApplyInOrder, DevicesRuleAllTypes
std::vector<bpf_insn> compile_device_filter(std::span<const oci::DeviceRule> rules)
{
    Program program;
    program.load_access();
    for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
        const std::optional<Match> match = match_of(*rule);
        // The kernel's verifier refuses code that is never reached.
        if (match && !program.rule(*match)) {
            return std::move(program).take();
        }
    }
    program.verdict(false);
    return std::move(program).take();
}

}  // namespace rt::plan
