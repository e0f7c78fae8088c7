// SPDX-License-Identifier: Apache-2.0
//
// linux.cgroupsPath as a path, for who makes cgroups in the file system.
#include <algorithm>

#include "base/str.h"
#include "plan/cgroup_knobs.h"

namespace rt::plan {
namespace {

constexpr std::size_t kNameMax = 255;   // NAME_MAX of a directory
constexpr std::size_t kPathMax = 3072;  // leaves room for the mount point and the file below PATH_MAX
constexpr const char *kPathPointer = "/linux/cgroupsPath";

/// "slice:prefix:name"
bool systemd_form(std::string_view path) { return std::ranges::count(path, ':') == 2 && path.front() != '/'; }

/// "a//b/./c" -> "/a/b/c".
Result<std::string> normalized(std::string_view path)
{
    std::string clean;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name == "..") {
            return Error::input_at(kPathPointer, "must not contain \"..\"");
        }
        if (name.size() > kNameMax) {
            return Error::input_at(kPathPointer, str("has a name of more than ", kNameMax, " bytes"));
        }
        if (!name.empty() && name != ".") {
            clean += str('/', name);
        }
    }
    if (clean.empty()) {
        return Error::input_at(kPathPointer, "names the root cgroup, which is the machine's");
    }
    if (clean.size() > kPathMax || clean.find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
        return Error::input_at(kPathPointer, str("must have at most ", kPathMax, " bytes, of one line"));
    }
    return clean;
}

}  // namespace

// spec: CgroupsAbsPathRelToMount, CgroupsPathAttach, CgroupsPathError, CgroupsPathAbsOrRel
// spec: CgroupsPathDefault
Result<std::string> cgroup_path(const oci::Linux &linux_, std::string_view id)
{
    if (linux_.cgroups_path.empty()) {
        return str('/', id);
    }
    if (systemd_form(linux_.cgroups_path)) {
        return Error::input_at(kPathPointer, str("\"", linux_.cgroups_path,
                                                 "\" is of the form of the systemd cgroup driver"))
            .hint("the cgroupfs driver takes a path such as \"/my-containers/web\"");
    }
    return normalized(linux_.cgroups_path);
}

}  // namespace rt::plan
