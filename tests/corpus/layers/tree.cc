// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>

#include "base/json.h"
#include "image.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::corpus {
namespace {

constexpr std::size_t kShown = 60;

/// What setfattr would have to set, but for what the file system has of its own.
std::string attributes(const std::string &path)
{
    std::string names(4096, '\0');
    const ssize_t length = ::llistxattr(path.c_str(), names.data(), names.size());
    std::vector<std::string> lines;
    for (ssize_t at = 0; at < length;) {
        const std::string name = names.c_str() + at;
        at += static_cast<ssize_t>(name.size()) + 1;
        std::string value(65536, '\0');
        const ssize_t size = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
        value.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        const bool short_text = value.size() <= kShown && value.find('\0') == std::string::npos;
        lines.push_back(str(" {", name, "=", short_text ? value : str(value.size(), " bytes"), "}"));
    }
    std::ranges::sort(lines);
    std::string out;
    for (const std::string &line : lines) {
        out += line;
    }
    return out;
}

std::string content(const std::string &path, std::uint64_t size)
{
    if (size == 0) {
        return "";
    }
    constexpr std::uint64_t kHashed = 64 << 20;
    if (size > kHashed) {
        return str(" ", size, " bytes");
    }
    auto file = kernel::openat(kernel::kCwd, path, O_RDONLY);
    const auto text = file ? kernel::pread(*file, size, 0) : Result<std::string>(std::move(file).error());
    return !text                    ? std::string(" unreadable")
           : text->size() <= kShown ? " " + *text
                                    : str(" ", size, " bytes ", digest(*text).substr(7, 8));
}

std::string about(const std::string &path, const std::string &name, const struct stat &s)
{
    std::string out = name + (S_ISDIR(s.st_mode) ? "/" : "");
    if (!S_ISLNK(s.st_mode)) {
        out += " " + T::octal(s.st_mode & 07777, 4);
    }
    out += s.st_uid + s.st_gid != 0 ? str(" ", s.st_uid, ":", s.st_gid) : "";
    out += !S_ISDIR(s.st_mode) && s.st_nlink > 1 ? str(" x", s.st_nlink) : "";
    if (s.st_mtim.tv_sec != 0 || s.st_mtim.tv_nsec != 0) {
        out += str(" @", s.st_mtim.tv_sec);
        out += s.st_mtim.tv_nsec != 0 ? str(".", s.st_mtim.tv_nsec) : "";
    }
    if (S_ISLNK(s.st_mode)) {
        const auto target = kernel::readlinkat(kernel::kCwd, path);
        out += " -> " + (target ? *target : std::string("?"));
    } else if (S_ISREG(s.st_mode)) {
        out += content(path, static_cast<std::uint64_t>(s.st_size));
    } else if (!S_ISDIR(s.st_mode)) {
        out += S_ISFIFO(s.st_mode)  ? std::string(" fifo")
               : S_ISCHR(s.st_mode) ? str(" char ", ::major(s.st_rdev), ":", ::minor(s.st_rdev))
                                    : str(" block ", ::major(s.st_rdev), ":", ::minor(s.st_rdev));
    }
    return out + attributes(path);
}

/// A line has to stay one.
std::string one_line(std::string text)
{
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
        text.replace(at, 1, "\\n");
    }
    return text;
}

void list_below(const std::string &path, const std::string &prefix, bool identity, std::string &out)
{
    auto entries = kernel::list_at(kernel::kCwd, path);
    if (!entries) {
        out += prefix + "unreadable\n";
        return;
    }
    std::ranges::sort(*entries, {}, &kernel::DirEntry::name);
    for (const kernel::DirEntry &entry : *entries) {
        const std::string at = path + "/" + entry.name;
        struct stat s = {};
        if (::lstat(at.c_str(), &s) != 0) {
            out += prefix + entry.name + " is a ghost\n";
            continue;
        }
        out += one_line(about(at, prefix + entry.name, s));
        out += identity ? str(" #", s.st_ino, " ", s.st_ctim.tv_sec, ".", s.st_ctim.tv_nsec, "\n") : "\n";
        if (S_ISDIR(s.st_mode)) {
            list_below(at, prefix + entry.name + "/", identity, out);
        }
    }
}

}  // namespace

std::string tree(const std::string &path, bool identity)
{
    std::string out;
    list_below(path, "", identity, out);
    return out;
}

}  // namespace rt::corpus
