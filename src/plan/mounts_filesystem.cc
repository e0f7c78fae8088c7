// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_filesystem.h"

#include <linux/mount.h>

#include <algorithm>
#include <string_view>

#include "base/str.h"
#include "plan/mounts_overlay.h"

namespace rt::plan {
namespace {

using init::Op;

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

/// How the options of a new mount get to the kernel.
enum class Way : std::uint8_t {
    kFsconfig,         ///< fsconfig(2)
    kFsconfigOrMount,  ///< mount(2) where the kernel is too old for it
    kMount,
};

/// fsconfig(2) takes short values, no quoting, and knows no name of some flags.
bool fits_fsconfig(const oci::MountOptions &options)
{
    constexpr std::uint32_t kNameless = MS_I_VERSION | MS_SILENT;
    bool fits = (options.sb_set & kNameless) == 0 && options.data.find_first_of("\\\"") == std::string::npos;
    split(options.data, [&fits](std::string_view option) { fits &= option.size() <= kFsconfigValueMax; });
    return fits;
}

struct Options {
    Way way;
    std::vector<std::string> words;  ///< of fsconfig(2)
};

Options options_of(const MountWork &work)
{
    const oci::MountOptions &options = work.options;
    const bool quoted = options.data.find('"') != std::string::npos;
    if (work.mount->type == "overlay" && !quoted && !fits_fsconfig(options)) {
        if (const auto layers = overlay_options(options.data); layers) {
            Options out{options.data.size() > kDataMax ? Way::kFsconfig : Way::kFsconfigOrMount,
                        fsconfig_options(options.sb_set, {})};
            out.words.insert(out.words.end(), layers->begin(), layers->end());
            return out;
        }
    }
    if (!fits_fsconfig(options)) {
        return {Way::kMount, {}};
    }
    return {Way::kFsconfig, fsconfig_options(options.sb_set, options.data)};
}

Step fs_mount(const MountWork &work, Options options)
{
    Step step;
    step.op = Op::kFsMount;
    step.flags = flag_if(options.way == Way::kFsconfigOrMount, init::kMayFail);
    step.a = work.options.attr_set;
    step.s1 = work.mount->type;
    step.s2 = work.mount->source;
    step.w3 = std::move(options.words);
    if (!work.label.empty()) {
        step.w3.push_back(str("context=", work.label));
    }
    step.subject = work.target;
    step.origin = work.origin;
    return step;
}

Step legacy_mount(const MountWork &work, Way way)
{
    Step step;
    step.op = Op::kLegacyMount;
    step.flags = flag_if(way == Way::kFsconfigOrMount, init::kInstead);
    step.a = legacy_flags(work.options);
    step.s1 = work.mount->type;
    step.s2 = work.mount->source.empty() ? work.mount->type : work.mount->source;
    step.more().s3 = work.options.data;
    if (!work.label.empty()) {
        // In quotes: a label may have commas.
        step.more().s3 += str(work.options.data.empty() ? "" : ",", "context=\"", work.label, '"');
    }
    step.subject = work.target;
    step.origin = work.origin;
    return step;
}

}  // namespace

Status check_data(const MountWork &work)
{
    const bool made = !work.options.bind && !work.options.remount;
    if (made && work.options.data.size() > kDataMax && options_of(work).way == Way::kMount) {
        return Error::input_at(str(work.origin.pointer(), "/options"),
                               str("the options of the file system are longer than ", kDataMax, " bytes"));
    }
    return {};
}

std::vector<Step> new_mount(const MountWork &work)
{
    std::vector<Step> steps;
    Options options = options_of(work);
    const Way way = options.way;
    if (way != Way::kMount) {
        steps.push_back(fs_mount(work, std::move(options)));
    }
    if (way != Way::kFsconfig) {
        steps.push_back(legacy_mount(work, way));
    }
    return steps;
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
