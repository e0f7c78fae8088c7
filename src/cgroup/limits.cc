// SPDX-License-Identifier: Apache-2.0
#include "cgroup/limits.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include "base/str.h"
#include "cgroup/enable.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

using plan::CgroupWrite;

/// What a file's refusal means.
struct Refusal {
    std::string_view file;
    int err;
    const char *hint;
    const char *known;  ///< a file whose text belongs behind it, or null
};

constexpr const char *kProcessors = "the processors of this machine are ";
constexpr const char *kOnline = "/sys/devices/system/cpu/online";
constexpr const char *kNodes = "the memory nodes of this machine are ";
constexpr const char *kMemory = "/sys/devices/system/node/has_memory";

constexpr Refusal kRefusals[] = {
    {"cpuset.cpus", ERANGE, kProcessors, kOnline},
    {"cpuset.cpus", EINVAL, kProcessors, kOnline},
    {"cpuset.cpus", EACCES, "the cgroup above has not all of these processors", nullptr},
    {"cpuset.mems", ERANGE, kNodes, kMemory},
    {"cpuset.mems", EINVAL, kNodes, kMemory},
    {"cpuset.mems", EACCES, "the cgroup above has not all of these memory nodes", nullptr},
    {"memory.limit_in_bytes", EBUSY, "more than that is in use, and cannot be taken back", nullptr},
    {"memory.memsw.limit_in_bytes", EBUSY, "more than that is in use, and cannot be taken back", nullptr},
    {"misc.max", EINVAL, "misc.capacity of the cgroup root names the resources that this machine has",
     nullptr},
    {"rdma.max", ENODEV, "/sys/class/infiniband has the devices of this machine", nullptr},
};

std::string hint_of(std::string_view file, int err)
{
    for (const Refusal &refusal : kRefusals) {
        if (refusal.file == file && refusal.err == err) {
            const auto known =
                refusal.known == nullptr ? std::string() : read_value(kernel::kCwd, refusal.known);
            return known && (refusal.known == nullptr || !known->empty()) ? str(refusal.hint, *known) : "";
        }
    }
    return "";
}

/// The files of one cgroup, the last of them still open: rules come by the hundred.
class Files {
public:
    Files(FdRef dir, const std::string &path) : dir_(dir), path_(path) {}

    /// Which of the two files it is: false for write.file, true for write.instead.  nullopt: neither
    /// is there and that is fine.
    Result<std::optional<bool>> open(const CgroupWrite &write)
    {
        for (const bool instead : {false, true}) {
            const std::string &file = instead ? write.instead : write.file;
            if (file.empty()) {
                continue;
            }
            if (fd_.open() && file == name_) {
                return std::optional(instead);
            }
            auto opened = kernel::openat(dir_, file, O_WRONLY | O_NOFOLLOW);
            if (opened.ok()) {
                fd_ = std::move(opened).take();
                name_ = file;
                return std::optional(instead);
            }
            if (opened.error().err() != ENOENT) {
                return Error::kernel(opened.error().err(), str("opening \"", path_, '/', file, "\""));
            }
        }
        if (write.may_be_missing) {
            return std::optional<bool>();
        }
        std::string why = why_off(path_, std::string_view(write.file).substr(0, write.file.find('.')));
        return Error::kernel(ENOENT, str("opening \"", path_, '/', write.file, "\""))
            .hint(why.empty() ? "this kernel has no such limit" : std::move(why));
    }

    /// Writes to the file opened last.
    Status put(const std::string &value)
    {
        if (const auto written = kernel::write(fd_, value); !written.ok()) {
            const int err = written.error().err();
            return Error::kernel(err, str("writing \"", value, "\" to \"", path_, '/', name_, "\""))
                .hint(hint_of(name_, err));
        }
        return {};
    }

private:
    FdRef dir_;
    const std::string &path_;
    Fd fd_;
    std::string name_;
};

/// memory.checkBeforeUpdate: what is used already must fit.
Status check_usage(const std::string &path, const CgroupWrite &write)
{
    TRY_LET(text, read_value(kernel::kCwd, str(path, '/', write.not_below)));
    std::uint64_t used = 0, limit = 0;
    const auto number = [](const std::string &s, std::uint64_t &out) {
        return std::from_chars(s.data(), s.data() + s.size(), out).ec == std::errc();
    };
    // "max" is no number, and never too low.
    if (number(text, used) && number(write.value, limit) && limit < used) {
        return Error::input_at(write.origin.pointer(), str("\"", write.file, "\" cannot be ", limit,
                                                           " bytes: ", used, " are in use"));
    }
    return {};
}

Status write_one(Files &files, const CgroupWrite &write)
{
    TRY_LET(which, files.open(write));
    if (which) {
        TRY(files.put(*which ? write.instead_value : write.value));
    }
    return {};
}

Status explained(Status status, const CgroupWrite &write)
{
    if (status.ok() || write.origin.section[0] == '\0' || !status.error().pointer().empty()) {
        return status;
    }
    const std::string pointer = write.origin.pointer();
    return std::move(status).error().context(pointer).at(pointer);
}

bool in_the_way(const Status &status)
{
    return !status.ok() && (status.error().err() == EINVAL || status.error().err() == EBUSY);
}

/// In rounds, as long as one brings some of them through: what is in the way of one may be itself in the way
/// of another (quota of a lower period, burst of a lower quota).  `all`: whatever becomes of the others.
Status write_all(FdRef dir, const plan::CgroupDir &where, bool all)
{
    Files files(dir, where.path);
    std::vector<const CgroupWrite *> left;
    for (const CgroupWrite &write : where.writes) {
        left.push_back(&write);
    }
    for (std::size_t before = left.size() + 1; left.size() < before;) {
        before = left.size();
        std::vector<const CgroupWrite *> again;
        for (const CgroupWrite *write : left) {
            Status status = write_one(files, *write);
            if (!status.ok() && (all || (write->again && in_the_way(status)))) {
                again.push_back(write);
                continue;
            }
            TRY(explained(std::move(status), *write));
        }
        left = std::move(again);
    }
    // What is left is tried once more, for its error.
    for (const CgroupWrite *write : left) {
        TRY(explained(write_one(files, *write), *write));
    }
    return {};
}

constexpr const char *kCpuset[] = {"cpuset.cpus", "cpuset.mems"};

/// What the cpuset `dir` at `path` has, from the nearest one above where it has nothing yet.
Status inherit(FdRef dir, const std::string &path, const std::string &mount)
{
    for (const char *file : kCpuset) {
        TRY_LET(value, read_value(dir, file));
        if (!value.empty() || path.size() <= mount.size()) {
            continue;
        }
        const std::string above = path.substr(0, path.rfind('/'));
        TRY_LET(parent, open_dir(above));
        TRY_LET(theirs, read_value(parent, file));
        if (theirs.empty()) {
            TRY(inherit(parent, above, mount));
            TRY_LET(filled, read_value(parent, file));
            theirs = std::move(filled);
        }
        TRY(kernel::write_file(dir, file, theirs));
    }
    return {};
}

}  // namespace

// spec: LinuxResourcesCheckBeforeUpdate
Status check_limits(const plan::CgroupDir &where)
{
    for (const CgroupWrite &write : where.writes) {
        if (write.not_below[0] != '\0') {
            TRY(check_usage(where.path, write));
        }
    }
    return {};
}

Status write_limits(FdRef dir, const plan::CgroupDir &where)
{
    TRY(check_limits(where));
    return write_all(dir, where, false);
}

Status write_what_goes(FdRef dir, const plan::CgroupDir &where) { return write_all(dir, where, true); }

Status fill_cpuset(FdRef dir, const std::string &path, const std::string &mount)
{
    if (const Status status = inherit(dir, path, mount); !status.ok()) {
        return Error::kernel(status.error().err(), str("filling the cpuset of \"", path, "\""));
    }
    return {};
}

}  // namespace rt::cgroup
