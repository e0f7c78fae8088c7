// SPDX-License-Identifier: Apache-2.0
#include "ebpf_evaluator.h"

#include <array>
#include <cstring>

namespace {

using Registers = std::array<std::optional<std::uint64_t>, 11>;

/// nullopt: not an operation we know.
std::optional<std::uint64_t> alu(std::uint8_t operation, std::uint64_t left, std::uint64_t right)
{
    switch (operation) {
    case BPF_AND:
        return left & right;
    case BPF_OR:
        return left | right;
    case BPF_RSH:
        return left >> right;
    case BPF_LSH:
        return left << right;
    default:
        return std::nullopt;
    }
}

std::optional<bool> holds(std::uint8_t test, std::uint64_t left, std::uint64_t right)
{
    switch (test) {
    case BPF_JA:
        return true;
    case BPF_JEQ:
        return left == right;
    case BPF_JNE:
        return left != right;
    case BPF_JSET:
        return (left & right) != 0;
    default:
        return std::nullopt;
    }
}

bool load(Registers &r, const bpf_insn &at, const bpf_cgroup_dev_ctx &request)
{
    std::uint32_t word = 0;
    if (BPF_SIZE(at.code) != BPF_W || !r[at.src_reg] || *r[at.src_reg] != 0 || at.off < 0 ||
        at.off % 4 != 0 || static_cast<std::size_t>(at.off) + sizeof(word) > sizeof(request)) {
        return false;
    }
    std::memcpy(&word, reinterpret_cast<const char *>(&request) + at.off, sizeof(word));
    r[at.dst_reg] = word;
    return true;
}

bool compute(Registers &r, const bpf_insn &at)
{
    const auto immediate = static_cast<std::uint64_t>(std::int64_t{at.imm});
    const auto right = BPF_SRC(at.code) == BPF_X ? r[at.src_reg] : std::optional(immediate);
    if (!right || (BPF_OP(at.code) != BPF_MOV && !r[at.dst_reg])) {
        return false;
    }
    r[at.dst_reg] = BPF_OP(at.code) == BPF_MOV ? right : alu(BPF_OP(at.code), *r[at.dst_reg], *right);
    return r[at.dst_reg].has_value();
}

}  // namespace

std::optional<std::uint64_t> evaluate(std::span<const bpf_insn> program, const bpf_cgroup_dev_ctx &request)
{
    Registers r;
    r[BPF_REG_1] = 0;  // the context; the only address there is
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
        const bpf_insn &at = program[pc];
        if (at.code == (BPF_JMP | BPF_EXIT)) {
            return r[BPF_REG_0];
        }
        if (BPF_CLASS(at.code) == BPF_LDX) {
            if (!load(r, at, request)) {
                return std::nullopt;
            }
        } else if (BPF_CLASS(at.code) == BPF_ALU64) {
            if (!compute(r, at)) {
                return std::nullopt;
            }
        } else if (BPF_CLASS(at.code) == BPF_JMP && BPF_SRC(at.code) == BPF_K && at.off >= 0 &&
                   (BPF_OP(at.code) == BPF_JA || r[at.dst_reg])) {
            const auto taken = holds(BPF_OP(at.code), r[at.dst_reg].value_or(0),
                                     static_cast<std::uint64_t>(std::int64_t{at.imm}));
            if (!taken) {
                return std::nullopt;
            }
            pc += *taken ? static_cast<std::size_t>(at.off) : 0;
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}
