// SPDX-License-Identifier: Apache-2.0
#include "cgroup/device_filter.h"

#include <asm/unistd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/str.h"

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

}  // namespace

Result<Fd> load_device_filter(std::span<const bpf_insn> program)
{
    Attributes load;
    load.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.attr.insns = word(program.data());
    load.attr.insn_cnt = static_cast<std::uint32_t>(program.size());
    load.attr.license = word("Apache-2.0");
    TRY_LET(fd, bpf(BPF_PROG_LOAD, load, "BPF_PROG_LOAD"));
    return Fd(fd);
}

Status attach_device_filter(FdRef dir, FdRef program)
{
    TRY_LET(old, attached(dir));
    std::vector<Fd> programs;
    for (const std::uint32_t id : old) {
        TRY_LET(fd, program_of(id));
        programs.push_back(std::move(fd));
    }
    // Several filters are several votes, all of which must say yes: the new one takes the place of
    // the first, and is in force before the others go.
    TRY(attach(dir, program, programs.empty() ? FdRef(-1) : FdRef(programs.front())));
    for (std::size_t i = 1; i < programs.size(); ++i) {
        TRY(detach(dir, programs[i]));
    }
    return {};
}

}  // namespace rt::cgroup
