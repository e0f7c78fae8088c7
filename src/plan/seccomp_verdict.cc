// SPDX-License-Identifier: Apache-2.0
#include "plan/seccomp_verdict.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstring>

#include "plan/seccomp_arch.h"

namespace rt::plan {
namespace {

bool holds(unsigned test, std::uint32_t left, std::uint32_t right)
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

/// The kernel's half of classic BPF that our emitter writes; it only jumps forward, and returns at the end.
std::uint32_t verdict(std::span<const sock_filter> program, const seccomp_data &data)
{
    std::uint32_t a = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter &step = program[at];
        switch (BPF_CLASS(step.code)) {
        case BPF_LD:
            if (step.k > sizeof data - sizeof a) {
                return SECCOMP_RET_KILL_PROCESS;
            }
            std::memcpy(&a, reinterpret_cast<const char *>(&data) + step.k, sizeof a);
            break;
        case BPF_ALU:
            a &= step.k;
            break;
        case BPF_JMP:
            at += BPF_OP(step.code) == BPF_JA           ? step.k
                  : holds(BPF_OP(step.code), a, step.k) ? step.jt
                                                        : step.jf;
            break;
        default:
            return step.k;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

}  // namespace

bool lets_through(std::span<const sock_filter> program, std::span<const NativeCall> calls)
{
    return std::ranges::all_of(calls, [&](const NativeCall &call) {
        seccomp_data data = {};
        data.nr = static_cast<int>(call.number);
        data.arch = native_seccomp_arches().front().audit;
        data.args[0] = call.a;
        data.args[1] = call.b;
        data.args[2] = call.c;
        const std::uint32_t action = verdict(program, data) & SECCOMP_RET_ACTION_FULL;
        return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
    });
}

}  // namespace rt::plan
