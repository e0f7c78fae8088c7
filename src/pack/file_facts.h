// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/tar_entry.h"

namespace rt::pack {

/// Whether overlayfs's own words are among the attributes, and where.
enum class Overlay : std::uint8_t {
    kNone,     ///< a tree as it is seen
    kOnDisk,   ///< one as it lies there: they are attributes like others, and whiteouts
               ///< devices without a time
    kTrusted,  ///< trusted.overlay.*
    kUser,     ///< user.overlay.*: mounted with userxattr
};

/// They are to be understood.
constexpr bool shows_layers(Overlay overlay)
{
    return overlay == Overlay::kTrusted || overlay == Overlay::kUser;
}

/// All that is known of a file but its bytes.
struct FileFacts {
    struct stat stat {};
    std::string target;                              ///< of a symbolic link
    std::vector<layer::TarEntry::Attribute> xattrs;  ///< that belong to the file, sorted by name

    bool same_file(const FileFacts &other) const
    {
        return stat.st_ino == other.stat.st_ino && stat.st_dev == other.stat.st_dev;
    }
};

/// Of `name` in `dir` ("." is `dir` itself); a link is not followed.  Labels of this system are left out, as
/// are overlayfs's words; those that are written in its escaped form are taken out of it.
Result<FileFacts> read_facts(FdRef dir, const std::string &name, Overlay overlay);

/// The value of overlayfs's attribute `word` ("opaque") of a file, if it has it.
Result<std::optional<std::string>> overlay_word(FdRef dir, const std::string &name, Overlay overlay,
                                                std::string_view word);

/// Kind, owner, mode, attributes and time are the same; for links and devices also what they lead to, for
/// files the size.
bool same_but_for_content(const FileFacts &a, const FileFacts &b);

/// As an archive has it; `facts` are none of a socket, which no archive can have.
Result<layer::TarEntry> entry_of(const FileFacts &facts, const std::string &path);

/// The file's bytes, to read; its times stay.  EINVAL when it is no regular file: nothing else is opened.
Result<Fd> open_content(FdRef dir, const std::string &name);

}  // namespace rt::pack
