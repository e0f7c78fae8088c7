// SPDX-License-Identifier: Apache-2.0
//
// The conversation with the parent: packets of wire.h, descriptors beside them.
#include "init/talk.h"

#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/uio.h>

#include "init/bytes.h"
#include "init/ops.h"

namespace rt::init {
namespace {

constexpr int kSolSocket = 1, kScmRights = 1;  // the same on every architecture we build for
constexpr uint32_t kNoSignal = 0x4000;         // MSG_NOSIGNAL
constexpr uint32_t kCloexec = 0x40000000;      // MSG_CMSG_CLOEXEC

/// struct msghdr as the kernel has it.
struct Packet {
    void *name;
    int name_size;
    iovec *vectors;
    uint64_t vector_count;
    void *control;
    uint64_t control_size;
    uint32_t flags;
};

/// struct cmsghdr with room for descriptors.
template <int kCount>
struct Rights {
    uint64_t size;
    int level, type;
    int fds[kCount];
};
constexpr uint64_t kRightsHead = 16;

/// Waits for one packet; descriptors that come with it are kept.  Exits when the parent is gone.
int receive(Context &c, Message &message)
{
    Rights<kMaxCgroups> rights = {};
    iovec vector = {.iov_base = &message, .iov_len = sizeof(message)};
    Packet packet = {.name = nullptr,
                     .name_size = 0,
                     .vectors = &vector,
                     .vector_count = 1,
                     .control = &rights,
                     .control_size = sizeof(rights),
                     .flags = 0};
    const int n = c.sys(__NR_recvmsg, c.report, &packet, kCloexec);
    if (n == 0 || n == -ECONNRESET) {
        leave(c, 1);
    }
    if (n < 0) {
        return n;
    }
    if (packet.control_size >= kRightsHead + sizeof(int) && rights.type == kScmRights) {
        const auto count = static_cast<uint32_t>((rights.size - kRightsHead) / sizeof(int));
        for (uint32_t i = 0; i < count && c.cgroup_count < kMaxCgroups; ++i) {
            c.cgroups[c.cgroup_count++] = rights.fds[i];
        }
    }
    return n < static_cast<int>(kMessageHead) ? -EBADMSG : 0;
}

}  // namespace

int send(Context &c, int to, const void *bytes, uint32_t size, int fd)
{
    Rights<1> rights = {
        .size = kRightsHead + sizeof(int), .level = kSolSocket, .type = kScmRights, .fds = {fd}};
    iovec vector = {.iov_base = const_cast<void *>(bytes), .iov_len = size};
    const Packet packet = {.name = nullptr,
                           .name_size = 0,
                           .vectors = &vector,
                           .vector_count = 1,
                           .control = fd < 0 ? nullptr : &rights,
                           .control_size = fd < 0 ? 0 : sizeof(rights),
                           .flags = 0};
    const int n = c.sys(__NR_sendmsg, to, &packet, kNoSignal);
    return n < 0 ? n : 0;
}

int wait_to_be_adopted(Context &c)
{
    Record turn = {};
    turn.a = static_cast<uint64_t>(Msg::kAdopted);
    return ops::await(c, turn);
}

void report_failure(Context &c, int err)
{
    Message message = {};
    message.msg = Msg::kFailed;
    message.step = static_cast<int32_t>(c.step);
    message.err = err == kSaysDetail ? 0 : -err;
    message.detail = c.refusal != 0 ? c.refusal : c.sys.failed();
    copy(message.note, c.note, sizeof(message.note));
    const Record &r = c.record(c.step);
    if (r.op == Op::kHook && r.fd >= 0 && send(c, c.report, &message, sizeof(message), r.fd) == 0) {
        return;  // with what the hook said: whoever wakes us does not have it
    }
    // A seccomp filter is more likely to let write(2) through than sendmsg(2).
    c.sys(__NR_write, c.report, &message, sizeof(message));
}

namespace ops {

int tell(Context &c, const Record &r)
{
    const auto msg = static_cast<Msg>(r.a);
    if (msg == Msg::kUserNs) {
        // An unprivileged parent can only write our maps while /proc/PID is ours.
        c.sys(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
    const Message message = {
        .msg = msg, .step = static_cast<int32_t>(c.step), .err = 0, .detail = 0, .note = {}};
    return send(c, c.report, &message, kMessageHead, r.fd);
}

int await(Context &c, const Record &r)
{
    const auto expected = static_cast<Msg>(r.a);
    Message message = {};
    const int err = receive(c, message);
    if (err < 0) {
        return err;
    }
    if (message.msg == Msg::kFailed) {
        leave(c, 1);
    }
    if (message.msg != expected) {
        return -EPROTO;
    }
    if (expected == Msg::kReleased) {
        c.tied = false;
        c.sys(__NR_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
    }
    if (expected == Msg::kMapped) {
        tie_to_parent(c);
    }
    return 0;
}

}  // namespace ops
}  // namespace rt::init
