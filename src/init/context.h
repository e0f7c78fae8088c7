// SPDX-License-Identifier: Apache-2.0
//
// What the operations of the init stage share.  Free-standing: no libc, no heap, no global that is written.
#pragma once

#include <linux/errno.h>
#include <stdint.h>

#include "init/wire.h"
#include "kernel/raw.h"

namespace rt::init {

inline constexpr uint32_t kPathMax = 4096;  ///< PATH_MAX, with the NUL

/// System calls; remembers the number of the one that failed last.
class Calls {
public:
    /// The kernel's answer: -errno on failure.  Not for calls that answer with an address.
    template <class... Args>
    int operator()(long number, Args... args)
    {
        const long answer = raw::call(number, raw::word(args)...);
        if (answer < 0) {
            failed_ = static_cast<uint32_t>(number);
        }
        return static_cast<int>(answer);
    }

    uint32_t failed() const { return failed_; }
    void forget() { failed_ = 0; }

private:
    uint32_t failed_ = 0;
};

/// An operation that failed without an errno: Message.detail says all.
inline constexpr int kSaysDetail = -4096;

struct Context {
    Calls sys;
    char *base = nullptr;     ///< of the mapped blob
    uint32_t size = 0;        ///< of the blob
    uint32_t step = 0;        ///< index of the record at hand
    int report = -1;          ///< who hears of failures: the parent, later `start`
    int root = -1;            ///< the container's root, O_PATH
    uint64_t root_mount = 0;  ///< its mount id and inode, once a target was compared with them
    uint64_t root_inode = 0;
    int tree = -1;                  ///< the mount at hand
    int ids = -1;                   ///< the user namespace that MOUNT_ATTR_IDMAP takes
    int null = -1;                  ///< the host's /dev/null, O_PATH, verified
    int blank = -1;                 ///< the read-only tmpfs that masks directories, attached
    uint32_t refusal = 0;           ///< what goes into Message.detail in the place of a call
    uint32_t umask = 022;           ///< the caller's
    uint32_t late_propagation = 0;  ///< of the root, once pivot_root is done
    bool tied = true;               ///< dies with the parent
    bool walks = false;             ///< no openat2: paths are walked by component
    bool shared = false;            ///< our mounts may propagate to the host
    bool in_cwd = false;            ///< a kChdir got there
    bool root_on_top = false;       ///< `root` is mounted on "/"
    bool raised_nofile = false;
    uint64_t nofile[2] = {};  ///< the caller's RLIMIT_NOFILE: soft, hard
    int cgroups[kMaxCgroups] = {};
    uint32_t cgroup_count = 0;
    char note[sizeof(Message::note)] = {};

    const Header &header() const { return *reinterpret_cast<const Header *>(base); }
    Record &record(uint32_t index) const
    {
        return reinterpret_cast<Record *>(base + header().records)[index];
    }
    /// The string at `offset`, nullptr for 0.  Offsets of records were checked when the blob was mapped.
    const char *text(uint64_t offset) const { return offset == 0 ? nullptr : base + offset; }

    /// For `return`: -err, with the reason in the place of a call.
    int refuse(uint32_t reason, int err)
    {
        refusal = reason;
        return -err;
    }
    /// Closes `fd` if there is one, and forgets it.
    void close(int &fd);
};

/// Takes the NULL-terminated array of strings of a `words` field, nullptr for offset 0 or a malformed one.
/// Turns offsets into addresses in place; doing it again changes nothing.
char **words(Context &c, uint32_t offset);

/// Maps the blob behind `fd` and closes it; 0 or -errno.  EBADMSG: not a blob this program understands.
int map_blob(Context &c, int fd);

/// Makes this process die with its parent (unless released) and untraceable; again after each change of ids,
/// which undoes both.  Exits if the parent is gone already.
void tie_to_parent(Context &c);

/// Resets what execve(2) hands on: dispositions, mask, umask; makes room for descriptors.
void begin(Context &c);

/// Runs the records in order.  0 at their end; -errno of the one that failed, c.step, which was reported.
int run(Context &c);

[[noreturn]] void leave(Context &c, int status);

}  // namespace rt::init
