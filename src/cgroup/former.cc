// SPDX-License-Identifier: Apache-2.0
#include "cgroup/former.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/str.h"
#include "cgroup/limits.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

using plan::CgroupWrite;

constexpr const char *kDeviceList = "devices.list";

/// Files with a line for each device that has a value: what is written for one that is to have none.
/// From the kernel's Documentation/admin-guide/cgroup-v2 and cgroup-v1/blkio-controller.
struct PerDevice {
    std::string_view start;
    const char *none;
};
constexpr PerDevice kPerDevice[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"io.latency", "target=max"},
    {"blkio.throttle.", "0"},
    {"blkio.weight_device", "default"},
    {"blkio.leaf_weight_device", "default"},
    {"blkio.bfq.weight_device", "default"},
};

/// A file that tells more than can be written: the line to take, and the word before its value.
constexpr const char *kOomControl = "memory.oom_control", *kOomSwitch = "oom_kill_disable";

/// What idles has forgotten its weight, and takes none.
constexpr const char *kIdle = "cpu.idle", *kAwake = "0";
constexpr const char *kWeights[] = {"cpu.weight", "cpu.weight.nice", "cpu.shares"};

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        lines.emplace_back(line);
    }
    return lines;
}

/// What brings `file` back to `text`, after `writes` for it.
std::vector<std::string> values_for(const std::string &file, const std::string &text,
                                    const std::vector<std::string> &written)
{
    if (file == kOomControl) {
        return {value_of(text, kOomSwitch)};
    }
    std::vector<std::string> lines = lines_of(text);
    const auto kind =
        std::ranges::find_if(kPerDevice, [&](const PerDevice &row) { return file.starts_with(row.start); });
    if (kind == std::end(kPerDevice)) {
        // A write of no bytes does not reach the kernel.
        return lines.empty() ? std::vector<std::string>{"\n"} : lines;
    }
    for (const std::string &value : written) {
        const std::string_view device = first_word(value);
        if (device.find(':') != device.npos &&
            std::ranges::none_of(lines, [&](const std::string &l) { return first_word(l) == device; })) {
            lines.push_back(str(device, ' ', kind->none));
        }
    }
    return lines;
}

/// Which of the two files of `write` there is, or "".
std::string file_there(FdRef dir, const CgroupWrite &write)
{
    for (const std::string &file : {write.file, write.instead}) {
        if (!file.empty() && kernel::fstatat(dir, file, AT_SYMLINK_NOFOLLOW).ok()) {
            return file;
        }
    }
    return "";
}

bool is_weight(const CgroupWrite &write)
{
    return std::ranges::find(kWeights, write.file) != std::end(kWeights);
}

/// The weight comes behind what lets it be written, and only if nothing idled.
void weigh_after_idle(FdRef dir, std::vector<CgroupWrite> &writes)
{
    const auto idle = std::ranges::find(writes, kIdle, &CgroupWrite::file);
    if (idle == writes.end()) {
        return;
    }
    const bool awake = idle->value == kAwake;
    std::erase_if(writes, is_weight);
    for (const char *const file : kWeights) {
        const auto weight = read_value(dir, file);
        if (awake && weight && !weight->empty()) {
            writes.push_back({.file = file, .value = *weight, .again = true});
            return;
        }
    }
}

}  // namespace

Former Former::values(FdRef dir, const plan::CgroupDir &where)
{
    Former former;
    former.old_ = {.hierarchy = where.hierarchy, .path = where.path};
    if (where.devices) {
        auto list = read_value(dir, kDeviceList);
        former.devices_ = list ? std::move(list).take() : "";
    }
    std::vector<std::string> done;
    for (auto write = where.writes.rbegin(); write != where.writes.rend(); ++write) {
        const std::string file = file_there(dir, *write);
        if (file.empty() || std::ranges::find(done, file) != done.end()) {
            continue;
        }
        done.push_back(file);
        std::vector<std::string> written;
        for (const CgroupWrite &other : where.writes) {
            written.push_back(other.file == file      ? other.value
                              : other.instead == file ? other.instead_value
                                                      : "");
        }
        const auto text = read_value(dir, file);
        for (std::string &value : text ? values_for(file, *text, written) : std::vector<std::string>()) {
            former.old_.writes.push_back({.file = file, .value = std::move(value), .again = true});
        }
    }
    weigh_after_idle(dir, former.old_.writes);
    return former;
}

Status Former::put_back(FdRef dir) const
{
    plan::CgroupDir back = old_;
    if (!devices_.empty()) {
        TRY_LET(now, read_value(dir, kDeviceList));
        auto changes = plan::device_changes_back(devices_, now);
        if (!changes && now != devices_) {
            // Rather too little allowed than too much.
            return Error::state(str("what \"", old_.path, "\" denied of devices is not to be read"));
        }
        if (changes) {
            std::ranges::move(*changes, std::back_inserter(back.writes));
        }
    }
    return write_what_goes(dir, back);
}

Status Former::put_back_changed(FdRef dir) const
{
    const auto &writes = old_.writes;
    plan::CgroupDir changed{.path = old_.path};
    for (auto first = writes.begin(), last = first; first != writes.end(); first = last) {
        last = std::find_if(first, writes.end(), [&](const CgroupWrite &w) { return w.file != first->file; });
        TRY_LET(now, read_value(dir, first->file));
        const std::vector<std::string> values = values_for(first->file, now, {});
        if (!std::equal(first, last, values.begin(), values.end(),
                        [](const CgroupWrite &w, const std::string &value) { return w.value == value; })) {
            changed.writes.insert(changed.writes.end(), first, last);
        }
    }
    return write_what_goes(dir, changed);
}

}  // namespace rt::cgroup
