// SPDX-License-Identifier: Apache-2.0
//
// From rules to classic BPF.  A program is written from its last instruction to its first: classic BPF
// only jumps forward, so every target is already in place when a jump to it is written, and whether
// 8 bits reach it is known.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "oci/config.h"

namespace rt::plan {

/// All arguments match: do `action` (SECCOMP_RET_* with its data).
struct SeccompChain {
    std::uint32_t action = 0;
    std::vector<oci::SeccompArg> args;
};

/// From `first` up to the next range: what to do.
struct SeccompRange {
    std::uint32_t first = 0;
    std::uint32_t action = 0;  ///< SECCOMP_RET_* with its data; unused when there is a `test`
    int test = -1;             ///< of SeccompEmitter::add_test(), or -1

    bool same_verdict(const SeccompRange &other) const
    {
        return test == other.test && (test >= 0 || action == other.action);
    }
};

class SeccompEmitter {
public:
    explicit SeccompEmitter(std::uint32_t default_action) : default_action_(default_action) {}

    /// A test of arguments: the first of `chains` that matches, else the default action.  `narrow`:
    /// 32-bit arguments.  Equal tests are written once.
    int add_test(std::vector<const SeccompChain *> chains, bool narrow);

    /// What to do on architectures no arch() was called for.  Before the first arch().
    void other_arches(std::uint32_t action);
    /// `ranges` cover all 32-bit numbers in order, the first one begins at 0.  The architecture given
    /// last is the one asked for first.
    void arch(std::uint32_t audit_arch, std::span<const SeccompRange> ranges);

    /// The program; ends the emitter.
    std::vector<sock_filter> finish();

private:
    using Label = std::size_t;  // of an instruction, counted from the end of the program

    struct Test {
        std::vector<const SeccompChain *> chains;
        bool narrow;
        bool written;
        Label label;
    };
    struct Compare;

    Label write(std::uint16_t code, std::uint32_t k, std::uint8_t jt = 0, std::uint8_t jf = 0);
    Label ret(std::uint32_t action);
    Label reachable(Label target);
    Label jump(std::uint16_t test, std::uint32_t k, Label when_true, Label when_false);
    Label load(std::uint32_t offset);
    Label masked_word(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, Label yes, Label no);
    Label condition(const oci::SeccompArg &arg, bool narrow, Label yes, Label no);
    Label masked_equal(const oci::SeccompArg &arg, bool narrow, Label yes, Label no);
    Label test(int index);
    Label verdict(const SeccompRange &range);
    Label leaf(std::span<const SeccompRange> ranges);
    Label search(std::span<const SeccompRange> ranges, std::span<const std::size_t> leaves);

    std::uint32_t default_action_;
    std::vector<sock_filter> backwards_;
    std::vector<std::pair<std::uint32_t, Label>> returns_;  // the nearest RET of each action
    std::vector<Test> tests_;
    Label next_arch_ = 0;
};

}  // namespace rt::plan
