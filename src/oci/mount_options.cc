// SPDX-License-Identifier: Apache-2.0
#include "oci/mount_options.h"

#include <sys/mount.h>

#include <algorithm>
#include <array>

namespace rt::oci {
namespace {

// Not in every libc's sys/mount.h; linux/mount.h has them and clashes with it.
constexpr std::uint32_t kMsIversion = 1U << 23U;
constexpr std::uint32_t kMsLazytime = 1U << 25U;
constexpr std::uint64_t kNosymfollow = 0x00200000;  // MOUNT_ATTR_NOSYMFOLLOW, Linux 5.14

enum class Effect : std::uint8_t {
    kSet,       ///< attr and sb bits
    kClear,     ///< the same bits
    kAtime,     ///< makes attr the value of the MOUNT_ATTR__ATIME field
    kNotAtime,  ///< back to relatime, the kernel's default, if the field is attr
    kRecSet,    ///< the four, with AT_RECURSIVE
    kRecClear,
    kRecAtime,
    kRecNotAtime,
    kPropagate,  ///< sb holds MS_SHARED ...
    kFlag,       ///< makes a bool of MountOptions true
};
using enum Effect;

struct Row {
    std::string_view name;
    Effect effect;
    std::uint64_t attr = 0;
    std::uint32_t sb = 0;
    bool MountOptions::*flag = nullptr;
    bool MountOptions::*also = nullptr;
};

// spec: MountsOptionsKnown, MountsOptionsRecursive, MountsOptionsPropagation, MountsOptionsData
// spec: MountsOptionsRemount, MountsOptionsSymfollow, MountsOptionsMand
// clang-format off
constexpr auto kRows = std::to_array<Row>({
    {"async",          kClear,       0,                      MS_SYNCHRONOUS},
    {"atime",          kNotAtime,    MOUNT_ATTR_NOATIME},
    {"bind",           kFlag,        0, 0,                   &MountOptions::bind},
    {"defaults",       kSet},
    {"dev",            kClear,       MOUNT_ATTR_NODEV},
    {"diratime",       kClear,       MOUNT_ATTR_NODIRATIME},
    {"dirsync",        kSet,         0,                      MS_DIRSYNC},
    {"exec",           kClear,       MOUNT_ATTR_NOEXEC},
    {"idmap",          kFlag,        0, 0,                   &MountOptions::idmap},
    {"iversion",       kSet,         0,                      kMsIversion},
    {"lazytime",       kSet,         0,                      kMsLazytime},
    {"loud",           kClear,       0,                      MS_SILENT},
    {"mand",           kSet,         0,                      MS_MANDLOCK},
    {"noatime",        kAtime,       MOUNT_ATTR_NOATIME},
    {"nodev",          kSet,         MOUNT_ATTR_NODEV},
    {"nodiratime",     kSet,         MOUNT_ATTR_NODIRATIME},
    {"noexec",         kSet,         MOUNT_ATTR_NOEXEC},
    {"noiversion",     kClear,       0,                      kMsIversion},
    {"nolazytime",     kClear,       0,                      kMsLazytime},
    {"nomand",         kClear,       0,                      MS_MANDLOCK},
    {"norelatime",     kNotAtime,    MOUNT_ATTR_RELATIME},
    {"nostrictatime",  kNotAtime,    MOUNT_ATTR_STRICTATIME},
    {"nosuid",         kSet,         MOUNT_ATTR_NOSUID},
    {"nosymfollow",    kSet,         kNosymfollow},
    {"private",        kPropagate,   0,                      MS_PRIVATE},
    {"ratime",         kRecNotAtime, MOUNT_ATTR_NOATIME},
    {"rbind",          kFlag,        0, 0,                   &MountOptions::bind, &MountOptions::recursive},
    {"rdev",           kRecClear,    MOUNT_ATTR_NODEV},
    {"rdiratime",      kRecClear,    MOUNT_ATTR_NODIRATIME},
    {"relatime",       kAtime,       MOUNT_ATTR_RELATIME},
    {"remount",        kFlag,        0, 0,                   &MountOptions::remount},
    {"rexec",          kRecClear,    MOUNT_ATTR_NOEXEC},
    {"ridmap",         kFlag,        0, 0,                   &MountOptions::idmap, &MountOptions::ridmap},
    {"rnoatime",       kRecAtime,    MOUNT_ATTR_NOATIME},
    {"rnodev",         kRecSet,      MOUNT_ATTR_NODEV},
    {"rnodiratime",    kRecSet,      MOUNT_ATTR_NODIRATIME},
    {"rnoexec",        kRecSet,      MOUNT_ATTR_NOEXEC},
    {"rnorelatime",    kRecNotAtime, MOUNT_ATTR_RELATIME},
    {"rnostrictatime", kRecNotAtime, MOUNT_ATTR_STRICTATIME},
    {"rnosuid",        kRecSet,      MOUNT_ATTR_NOSUID},
    {"rnosymfollow",   kRecSet,      kNosymfollow},
    {"ro",             kSet,         MOUNT_ATTR_RDONLY,      MS_RDONLY},
    {"rprivate",       kPropagate,   0,                      MS_PRIVATE | MS_REC},
    {"rrelatime",      kRecAtime,    MOUNT_ATTR_RELATIME},
    {"rro",            kRecSet,      MOUNT_ATTR_RDONLY},
    {"rrw",            kRecClear,    MOUNT_ATTR_RDONLY},
    {"rshared",        kPropagate,   0,                      MS_SHARED | MS_REC},
    {"rslave",         kPropagate,   0,                      MS_SLAVE | MS_REC},
    {"rstrictatime",   kRecAtime,    MOUNT_ATTR_STRICTATIME},
    {"rsuid",          kRecClear,    MOUNT_ATTR_NOSUID},
    {"rsymfollow",     kRecClear,    kNosymfollow},
    {"runbindable",    kPropagate,   0,                      MS_UNBINDABLE | MS_REC},
    {"rw",             kClear,       MOUNT_ATTR_RDONLY,      MS_RDONLY},
    {"shared",         kPropagate,   0,                      MS_SHARED},
    {"silent",         kSet,         0,                      MS_SILENT},
    {"slave",          kPropagate,   0,                      MS_SLAVE},
    {"strictatime",    kAtime,       MOUNT_ATTR_STRICTATIME},
    {"suid",           kClear,       MOUNT_ATTR_NOSUID},
    {"symfollow",      kClear,       kNosymfollow},
    {"sync",           kSet,         0,                      MS_SYNCHRONOUS},
    {"tmpcopyup",      kFlag,        0, 0,                   &MountOptions::tmpcopyup},
    {"unbindable",     kPropagate,   0,                      MS_UNBINDABLE},
});

struct SuperblockFlag {
    std::uint32_t flag;
    std::string_view name;
};

// fs/fs_context.c, common_set_sb_flag.  iversion and silent have no name there: mount(2) carries them into a
// new mount (plan/mounts_filesystem.cc), a remount leaves them as they are.
constexpr auto kSuperblockFlags = std::to_array<SuperblockFlag>({
    {MS_RDONLY,      "ro"},
    {MS_SYNCHRONOUS, "sync"},
    {MS_DIRSYNC,     "dirsync"},
    {MS_MANDLOCK,    "mand"},
    {kMsLazytime,    "lazytime"},
});
// clang-format on

static_assert(std::ranges::adjacent_find(kRows, std::ranges::greater_equal{}, &Row::name) == kRows.end());

/// The two halves of mount_setattr(2)'s request.
struct Attributes {
    std::uint64_t &set;
    std::uint64_t &clr;
};

void turn_on(Attributes a, std::uint64_t bits)
{
    a.set |= bits;
    a.clr &= ~bits;
}

void turn_off(Attributes a, std::uint64_t bits)
{
    a.clr |= bits;
    a.set &= ~bits;
}

void choose_atime(Attributes a, std::uint64_t value)
{
    // The field is no set of bits: the kernel wants all of it cleared before a value goes in.
    a.clr |= MOUNT_ATTR__ATIME;
    a.set = (a.set & ~std::uint64_t{MOUNT_ATTR__ATIME}) | value;
}

void drop_atime(Attributes a, std::uint64_t value)
{
    const bool chosen = (a.clr & MOUNT_ATTR__ATIME) != 0;
    if (!chosen || (a.set & MOUNT_ATTR__ATIME) == value) {
        choose_atime(a, MOUNT_ATTR_RELATIME);
    }
}

// spec: MountsOptionsLastWins
void apply(MountOptions &out, const Row &row)
{
    const Attributes own{out.attr_set, out.attr_clr};
    const Attributes recursive{out.rec_attr_set, out.rec_attr_clr};
    switch (row.effect) {
    case kSet:
        turn_on(own, row.attr);
        out.sb_set |= row.sb;
        out.sb_clr &= ~row.sb;
        break;
    case kClear:
        turn_off(own, row.attr);
        out.sb_clr |= row.sb;
        out.sb_set &= ~row.sb;
        break;
    case kAtime:
        choose_atime(own, row.attr);
        break;
    case kNotAtime:
        drop_atime(own, row.attr);
        break;
    case kRecSet:
        turn_on(recursive, row.attr);
        break;
    case kRecClear:
        turn_off(recursive, row.attr);
        break;
    case kRecAtime:
        choose_atime(recursive, row.attr);
        break;
    case kRecNotAtime:
        drop_atime(recursive, row.attr);
        break;
    case kPropagate:
        out.propagation.push_back(row.sb);
        break;
    case kFlag:
        out.*row.flag = true;
        if (row.also != nullptr) {
            out.*row.also = true;
        }
        break;
    }
}

}  // namespace

MountOptions parse_mount_options(const std::vector<std::string> &options)
{
    MountOptions out;
    for (const std::string &option : options) {
        const auto *row = std::ranges::lower_bound(kRows, option, {}, &Row::name);
        if (row != kRows.end() && row->name == option) {
            apply(out, *row);
        } else if (!option.empty()) {
            out.data += out.data.empty() ? option : "," + option;
        }
    }
    return out;
}

std::vector<std::string_view> sb_flag_names(std::uint32_t sb_flags)
{
    std::vector<std::string_view> out;
    for (const SuperblockFlag &row : kSuperblockFlags) {
        if ((sb_flags & row.flag) != 0) {
            out.push_back(row.name);
        }
    }
    return out;
}

std::vector<std::string_view> mount_option_names()
{
    std::vector<std::string_view> out;
    out.reserve(kRows.size());
    for (const Row &row : kRows) {
        out.push_back(row.name);
    }
    return out;
}

}  // namespace rt::oci
