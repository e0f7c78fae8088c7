// SPDX-License-Identifier: Apache-2.0
//
// The blob is mapped, checked once, and its records are run in order by a table.
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/signal.h>
#include <linux/stat.h>

#include "init/ops.h"
#include "init/talk.h"

namespace rt::init {
namespace {

struct Row {
    Op op;
    ops::Handler run;
};

// clang-format off
constexpr Row kOps[] = {
    {Op::kTell,         ops::tell},
    {Op::kAwait,        ops::await},
    {Op::kCall,         ops::call},
    {Op::kWrite,        ops::write},
    {Op::kKeyring,      ops::keyring},
    {Op::kSetns,        ops::setns},
    {Op::kUnshare,      ops::unshare},
    {Op::kBecomeRoot,   ops::become_root},
    {Op::kFork,         ops::fork},
    {Op::kJoinCgroups,  ops::join_cgroups},
    {Op::kLoopback,     ops::loopback},
    {Op::kPropagation,  ops::propagation},
    {Op::kRoot,         ops::root},
    {Op::kNoMountRoot,  ops::no_mount_root},
    {Op::kOpenTree,     ops::open_tree},
    {Op::kTree,         ops::tree},
    {Op::kKeep,         ops::keep},
    {Op::kFsMount,      ops::fs_mount},
    {Op::kLegacyMount,  ops::legacy_mount},
    {Op::kTarget,       ops::target},
    {Op::kReconfigure,  ops::reconfigure},
    {Op::kSetAttr,      ops::set_attr},
    {Op::kCopyUp,       ops::copy_up},
    {Op::kLabel,        ops::label},
    {Op::kAttach,       ops::attach},
    {Op::kMkdir,        ops::mkdir},
    {Op::kSymlink,      ops::symlink},
    {Op::kDevice,       ops::device},
    {Op::kMask,         ops::mask},
    {Op::kReadonly,     ops::readonly},
    {Op::kRootAttr,     ops::root_attr},
    {Op::kConsole,      ops::console},
    {Op::kHook,         ops::hook},
    {Op::kPivot,        ops::pivot},
    {Op::kChroot,       ops::chroot},
    {Op::kChdir,        ops::chdir},
    {Op::kHome,         ops::home},
    {Op::kRlimit,       ops::rlimit},
    {Op::kBoundingDrop, ops::bounding_drop},
    {Op::kIds,          ops::ids},
    {Op::kCapset,       ops::capset},
    {Op::kFind,         ops::find},
    {Op::kPark,         ops::park},
    {Op::kCloseFds,     ops::close_fds},
    {Op::kSeccomp,      ops::seccomp},
    {Op::kExec,         ops::exec},
};
// clang-format on

constexpr bool every_op_in_order()
{
    uint16_t next = 1;
    for (const Row &row : kOps) {
        if (row.op != static_cast<Op>(next++)) {
            return false;
        }
    }
    return static_cast<Op>(next) == Op::kCount;
}
static_assert(every_op_in_order());

struct Handlers {
    ops::Handler of[sizeof(kOps) / sizeof(kOps[0])];
};

constexpr Handlers handlers()
{
    Handlers all = {};
    for (const Row &row : kOps) {
        all.of[static_cast<uint16_t>(row.op) - 1] = row.run;
    }
    return all;
}

/// All of the table that the program carries.
constexpr Handlers kHandlers = handlers();

bool well_formed(const Context &c, const Record &r)
{
    const bool known = r.op > Op::kEnd && r.op < Op::kCount;
    return known && r.s1 < c.size && r.s2 < c.size && r.s3 < c.size;
}

bool well_formed(const Context &c, uint64_t file_size)
{
    const Header &h = c.header();
    if (h.magic != kMagic || h.version != kVersion || h.size > file_size || h.size < sizeof(Header)) {
        return false;
    }
    const uint64_t end = h.records + uint64_t{h.count} * sizeof(Record);
    if (h.records < sizeof(Header) || h.records % alignof(Record) != 0 || end > h.size) {
        return false;
    }
    for (uint32_t i = 0; i < h.count; ++i) {
        if (!well_formed(c, c.record(i))) {
            return false;
        }
    }
    return true;
}

/// Every bind source is an open descriptor at once, and a caller's soft limit may be 1024.
void make_room_for_trees(Context &c)
{
    if (c.sys(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, c.nofile) < 0) {
        return;
    }
    const uint64_t wanted = c.header().count + 64;
    if (c.nofile[0] >= wanted) {
        return;
    }
    const uint64_t both[2] = {wanted, c.nofile[1] < wanted ? wanted : c.nofile[1]};
    const uint64_t soft[2] = {c.nofile[1], c.nofile[1]};
    c.raised_nofile = c.sys(__NR_prlimit64, 0, RLIMIT_NOFILE, both, 0) == 0 ||
                      c.sys(__NR_prlimit64, 0, RLIMIT_NOFILE, soft, 0) == 0;
}

}  // namespace

void Context::close(int &fd)
{
    if (fd >= 0) {
        sys(__NR_close, fd);
    }
    fd = -1;
}

void leave(Context &c, int status)
{
    for (;;) {
        c.sys(__NR_exit_group, status);
    }
}

char **words(Context &c, uint32_t offset)
{
    if (offset == 0 || offset % sizeof(uint64_t) != 0) {
        return nullptr;
    }
    auto *list = reinterpret_cast<uint64_t *>(c.base + offset);
    const auto *end = reinterpret_cast<const uint64_t *>(c.base + (c.size & ~7U));
    const uint64_t address = reinterpret_cast<uintptr_t>(c.base);
    for (uint64_t *word = list; word < end; ++word) {
        if (*word == 0) {
            return reinterpret_cast<char **>(list);
        }
        if (*word < c.size) {
            *word += address;
        } else if (*word < address || *word - address >= c.size) {
            return nullptr;
        }
    }
    return nullptr;
}

int map_blob(Context &c, int fd)
{
    struct statx st = {};
    const int err = c.sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &st);
    if (err < 0) {
        return err;
    }
    if (st.stx_size < sizeof(Header) || st.stx_size > INT32_MAX) {
        return -EBADMSG;
    }
    const long at =
        raw::call(__NR_mmap, 0, raw::word(st.stx_size), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (at < 0 && at > -4096) {
        return static_cast<int>(at);
    }
    c.sys(__NR_close, fd);
    c.base = reinterpret_cast<char *>(at);
    c.size = c.header().size;
    c.report = c.header().sync_fd;
    return well_formed(c, st.stx_size) ? 0 : -EBADMSG;
}

void tie_to_parent(Context &c)
{
    c.sys(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!c.tied) {
        return;
    }
    c.sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pollfd peer = {.fd = c.report, .events = 0, .revents = 0};
    const uint64_t at_once[2] = {0, 0};
    c.sys(__NR_ppoll, &peer, 1, at_once, 0, 0);
    if ((peer.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        leave(c, 1);
    }
}

void begin(Context &c)
{
    tie_to_parent(c);
    c.sys(__NR_prctl, PR_SET_NAME, "runtime:init", 0, 0, 0);
    c.sys(__NR_fcntl, c.report, F_SETFD, FD_CLOEXEC);
    const uint64_t none = 0;
    c.sys(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof(none));
    const uint64_t by_default[4] =
        {};  // struct sigaction as the kernel has it: handler, flags, restorer, mask
    for (int signal = 1; signal <= 64; ++signal) {
        c.sys(__NR_rt_sigaction, signal, by_default, 0, sizeof(none));
    }
    // Modes are given in full; kIds gives the process its umask, hooks get the caller's.
    c.umask = static_cast<uint32_t>(c.sys(__NR_umask, 0));
    make_room_for_trees(c);
}

int run(Context &c)
{
    for (; c.step < c.header().count; ++c.step) {
        const Record &r = c.record(c.step);
        c.sys.forget();
        c.refusal = 0;
        if ((r.flags & kInstead) == 0) {
            c.note[0] = 0;
        }
        const int err = kHandlers.of[static_cast<uint16_t>(r.op) - 1](c, r);
        if (err < 0) {
            report_failure(c, err);
            return err;
        }
    }
    return 0;
}

}  // namespace rt::init
