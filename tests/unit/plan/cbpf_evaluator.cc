// SPDX-License-Identifier: Apache-2.0
#include "cbpf_evaluator.h"

#include <cstring>

namespace {

struct Machine {
    std::uint32_t a = 0, x = 0;
    std::uint32_t memory[BPF_MEMWORDS] = {};
};

std::uint32_t alu(std::uint16_t operation, std::uint32_t left, std::uint32_t right)
{
    switch (operation) {
    case BPF_ADD:
        return left + right;
    case BPF_SUB:
        return left - right;
    case BPF_AND:
        return left & right;
    case BPF_OR:
        return left | right;
    case BPF_XOR:
        return left ^ right;
    case BPF_LSH:
        return left << right;
    default:
        return left >> right;
    }
}

bool holds(std::uint16_t test, std::uint32_t left, std::uint32_t right)
{
    switch (test) {
    case BPF_JEQ:
        return left == right;
    case BPF_JGT:
        return left > right;
    case BPF_JGE:
        return left >= right;
    default:
        return (left & right) != 0;
    }
}

bool is_load_of_data(const sock_filter &at)
{
    return at.code == (BPF_LD | BPF_W | BPF_ABS) && at.k % 4 == 0 && at.k < sizeof(seccomp_data);
}

}  // namespace

bool is_loadable(std::span<const sock_filter> program)
{
    if (program.empty() || program.size() > BPF_MAXINSNS || BPF_CLASS(program.back().code) != BPF_RET) {
        return false;
    }
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
        const sock_filter &at = program[pc];
        const std::size_t left = program.size() - pc - 1;
        if (at.code == (BPF_JMP | BPF_JA)) {
            if (at.k >= left) {
                return false;
            }
        } else if (BPF_CLASS(at.code) == BPF_JMP) {
            if (at.jt >= left || at.jf >= left) {
                return false;
            }
        } else if (BPF_CLASS(at.code) == BPF_LD && BPF_MODE(at.code) == BPF_ABS && !is_load_of_data(at)) {
            return false;
        }
    }
    return true;
}

std::optional<std::uint32_t> evaluate(std::span<const sock_filter> program, const seccomp_data &data)
{
    Machine m;
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
        const sock_filter &at = program[pc];
        const std::uint32_t operand = BPF_SRC(at.code) == BPF_X ? m.x : at.k;
        if (is_load_of_data(at)) {
            std::memcpy(&m.a, reinterpret_cast<const char *>(&data) + at.k, sizeof(m.a));
            continue;
        }
        switch (BPF_CLASS(at.code)) {
        case BPF_LD:
            m.a = BPF_MODE(at.code) == BPF_MEM ? m.memory[at.k] : at.k;
            break;
        case BPF_ST:
            m.memory[at.k] = m.a;
            break;
        case BPF_ALU:
            m.a = alu(BPF_OP(at.code), m.a, operand);
            break;
        case BPF_JMP:
            pc += BPF_OP(at.code) == BPF_JA ? at.k : holds(BPF_OP(at.code), m.a, operand) ? at.jt : at.jf;
            break;
        case BPF_RET:
            return BPF_RVAL(at.code) == BPF_A ? m.a : at.k;
        default:
            return std::nullopt;
        }
    }
    return std::nullopt;
}
