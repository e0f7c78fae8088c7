// SPDX-License-Identifier: Apache-2.0
#include "plan/seccomp_emit.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace rt::plan {

namespace {

constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr std::uint16_t kJump = BPF_JMP | BPF_JA;
constexpr std::size_t kReach = 255;

constexpr std::uint32_t kLowAt = std::endian::native == std::endian::little ? 0 : 4;

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

constexpr std::uint32_t low_word_of(std::uint32_t index)
{
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + index * 8 + kLowAt;
}
constexpr std::uint32_t high_word_of(std::uint32_t index) { return low_word_of(index) ^ 4; }

}  // namespace

/// How to ask a question with the three jumps there are.
struct SeccompEmitter::Compare {
    oci::SeccompOperator op;
    std::uint16_t low_test;
    bool ordered;  // the upper word can decide alone
    bool negated;
};

SeccompEmitter::Label SeccompEmitter::write(std::uint16_t code, std::uint32_t k, std::uint8_t jt,
                                            std::uint8_t jf)
{
    backwards_.push_back({code, jt, jf, k});
    return backwards_.size() - 1;
}

SeccompEmitter::Label SeccompEmitter::ret(std::uint32_t action)
{
    for (const auto &[known, label] : returns_) {
        if (known == action) {
            return label;
        }
    }
    const Label label = write(kReturn, action);
    returns_.emplace_back(action, label);
    return label;
}

// The jump that is about to be written may be pushed away by a trampoline for its other target, so one
// is set up one instruction early.
SeccompEmitter::Label SeccompEmitter::reachable(Label target)
{
    const std::size_t distance = backwards_.size() - target - 1;
    if (distance < kReach) {
        return target;
    }
    const sock_filter there = backwards_[target];
    if (there.code != kReturn) {
        return write(kJump, static_cast<std::uint32_t>(distance));
    }
    const auto known = std::ranges::find(returns_, there.k, &std::pair<std::uint32_t, Label>::first);
    if (backwards_.size() - known->second - 1 >= kReach) {
        known->second = write(kReturn, there.k);
    }
    return known->second;
}

SeccompEmitter::Label SeccompEmitter::jump(std::uint16_t test, std::uint32_t k, Label when_true,
                                           Label when_false)
{
    const Label yes = reachable(when_true);
    const Label no = when_false == when_true ? yes : reachable(when_false);
    const std::size_t here = backwards_.size();
    return write(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), k,
                 static_cast<std::uint8_t>(here - yes - 1), static_cast<std::uint8_t>(here - no - 1));
}

SeccompEmitter::Label SeccompEmitter::load(std::uint32_t offset) { return write(kLoadWord, offset); }

SeccompEmitter::Label SeccompEmitter::masked_word(std::uint32_t offset, std::uint32_t mask,
                                                  std::uint32_t value, Label yes, Label no)
{
    jump(BPF_JEQ, value & mask, yes, no);
    write(kAnd, mask);
    return load(offset);
}

SeccompEmitter::Label SeccompEmitter::masked_equal(const oci::SeccompArg &arg, bool narrow, Label yes,
                                                   Label no)
{
    const std::uint64_t mask = arg.value;
    const Label low_half = masked_word(low_word_of(arg.index), low(mask), low(arg.value_two), yes, no);
    if (narrow || high(mask) == 0) {
        return low_half;
    }
    return masked_word(high_word_of(arg.index), high(mask), high(arg.value_two), low_half, no);
}

// spec: SeccompOperators
SeccompEmitter::Label SeccompEmitter::condition(const oci::SeccompArg &arg, bool narrow, Label yes, Label no)
{
    using enum oci::SeccompOperator;
    static constexpr Compare kCompares[] = {
        {kEq, BPF_JEQ, false, false}, {kNe, BPF_JEQ, false, true}, {kGt, BPF_JGT, true, false},
        {kLe, BPF_JGT, true, true},   {kGe, BPF_JGE, true, false}, {kLt, BPF_JGE, true, true},
    };
    const auto *how = std::ranges::find(kCompares, arg.op, &Compare::op);
    if (how == std::end(kCompares)) {
        return masked_equal(arg, narrow, yes, no);
    }
    if (how->negated) {
        std::swap(yes, no);
    }
    jump(how->low_test, low(arg.value), yes, no);
    const Label low_half = load(low_word_of(arg.index));
    if (narrow) {
        return low_half;
    }
    const Label equal = jump(BPF_JEQ, high(arg.value), low_half, no);
    if (how->ordered) {
        jump(BPF_JGT, high(arg.value), yes, equal);
    }
    return load(high_word_of(arg.index));
}

int SeccompEmitter::add_test(std::vector<const SeccompChain *> chains, bool narrow)
{
    const auto known =
        std::ranges::find_if(tests_, [&](const Test &t) { return t.narrow == narrow && t.chains == chains; });
    if (known != tests_.end()) {
        return static_cast<int>(known - tests_.begin());
    }
    tests_.push_back({std::move(chains), narrow, false, 0});
    return static_cast<int>(tests_.size() - 1);
}

SeccompEmitter::Label SeccompEmitter::test(int index)
{
    Test &wanted = tests_[static_cast<std::size_t>(index)];
    if (!wanted.written) {
        Label next = ret(default_action_);
        for (auto chain = wanted.chains.rbegin(); chain != wanted.chains.rend(); ++chain) {
            Label matched = ret((*chain)->action);
            for (auto arg = (*chain)->args.rbegin(); arg != (*chain)->args.rend(); ++arg) {
                matched = condition(*arg, wanted.narrow, matched, next);
            }
            next = matched;
        }
        wanted.label = next;
        wanted.written = true;
    }
    return wanted.label;
}

SeccompEmitter::Label SeccompEmitter::verdict(const SeccompRange &range)
{
    return range.test >= 0 ? test(range.test) : ret(range.action);
}

// One range, or one number cut out of the middle of a range.
SeccompEmitter::Label SeccompEmitter::leaf(std::span<const SeccompRange> ranges)
{
    const Label around = verdict(ranges[0]);
    return ranges.size() == 1 ? around : jump(BPF_JEQ, ranges[1].first, verdict(ranges[1]), around);
}

SeccompEmitter::Label SeccompEmitter::search(std::span<const SeccompRange> ranges,
                                             std::span<const std::size_t> leaves)
{
    const std::size_t count = leaves.size() - 1;
    if (count == 1) {
        return leaf(ranges.subspan(leaves[0], leaves[1] - leaves[0]));
    }
    const std::size_t middle = count / 2;
    const Label above = search(ranges, leaves.subspan(middle));
    const Label below = search(ranges, leaves.first(middle + 1));
    return jump(BPF_JGE, ranges[leaves[middle]].first, above, below);
}

void SeccompEmitter::other_arches(std::uint32_t action) { next_arch_ = ret(action); }

void SeccompEmitter::arch(std::uint32_t audit_arch, std::span<const SeccompRange> ranges)
{
    std::vector<std::size_t> leaves;
    for (std::size_t i = 0; i < ranges.size();) {
        leaves.push_back(i);
        const bool hole = i + 2 < ranges.size() && ranges[i].same_verdict(ranges[i + 2]) &&
                          ranges[i + 2].first - ranges[i + 1].first == 1;
        i += hole ? 3 : 1;
    }
    leaves.push_back(ranges.size());

    // Tests first: what falls through into its successor must not have a test written in between.
    for (const SeccompRange &range : ranges) {
        verdict(range);
    }
    // What search() gives may lie behind others; a load runs into what is written before it.
    const Label tree = search(ranges, leaves);
    if (tree + 1 != backwards_.size()) {
        write(kJump, static_cast<std::uint32_t>(backwards_.size() - tree - 1));
    }
    const Label entry = load(offsetof(seccomp_data, nr));
    next_arch_ = jump(BPF_JEQ, audit_arch, entry, next_arch_);
}

std::vector<sock_filter> SeccompEmitter::finish()
{
    if (next_arch_ + 1 != backwards_.size()) {
        write(kJump, static_cast<std::uint32_t>(backwards_.size() - next_arch_ - 1));
    }
    load(offsetof(seccomp_data, arch));
    std::ranges::reverse(backwards_);
    return std::move(backwards_);
}

}  // namespace rt::plan
