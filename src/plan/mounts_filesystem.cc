// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_filesystem.h"

#include <linux/mount.h>

#include <algorithm>
#include <string_view>

#include "base/str.h"

namespace rt::plan {
namespace {

using init::Op;

constexpr std::size_t kValueMax = 255;  // fsconfig(2): strndup_user(value, 256)
constexpr std::size_t kDataMax = 4095;  // mount(2): a page with its NUL

struct AttrFlag {
    std::uint64_t attr;
    std::uint64_t mask;  ///< the field it is a value of
    std::uint64_t flag;
};

constexpr AttrFlag kAttrFlags[] = {
    {MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY, MS_RDONLY},
    {MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSUID, MS_NOSUID},
    {MOUNT_ATTR_NODEV, MOUNT_ATTR_NODEV, MS_NODEV},
    {MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOEXEC, MS_NOEXEC},
    {MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, MS_NOATIME},
    {MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, MS_STRICTATIME},
    {MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NODIRATIME, MS_NODIRATIME},
    {MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW},
};

std::uint64_t legacy_flags(const oci::MountOptions &options)
{
    std::uint64_t flags = options.sb_set;
    for (const AttrFlag &row : kAttrFlags) {
        flags |= (options.attr_set & row.mask) == row.attr ? row.flag : 0;
    }
    return flags;
}

/// Calls `put` with each of the options in `data`.
template <class Put>
void split(std::string_view data, const Put &put)
{
    while (!data.empty()) {
        const std::size_t end = std::min(data.find(','), data.size());
        if (end > 0) {
            put(data.substr(0, end));
        }
        data.remove_prefix(std::min(end + 1, data.size()));
    }
}

std::vector<std::string> fsconfig_options(std::uint32_t sb_flags, std::string_view data)
{
    std::vector<std::string> options;
    for (const std::string_view name : oci::sb_flag_names(sb_flags)) {
        options.emplace_back(name);
    }
    split(data, [&options](std::string_view option) { options.emplace_back(option); });
    return options;
}

}  // namespace

Status check_data(const MountWork &work)
{
    if (work.options.tmpcopyup && needs_legacy_mount(work)) {
        return Error::input_at(str(work.origin.pointer(), "/options"),
                               str("with \"tmpcopyup\" no option may be longer than ", kValueMax, " bytes"));
    }
    if (work.options.data.size() > kDataMax) {
        return Error::input_at(str(work.origin.pointer(), "/options"),
                               str("the options of the file system are longer than ", kDataMax, " bytes"));
    }
    return {};
}

bool needs_legacy_mount(const MountWork &work)
{
    const std::string &data = work.options.data;
    if (data.find_first_of("\\\"") != std::string::npos) {
        return true;
    }
    bool long_value = false;
    split(data, [&long_value](std::string_view option) { long_value |= option.size() > kValueMax; });
    return long_value;
}

Step fs_mount(const MountWork &work)
{
    Step step;
    step.op = Op::kFsMount;
    step.a = work.options.attr_set;
    step.s1 = work.mount->type;
    step.s2 = work.mount->source;
    step.w3 = fsconfig_options(work.options.sb_set, work.options.data);
    step.subject = work.target;
    step.origin = work.origin;
    return step;
}

Step legacy_mount(const MountWork &work)
{
    Step step;
    step.op = Op::kLegacyMount;
    step.a = legacy_flags(work.options);
    step.s1 = work.target;
    step.s2 = work.mount->type;
    step.more().s3 = work.options.data;
    step.more().source = work.mount->source.empty() ? work.mount->type : work.mount->source;
    step.origin = work.origin;
    return step;
}

std::vector<std::string> reconfigure_options(const MountWork &work)
{
    const oci::MountOptions &options = work.options;
    if (options.bind) {
        return {};
    }
    std::vector<std::string> out = fsconfig_options(options.sb_set, options.data);
    if ((options.sb_clr & ~options.sb_set & MS_RDONLY) != 0) {
        out.emplace_back("rw");
    }
    return out;
}

}  // namespace rt::plan
