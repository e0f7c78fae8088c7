// SPDX-License-Identifier: Apache-2.0
//
// linux.cgroupsPath in the words of systemd, and where systemd puts what is called so.
#include <algorithm>
#include <vector>

#include "base/str.h"
#include "plan/unit.h"

namespace rt::plan {
namespace {

constexpr const char *kPointer = "/linux/cgroupsPath";
constexpr std::string_view kSlice = ".slice", kScope = ".scope";
constexpr std::size_t kNameMax = 255;  // UNIT_NAME_MAX of systemd, and NAME_MAX

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        if (end == text.size()) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

bool plain(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '.' ||
           c == '-';
}

/// The characters that systemd.unit(5) allows in a name, but '@': no template makes slices or scopes.
bool valid(std::string_view name)
{
    return !name.empty() && name.size() <= kNameMax && name.front() != '.' &&
           std::ranges::all_of(name, [](char c) { return plain(c) || c == ':' || c == '\\'; });
}

Error bad(std::string why) { return Error::input_at(kPointer, std::move(why)); }

/// "a-b.slice" lies in "a.slice", that in the root: no part may be empty.
Status check_slice(std::string_view slice)
{
    const std::string_view stem = slice.substr(0, slice.size() - std::min(kSlice.size(), slice.size()));
    const bool dashes = stem.starts_with('-') || stem.ends_with('-') || stem.find("--") != stem.npos;
    if (!slice.ends_with(kSlice) || !valid(slice) || (dashes && slice != "-.slice")) {
        return bad(str("\"", slice, "\" is no name of a slice (such as \"machine.slice\" or \"a-b.slice\")"));
    }
    return {};
}

/// The slice around `slice`; "" around one that lies in the root.
std::string around(std::string_view slice)
{
    const std::size_t dash = slice.rfind('-');
    return dash == slice.npos || dash == 0 ? std::string() : str(slice.substr(0, dash), kSlice);
}

/// What systemd escapes, so that the names of its cgroups are none of the kernel's files.
std::string as_directory(std::string_view unit)
{
    constexpr std::string_view kTaken[] = {"tasks", "notify_on_release", "release_agent"};
    constexpr std::string_view kPrefixes[] = {"_",   ".",      "cgroup.", "cpu.",     "cpuacct.", "cpuset.",
                                              "io.", "blkio.", "memory.", "devices.", "pids."};
    const bool clashes =
        std::ranges::find(kTaken, unit) != std::end(kTaken) ||
        std::ranges::any_of(kPrefixes, [unit](std::string_view prefix) { return unit.starts_with(prefix); });
    return str(clashes ? "/_" : "/", unit);
}

/// A container's ID as a part of a unit's name: what systemd does not allow there is written as "\x2b".
std::string escaped(std::string_view id)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : id) {
        const auto byte = static_cast<unsigned char>(c);
        out += plain(c) ? std::string(1, c) : str("\\x", kHex[byte >> 4], kHex[byte & 15]);
    }
    return out;
}

}  // namespace

// spec: SystemdCgroupsPath, SystemdCgroupsPathDefault
Result<UnitName> unit_name(std::string_view cgroups_path, std::string_view id, bool user)
{
    const std::string standard = user ? "user.slice" : "system.slice";
    if (cgroups_path.empty()) {
        return UnitName{standard, str("runtime-", escaped(id), kScope)};
    }
    const auto parts = split(cgroups_path, ':');
    if (parts.size() != 3 || cgroups_path.front() == '/') {
        return bad(
            str("expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"",
                cgroups_path, "\" instead"));
    }
    const std::string_view slice = parts[0], prefix = parts[1], name = parts[2];
    if (!slice.empty()) {
        TRY(check_slice(slice));
    }
    if (name == "-.slice") {
        return bad("names the root slice, which is the machine's");
    }
    if (name.ends_with(kSlice)) {
        TRY(check_slice(name));
        if (const std::string parent = around(name);
            !slice.empty() && slice != parent && !(parent.empty() && slice == "-.slice")) {
            return bad(str("the slice \"", name, "\" lies in \"", parent.empty() ? "-.slice" : parent,
                           "\" by its name, not in \"", slice, '"'));
        }
        return UnitName{around(name), std::string(name)};
    }
    std::string unit = str(prefix, prefix.empty() ? "" : "-", name, kScope);
    if (name.empty() || !valid(unit)) {
        return bad(str("\"", unit, "\" is no name of a unit of systemd"))
            .hint("letters, digits and :_.\\-, 255 bytes at most");
    }
    return UnitName{slice.empty() ? standard : std::string(slice), std::move(unit)};
}

std::string unit_cgroup(const UnitName &name, const Systemd &systemd)
{
    std::string path = as_directory(name.unit);
    for (std::string slice = name.slice; !slice.empty() && slice != "-.slice"; slice = around(slice)) {
        path.insert(0, as_directory(slice));
    }
    return systemd.root + path;
}

}  // namespace rt::plan
