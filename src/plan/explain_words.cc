// SPDX-License-Identifier: Apache-2.0
#include "plan/explain_words.h"

#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <span>
#include <string_view>

#include "base/str.h"
#include "oci/names.h"

namespace rt::plan {
namespace {

using Words = std::vector<std::string>;

struct Bit {
    std::uint64_t bit;
    std::string_view word;
};

// clang-format off
constexpr Bit kAttributes[] = {
    {MOUNT_ATTR_RDONLY,     "ro"},
    {MOUNT_ATTR_NOSUID,     "nosuid"},
    {MOUNT_ATTR_NODEV,      "nodev"},
    {MOUNT_ATTR_NOEXEC,     "noexec"},
    {MOUNT_ATTR_NODIRATIME, "nodiratime"},
    {0x00100000,            "idmap"},        // MOUNT_ATTR_IDMAP, Linux 5.12
    {0x00200000,            "nosymfollow"},  // MOUNT_ATTR_NOSYMFOLLOW, Linux 5.14
};
// Values of one field.
constexpr Bit kAtimes[] = {
    {MOUNT_ATTR_RELATIME,    "relatime"},
    {MOUNT_ATTR_NOATIME,     "noatime"},
    {MOUNT_ATTR_STRICTATIME, "strictatime"},
};
constexpr Bit kMountFlags[] = {
    {MS_RDONLY,      "ro"},
    {MS_NOSUID,      "nosuid"},
    {MS_NODEV,       "nodev"},
    {MS_NOEXEC,      "noexec"},
    {MS_SYNCHRONOUS, "sync"},
    {MS_MANDLOCK,    "mand"},
    {MS_DIRSYNC,     "dirsync"},
    {256,            "nosymfollow"},  // MS_NOSYMFOLLOW, Linux 5.10
    {MS_NOATIME,     "noatime"},
    {MS_NODIRATIME,  "nodiratime"},
    {MS_SILENT,      "silent"},
    {MS_RELATIME,    "relatime"},
    {MS_I_VERSION,   "iversion"},
    {MS_STRICTATIME, "strictatime"},
    {MS_LAZYTIME,    "lazytime"},
};
constexpr Bit kPropagations[] = {
    {MS_SHARED,     "shared"},
    {MS_SLAVE,      "slave"},
    {MS_PRIVATE,    "private"},
    {MS_UNBINDABLE, "unbindable"},
};
constexpr Bit kDeviceTypes[] = {
    {S_IFCHR, "character"},
    {S_IFBLK, "block"},
    {S_IFIFO, "fifo"},
};
// clang-format on

Words words_of(std::uint64_t bits, std::span<const Bit> table)
{
    Words words;
    for (const Bit &row : table) {
        if ((bits & row.bit) != 0) {
            words.emplace_back(row.word);
        }
    }
    return words;
}

std::string_view word_of(std::uint64_t value, std::span<const Bit> table)
{
    for (const Bit &row : table) {
        if (row.bit == value) {
            return row.word;
        }
    }
    return "";
}

constexpr std::uint64_t kAtimeField = MOUNT_ATTR__ATIME;

}  // namespace

Words attribute_words(std::uint64_t set, std::uint64_t cleared)
{
    Words words = words_of(set & ~kAtimeField, kAttributes);
    if (((set | cleared) & kAtimeField) != 0) {
        words.emplace_back(word_of(set & kAtimeField, kAtimes));
    }
    return words;
}

Words cleared_words(std::uint64_t cleared) { return words_of(cleared & ~kAtimeField, kAttributes); }
Words mount_flag_words(std::uint64_t flags) { return words_of(flags, kMountFlags); }

std::string propagation_word(std::uint64_t flags, bool recursive)
{
    return str(recursive ? "r" : "", word_of(flags & ~std::uint64_t{MS_REC}, kPropagations));
}

Words capability_words(std::uint64_t mask)
{
    constexpr std::uint64_t kAll = (std::uint64_t{2} << oci::kLastCapability) - 1;
    if ((mask & kAll) == kAll) {
        return {"all"};
    }
    Words words;
    for (unsigned number = 0; number <= oci::kLastCapability; ++number) {
        if ((mask >> number & 1) != 0) {
            words.emplace_back(oci::capability_name(number));
        }
    }
    return words;
}

Words seccomp_flag_words(std::uint64_t flags)
{
    Words words;
    for (const oci::Word<std::uint32_t> &row : oci::seccomp_flags()) {
        if ((flags & row.value) != 0) {
            words.emplace_back(row.word);
        }
    }
    return words;
}

std::string limit_word(std::uint64_t limit) { return limit == ~std::uint64_t{0} ? "unlimited" : str(limit); }

std::string mode_word(std::uint64_t mode)
{
    std::string digits;
    for (std::uint64_t rest = mode & 07777; rest != 0; rest >>= 3) {
        digits.insert(0, 1, static_cast<char>('0' + (rest & 7)));
    }
    return digits.insert(0, 1, '0');
}

std::string device_word(std::uint64_t mode, std::uint64_t device)
{
    const std::string_view type = word_of(mode & S_IFMT, kDeviceTypes);
    return (mode & S_IFMT) == S_IFIFO ? std::string(type) : str(type, ' ', major(device), ':', minor(device));
}

}  // namespace rt::plan
