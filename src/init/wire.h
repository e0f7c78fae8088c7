// SPDX-License-Identifier: Apache-2.0
//
// What the parent hands to the init stage: one read-only blob of fixed-size records, each of them
// one operation with its arguments, executed in order; behind them the strings, arrays and BPF they
// point to.  init has no heap, no libc and no parser: whatever it needs was decided in plan/.
//
// Layout: Header, Record[count], pool.  Every offset counts from the start of the blob; 0 is "none".
//   string   NUL-terminated bytes
//   words    uint64_t[], 0-terminated; each an offset of a string (init adds the base address in place,
//            the mapping is private) - argv, envp, candidate paths
#pragma once

#include <stdint.h>

namespace rt::init {

inline constexpr uint32_t kMagic = 0x4e4c5052;  // "RPLN"
inline constexpr uint32_t kVersion = 1;
inline constexpr int kMaxCgroups = 24;

/// One operation.  Behind each: the fields it reads.  `tree` is the mount at hand: a detached mount that
/// the records before it made, or an attached one that kTarget opened; `root` is the container's root.
/// Paths marked (in root) are resolved below `root` and can't leave it, whatever links the image holds.
// clang-format off
enum class Op : uint16_t {
    kEnd,  ///< never executed; catches a blob that runs out

    // -- the conversation with the parent (Msg below)
    kTell,   ///< a: Msg to send; fd: goes along, or -1
    kAwait,  ///< a: Msg to wait for; descriptors that come with kCgroup are kept for kJoinCgroups

    // -- becoming the container's first process
    kCall,         ///< n: number of a system call, a, b, c: its arguments, or s1, s2, s3 in their place: the address of a
                   ///< string; any answer but an error is fine; flags kMayFail: EPERM is too
    kWrite,        ///< s1: file below /proc, or fd: such a file, open; s2: what is written to it; b: index of a later kWrite
                   ///< that will write, or 0: this one only opens
    kKeyring,      ///< s1: name; joins a new session keyring; a kernel without keyrings is fine
    kSetns,        ///< fd: inherited namespace descriptor, a: CLONE_NEW*; closes fd
    kUnshare,      ///< a: CLONE_NEW* flags
    kBecomeRoot,   ///< a: uid, b: gid: setresgid, setresuid in the user namespace just entered; flags kNoSetgroups
    kFork,         ///< goes on in a new sibling (CLONE_PARENT); tells the parent kForked with its pidfd, its pid in Message.detail
    kJoinCgroups,  ///< a: first, b: count of the kept descriptors; writes "0" into each and closes it
    kLoopback,     ///< brings `lo` of the network namespace up

    // -- building the root (before pivot: the host's files are still there)
    kPropagation,  ///< a: MS_SHARED|MS_SLAVE|MS_PRIVATE|MS_UNBINDABLE; flags kRecursive; on "/" as it is now
    kRoot,         ///< s1: rootfs (host path, absolute), or fd: its detached tree; attaches it (onto "/" when s1 can't
                   ///< be reached), makes it `root`; flags kSpare: fd is for that case alone
    kNoMountRoot,  ///< s1: rootfs; `root` is just that directory (no mount namespace of our own)
    kOpenTree,     ///< s1: bind source (host path); b: index of the kTree that will use it, and keeps a descriptor it
                   ///< has when this gets EACCES; flags kRecursive, kNoFollow,
                   ///< kMayBeLate (ENOENT: an earlier mount may make it, kTree tries again)
    kTree,         ///< fd: filled in by kOpenTree, kKeep or the parent; else s1: source, opened now; flags kRecursive, kNoFollow
    kKeep,         ///< b: index of the kTree that will use `tree`, which is not at hand from now on
    kFsMount,      ///< s1: file system type, s2: source or 0, words: s3: options ("key" or "key=value"; a value of more
                   ///< than 255 bytes is a path, handed over open); a: MOUNT_ATTR_*; flags kMayFail: EINVAL leaves no
                   ///< `tree`, and the rest to the next kLegacyMount
    kLegacyMount,  ///< s1: type, s2: source, s3: data, a: MS_*; kFsMount by mount(2), for options fsconfig can't carry;
                   ///< flags kInstead: does nothing if there is a `tree`
    kTarget,       ///< s1 (in root): `tree` is the mount that is there; what follows acts on it
    kReconfigure,  ///< words: s3: options; fspick(2) + fsconfig on the superblock of `tree`
    kSetAttr,      ///< a: set, b: clear (MOUNT_ATTR_*), c: propagation (MS_*) or 0; fd: the user namespace of
                   ///< MOUNT_ATTR_IDMAP; flags kRecursive; on `tree`
    kCopyUp,       ///< s1 (in root): copies what is in that directory into `tree` (tmpcopyup)
    kLabel,        ///< s1: SELinux label of the root of `tree`, whose superblock takes no context=
    kAttach,       ///< s1 (in root): moves `tree` there; a missing target is made (directory, or file for a file);
                   ///< flags kRealDirectory: last component must be a directory, no link is followed (proc, sysfs);
                   ///< kTargetMode: the root of `tree` takes the mode of the directory it covers (tmpfs without mode=)
    kMkdir,        ///< s1 (in root), a: mode; with parents; existing is fine
    kSymlink,      ///< s1 (in root): link, s2: its text; s3 (in root): only if this exists, or 0; flags kReplace
    kDevice,       ///< s1 (in root), a: st_mode, b: dev_t, c: uid | gid << 32; flags kFromHost: bind s2, or the
                   ///< detached mount fd, instead of mknod
    kMask,         ///< s1 (in root): unreadable from now on; a missing path is fine
    kReadonly,     ///< s1 (in root): read-only from now on; a missing path is fine
    kRootAttr,     ///< a: set, c: propagation; flags kRecursive; on `root`; MS_SHARED is put off until kPivot, which refuses shared roots
    kConsole,      ///< fd: connected console socket, a: rows, b: columns (0: leave), c: uid that owns the
                   ///< terminal; pty of the container's devpts; flags kNoControl: not yet the
                   ///< terminal that controls the session, kStdioOnly: nor /dev/console

    // -- hooks (run by init in its namespaces)
    kHook,  ///< s1: path, s2: words argv, s3: words envp (0: empty), a: timeout ms or 0, b, c: strings, the state JSON
            ///< before and behind the pid; fd: where its output goes, or -1; n: index of the kCapset whose sets it
            ///< runs with, or 0

    // -- leaving the host behind
    kPivot,    ///< pivot_root(2) into `root`, the old root detached; flags kNoPivot: MS_MOVE and chroot
    kChroot,   ///< chroot(2) into `root` (no mount namespace of our own)
    kChdir,    ///< s1: working directory, made when missing; flags kMayFail: EACCES is left for the
               ///< next kChdir, which does nothing when this one got there
    kHome,     ///< a: uid, s1: writable buffer that holds "HOME=/", n: its size; fills in the home of /etc/passwd

    // -- privileges only shrink from here
    kRlimit,        ///< a: resource, b: soft, c: hard; flags kRaiseOnly: only raises the hard limit if it is lower
    kBoundingDrop,  ///< a: mask of the capabilities that stay
    kIds,           ///< a: uid, b: gid, c: umask or kNoUmask; setresgid, setresuid
    kCapset,        ///< a: effective, b: permitted, c: inheritable

    // -- waiting, and the end
    kFind,     ///< s1: words, candidate paths, s2: words: args[0]; fails as kExec will when there is none
    kPark,      ///< fd: listening socket; waits for `start`, which from now on hears of failures instead of the parent
    kCloseFds,  ///< a: first; closes all descriptors from there on, but the one that reports
    kSeccomp,   ///< s1: sock_filter[n], a: SECCOMP_FILTER_FLAG_*; with NEW_LISTENER kListener and kListening follow
    kExec,      ///< s1: words, candidate paths in the order of PATH; s2: words argv, s3: words envp

    kCount
};
// clang-format on

enum Flag : uint16_t {
    kRecursive = 1 << 0,
    kMayBeLate = 1 << 1,
    kNoFollow = 1 << 2,
    kRealDirectory = 1 << 3,
    kReplace = 1 << 4,
    kFromHost = 1 << 5,
    kNoPivot = 1 << 6,
    kMayFail = 1 << 7,
    kRaiseOnly = 1 << 8,
    kNoSetgroups = 1 << 9,
    kTargetMode = 1 << 10,
    kInstead = 1 << 11,
    kStdioOnly = 1 << 12,
    kNoControl = 1 << 13,
    kSpare = 1 << 14,
};

inline constexpr uint64_t kNoUmask = ~uint64_t{0};

struct Record {
    Op op;
    uint16_t flags;
    int32_t fd;  ///< -1: none
    uint64_t a, b, c;
    uint32_t s1, s2, s3, n;
};
static_assert(sizeof(Record) == 48);

struct Header {
    uint32_t magic, version;
    uint32_t size;     ///< of the blob, bytes
    uint32_t count;    ///< records
    int32_t sync_fd;   ///< SOCK_SEQPACKET to the parent
    uint32_t records;  ///< offset of Record[0]
};

/// What the two sides say to each other.  plan/ writes the turns into the records, so that the order can't
/// differ from what init does; the parent walks the same list (plan::Plan::turns).
enum class Msg : uint32_t {
    kUserNs = 1,  ///< init: I am in my user namespace; map my ids
    kMapped,      ///< parent: ids are mapped
    kForked,      ///< init (first stage): my successor's pidfd comes with this
    kAdopted,     ///< parent: I have your pidfd, or you are in your cgroup; go on
    kNetwork,     ///< init: I am in my network namespace; bring its devices
    kDevices,     ///< parent: they are in
    kCgroup,      ///< parent: limits are set; descriptors of the v1 `tasks` files come with this
    kRootReady,   ///< init: all mounts are in place, pivot_root comes next
    kHooksDone,   ///< parent: prestart and createRuntime hooks ran
    kCreated,     ///< init: nothing is left to do but start
    kReleased,    ///< parent: the record is written, outlive me (create), or go on (run)
    kListener,    ///< init: the filter is loaded; its listener comes with this
    kListening,   ///< parent, or `start`: the listener is where it belongs
    kFailed,      ///< init, in the place of any other: Message.step failed with Message.err
};

/// One packet.  A failure carries all of it, the others the first 16 bytes.
struct Message {
    Msg msg;
    int32_t step;     ///< index of the record that failed
    int32_t err;      ///< errno, or 0 when detail says more
    uint32_t detail;  ///< number of the system call that failed; kHook: its wait status; kHookTimedOut
    char note[112];   ///< what the kernel's mount log said, NUL-terminated
};
inline constexpr uint32_t kMessageHead = 16;
inline constexpr uint32_t kHookTimedOut = ~uint32_t{0};

/// Values of Message.detail that are no system call: init itself refused, `err` is the nearest errno.
enum Refusal : uint32_t {
    kRefusedFirst = 0xffff0000,
    kOntoRoot = kRefusedFirst,  ///< a mount on the root of the container itself
    kInsideProc,                ///< a mount on or below procfs that is none of the allowed ones
    kNotOrdinaryDirectory,      ///< target of proc or sysfs that is a link or no directory
    kNotNull,                   ///< the host's /dev/null is not the character device 1:3
    kOtherFile,                 ///< kDevice, kConsole: what is there already is something else
    kUnreachable,               ///< kChdir: the directory lies outside of the container
    kNotDevpts,                 ///< kConsole: /dev/pts of the container is no devpts
    kMissingParent,             ///< ".." below a directory that does not exist
    kMalformed,                 ///< the blob itself is wrong
};

}  // namespace rt::init
