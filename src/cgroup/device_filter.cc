// SPDX-License-Identifier: Apache-2.0
#include "cgroup/device_filter.h"

#include <asm/unistd.h>
#include <linux/bpf.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/str.h"
#include "kernel/calls_process.h"
#include "kernel/release.h"
#include "plan/bpf_devices.h"

namespace rt::cgroup {
namespace {

/// As much as the kernel may ask for: it refuses bytes behind the fields it knows unless they are 0.
union Attributes {
    bpf_attr attr;
    unsigned char bytes[256];

    Attributes() { std::memset(bytes, 0, sizeof bytes); }
};
static_assert(sizeof(Attributes) >= sizeof(bpf_attr));

Result<int> bpf(bpf_cmd command, Attributes &attributes, std::string_view name)
{
    long ret = -1;
    do {
        ret = ::syscall(__NR_bpf, command, &attributes, sizeof attributes);
    } while (ret == -1 && (errno == EINTR || (errno == EAGAIN && command == BPF_PROG_LOAD)));
    if (ret == -1) {
        return Error::kernel(errno, str("bpf(", name, ")"));
    }
    return static_cast<int>(ret);
}

std::uint64_t word(const void *pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

constexpr const char *kPointer = "/linux/resources/devices";

/// Of at most BPF_OBJ_NAME_LEN - 1 letters, digits, '_' and '.'.
constexpr std::string_view kName = "oci_devices";
static_assert(kName.size() < BPF_OBJ_NAME_LEN);

/// What is attached to `dir` itself, as program ids.
Result<std::vector<std::uint32_t>> attached(FdRef dir)
{
    std::vector<std::uint32_t> ids(64);
    Attributes query;
    query.attr.query.target_fd = static_cast<std::uint32_t>(dir.get());
    query.attr.query.attach_type = BPF_CGROUP_DEVICE;
    query.attr.query.prog_ids = word(ids.data());
    query.attr.query.prog_cnt = static_cast<std::uint32_t>(ids.size());
    TRY(bpf(BPF_PROG_QUERY, query, "BPF_PROG_QUERY"));
    ids.resize(query.attr.query.prog_cnt);
    return ids;
}

Result<Fd> program_of(std::uint32_t id)
{
    Attributes get;
    get.attr.prog_id = id;
    TRY_LET(fd, bpf(BPF_PROG_GET_FD_BY_ID, get, "BPF_PROG_GET_FD_BY_ID"));
    return Fd(fd);
}

Result<bool> ours(FdRef program)
{
    bpf_prog_info info;
    std::memset(&info, 0, sizeof info);
    Attributes get;
    get.attr.info.bpf_fd = static_cast<std::uint32_t>(program.get());
    get.attr.info.info_len = sizeof info;
    get.attr.info.info = word(&info);
    TRY(bpf(BPF_OBJ_GET_INFO_BY_FD, get, "BPF_OBJ_GET_INFO_BY_FD"));
    return std::string_view(info.name, ::strnlen(info.name, sizeof info.name)) == kName;
}

/// Those of `ids` that have our name.
Result<std::vector<Fd>> ours_of(const std::vector<std::uint32_t> &ids)
{
    std::vector<Fd> programs;
    for (const std::uint32_t id : ids) {
        auto opened = program_of(id);
        if (!opened && opened.error().err() == ENOENT) {
            continue;  // its owner has replaced it meanwhile
        }
        TRY_LET(program, std::move(opened));
        TRY_LET(mine, ours(program));
        if (mine) {
            programs.push_back(std::move(program));
        }
    }
    return programs;
}

/// `replaced`: -1, or the program that goes as this one comes.
Status attach(FdRef dir, FdRef program, FdRef replaced)
{
    Attributes attach;
    attach.attr.target_fd = static_cast<std::uint32_t>(dir.get());
    attach.attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attach.attr.attach_type = BPF_CGROUP_DEVICE;
    attach.attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (replaced.get() >= 0) {
        attach.attr.attach_flags |= BPF_F_REPLACE;
        attach.attr.replace_bpf_fd = static_cast<std::uint32_t>(replaced.get());
    }
    TRY(bpf(BPF_PROG_ATTACH, attach, "BPF_PROG_ATTACH"));
    return {};
}

Status detach(FdRef dir, FdRef program)
{
    Attributes detach;
    detach.attr.target_fd = static_cast<std::uint32_t>(dir.get());
    detach.attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    detach.attr.attach_type = BPF_CGROUP_DEVICE;
    TRY(bpf(BPF_PROG_DETACH, detach, "BPF_PROG_DETACH"));
    return {};
}

/// Attached in the place of ours that are there.
Status take_place(FdRef dir, FdRef program)
{
    TRY_LET(ids, attached(dir));
    TRY_LET(old, ours_of(ids));
    Status status = attach(dir, program, old.empty() ? FdRef(-1) : FdRef(old.front()));
    if (!status && status.error().err() == EPERM && !ids.empty()) {
        return std::move(status).error().hint("a program that is attached there lets no other be beside it");
    }
    TRY(std::move(status));
    for (std::size_t i = 1; i < old.size(); ++i) {
        TRY(detach(dir, old[i]));
    }
    return {};
}

/// As locked memory of their user, where all that root has loaded counts against one limit.
bool programs_are_locked() { return !(kernel::release_of(kernel::release()) >= kernel::Release{5, 11}); }

Result<int> load(Attributes &program)
{
    constexpr const char *kCommand = "BPF_PROG_LOAD";
    auto loaded = bpf(BPF_PROG_LOAD, program, kCommand);
    if (loaded || loaded.error().err() != EPERM || !programs_are_locked()) {
        return loaded;
    }
    TRY_LET(own, kernel::prlimit(0, RLIMIT_MEMLOCK));
    if (!kernel::prlimit(0, RLIMIT_MEMLOCK, {RLIM_INFINITY, RLIM_INFINITY})) {
        TRY(kernel::prlimit(0, RLIMIT_MEMLOCK, {own.rlim_max, own.rlim_max}));
    }
    auto again = bpf(BPF_PROG_LOAD, program, kCommand);
    (void)kernel::prlimit(0, RLIMIT_MEMLOCK, own);  // hooks and the container would inherit it
    return again ? std::move(again)
                 : std::move(again).error().hint("RLIMIT_MEMLOCK of the runtime is too low");
}

}  // namespace

Result<Fd> load_device_filter(const std::vector<oci::DeviceRule> &rules)
{
    const std::vector<bpf_insn> program = plan::compile_device_filter(rules);
    Attributes attributes;
    attributes.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.attr.insns = word(program.data());
    attributes.attr.insn_cnt = static_cast<std::uint32_t>(program.size());
    attributes.attr.license = word("Apache-2.0");
    kName.copy(attributes.attr.prog_name, kName.size());
    auto loaded = load(attributes);
    if (!loaded) {
        return std::move(loaded).error().context("loading the device filter").at(kPointer);
    }
    return Fd(*loaded);
}

Status attach_device_filter(FdRef dir, const std::string &path, FdRef program)
{
    Status status = take_place(dir, program);
    if (!status) {
        return std::move(status)
            .error()
            .context(str("attaching the device filter to \"", path, "\""))
            .at(kPointer);
    }
    return {};
}

}  // namespace rt::cgroup
