// SPDX-License-Identifier: Apache-2.0
#include "layer/image_user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::layer {
namespace {

constexpr std::uint32_t kLargestId = 0xfffffffe;  // the one above stands for none
constexpr std::size_t kLargestFile = 4 << 20;

bool is_number(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::uint32_t> id_of(std::string_view text)
{
    std::uint32_t id = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (wrong != std::errc() || end != text.data() + text.size() || id > kLargestId) {
        return Error::input(
            str(json::quote(text), " is no user or group: the largest number is ", kLargestId));
    }
    return id;
}

/// The file as the container will see it; "" when its name leads to none.  Looked at before it is opened for
/// reading: of the image's devices some do things at that, and here no cgroup keeps them from it.
// spec: ImageDevicesUnopened
Result<std::string> file_in(FdRef root, const std::string &path)
{
    auto place = kernel::open_in_root(root, path, O_PATH);
    if (!place) {
        const int err = place.error().err();
        return err == ENOENT || err == ENOTDIR || err == ELOOP ? Result<std::string>(std::string())
                                                               : std::move(place).error();
    }
    TRY_LET(found, kernel::fstat(*place));
    if (!S_ISREG(found.st_mode)) {
        return Error::input(str(json::quote(path), " of the image is no regular file"));
    }
    TRY_LET(file, kernel::reopen(*place, O_RDONLY));
    return kernel::read_all(file, kLargestFile);
}

/// The next part of `rest`, up to `end`, which goes with it.
std::string_view cut(std::string_view &rest, char end)
{
    const std::string_view part = rest.substr(0, rest.find(end));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
}

/// A line of passwd(5), "name:password:uid:gid:...", or of group(5), "name:password:gid:members".
struct Line {
    std::string_view name, id, third;
};

/// Calls `take` for each line that has a number where one belongs, until it says false.
template <class Take>
void each_line(std::string_view text, Take take)
{
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        const std::string_view name = cut(line, ':');
        cut(line, ':');
        const std::string_view id = cut(line, ':');
        const std::string_view third = cut(line, ':');
        if (!name.empty() && is_number(id) && !take(Line{name, id, third})) {
            return;
        }
    }
}

/// The first line with this name, or with this number.
std::optional<Line> find(std::string_view text, std::string_view wanted)
{
    std::optional<Line> found;
    const bool by_number = is_number(wanted);
    each_line(text, [&](const Line &line) {
        if ((by_number ? line.id : line.name) == wanted) {
            found = line;
        }
        return !found;
    });
    return found;
}

bool has_member(std::string_view members, std::string_view name)
{
    while (!members.empty()) {
        if (cut(members, ',') == name) {
            return true;
        }
    }
    return false;
}

Result<std::uint32_t> group_of(std::string_view group, FdRef root)
{
    if (is_number(group)) {
        return id_of(group);
    }
    TRY_LET(groups, file_in(root, "/etc/group"));
    const auto line = find(groups, group);
    return line ? id_of(line->id) : Error::input(str("the image has no group ", json::quote(group)));
}

Status add_groups(std::string_view name, FdRef root, ImageUser &user)
{
    TRY_LET(groups, file_in(root, "/etc/group"));
    each_line(groups, [&](const Line &line) {
        if (!has_member(line.third, name)) {
            return true;
        }
        const auto gid = id_of(line.id);
        if (gid && *gid != user.gid) {
            user.additional_gids.push_back(*gid);
        }
        return true;
    });
    return {};
}

}  // namespace

// spec: ImageConvUser, ImageConvUserNumeric, ImageConvUserNames, ImageConvGroups, ImageConvGroupsKept
// spec: ImageConvUserMissing
Result<ImageUser> resolve_user(std::string_view user, FdRef root)
{
    ImageUser out;
    const std::string_view who = user.substr(0, user.find(':'));
    const bool has_group = who.size() < user.size();
    const std::string_view group = has_group ? user.substr(who.size() + 1) : std::string_view();
    TRY_LET(users, file_in(root, "/etc/passwd"));
    const auto line = who.empty() ? std::nullopt : find(users, who);
    if (is_number(who)) {
        TRY_LET(uid, id_of(who));
        out.uid = uid;
    } else if (line) {
        TRY_LET(uid, id_of(line->id));
        out.uid = uid;
    } else if (!who.empty()) {
        return Error::input(str("the image has no user ", json::quote(who)));
    }
    if (!group.empty()) {
        TRY_LET(gid, group_of(group, root));
        out.gid = gid;
    } else if (line && is_number(line->third)) {
        TRY_LET(gid, id_of(line->third));
        out.gid = gid;
    }
    if (!has_group && line && !is_number(who)) {
        TRY(add_groups(who, root, out));
    }
    return out;
}

}  // namespace rt::layer
