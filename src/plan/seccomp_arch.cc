// SPDX-License-Identifier: Apache-2.0
#include "plan/seccomp_arch.h"

#include <linux/audit.h>

#include <algorithm>
#include <array>

#include <seccomp.h>

namespace rt::plan {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr SeccompArch kNative[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, kX32Bit - 1, false, false},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, 0xfffffffe, true, true},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, kX32Bit, 0xfffffffe, true, false},
};
#elif defined(__aarch64__)
// ARM's own calls (cacheflush, set_tls) begin at 0xf0000, far above the table.
constexpr SeccompArch kNative[] = {
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0, 0xfffffffe, false, false},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0, 0xeffff, true, false},
};
#elif defined(__riscv)
constexpr SeccompArch kNative[] = {
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, SCMP_ARCH_RISCV64, 0, 0xfffffffe, false, false},
};
#else
#error "the system call ABIs of this machine are not in the table yet"
#endif

// spec: SeccompArchitectures
constexpr std::string_view kWords[] = {
    "SCMP_ARCH_X86",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",         "SCMP_ARCH_ARM",
    "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32",
    "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",        "SCMP_ARCH_S390X",
    "SCMP_ARCH_PARISC",  "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",     "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",    "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",
};

// What the libseccomp we link may have no name for.  Since 403 a new call has one number everywhere,
// counted from the first one of the ABI.
struct NewSyscall {
    std::string_view name;
    std::uint32_t number;
};
constexpr NewSyscall kNewSyscalls[] = {
    {"futex_waitv", 449},       {"set_mempolicy_home_node", 450},
    {"cachestat", 451},         {"fchmodat2", 452},
    {"map_shadow_stack", 453},  {"futex_wake", 454},
    {"futex_wait", 455},        {"futex_requeue", 456},
    {"statmount", 457},         {"listmount", 458},
    {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},  {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},
    {"listxattrat", 465},       {"removexattrat", 466},
    {"open_tree_attr", 467},    {"file_getattr", 468},
    {"file_setattr", 469},      {"listns", 470},
};

// i386 got numbers of their own for what socketcall and ipc had carried; libseccomp does not tell them.
// accept, send, recv, semop and semtimedop have none.
struct DirectNumber {
    int pseudo;
    std::uint32_t number;
};
constexpr DirectNumber kDirectOnX86[] = {
    {__PNR_socket, 359},      {__PNR_socketpair, 360},  {__PNR_bind, 361},       {__PNR_connect, 362},
    {__PNR_listen, 363},      {__PNR_accept4, 364},     {__PNR_getsockopt, 365}, {__PNR_setsockopt, 366},
    {__PNR_getsockname, 367}, {__PNR_getpeername, 368}, {__PNR_sendto, 369},     {__PNR_sendmsg, 370},
    {__PNR_recvfrom, 371},    {__PNR_recvmsg, 372},     {__PNR_shutdown, 373},   {__PNR_recvmmsg, 337},
    {__PNR_sendmmsg, 345},    {__PNR_semget, 393},      {__PNR_semctl, 394},     {__PNR_shmget, 395},
    {__PNR_shmctl, 396},      {__PNR_shmat, 397},       {__PNR_shmdt, 398},      {__PNR_msgget, 399},
    {__PNR_msgsnd, 400},      {__PNR_msgrcv, 401},      {__PNR_msgctl, 402},
};

// libseccomp's numbers below zero: -100 - n is call n of socketcall, -200 - n call n of ipc.
struct Multiplexer {
    int first, last;
    std::uint32_t number;
};
constexpr Multiplexer kMultiplexers[] = {{-120, -101, 102}, {-224, -201, 117}};
constexpr int kCallsEach = 100;

SyscallNumbers behind_multiplexer(int pseudo)
{
    SyscallNumbers found;
    for (const Multiplexer &mux : kMultiplexers) {
        if (pseudo >= mux.first && pseudo <= mux.last) {
            found.multiplexed = Multiplexed{mux.number, static_cast<std::uint32_t>((-pseudo) % kCallsEach)};
        }
    }
    const auto *row = std::ranges::find(kDirectOnX86, pseudo, &DirectNumber::pseudo);
    if (row != std::end(kDirectOnX86)) {
        found.direct = row->number;
    }
    return found;
}

}  // namespace

std::span<const SeccompArch> native_seccomp_arches() { return kNative; }

bool is_seccomp_arch(std::string_view word) { return std::ranges::find(kWords, word) != std::end(kWords); }

SyscallNumbers resolve_syscall(const SeccompArch &arch, const std::string &name)
{
    const int number = ::seccomp_syscall_resolve_name_arch(arch.token, name.c_str());
    if (number >= 0) {
        return {.direct = static_cast<std::uint32_t>(number)};
    }
    if (number == __NR_SCMP_ERROR) {
        const auto *row = std::ranges::find(kNewSyscalls, name, &NewSyscall::name);
        if (row == std::end(kNewSyscalls)) {
            return {.known = false};
        }
        return {.direct = arch.first + row->number};
    }
    return arch.multiplexed ? behind_multiplexer(number) : SyscallNumbers{};
}

}  // namespace rt::plan
