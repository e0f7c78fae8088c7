// SPDX-License-Identifier: Apache-2.0
//
// One entry from all that was said of it: its header, GNU's long names, extended headers.
#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "layer/tar_reader.h"

namespace rt::layer {
namespace {

using Kind = TarEntry::Kind;

struct Type {
    char letter;
    Kind kind;
    std::string_view words;
};
constexpr Type kTypes[] = {
    {'0', Kind::kFile, "a file"},
    {'\0', Kind::kFile, "a file"},
    {'7', Kind::kFile, "a file"},
    {'S', Kind::kFile, "a file"},
    {'1', Kind::kHardLink, "a hard link"},
    {'2', Kind::kSymlink, "a symbolic link"},
    {'3', Kind::kCharacter, "a character device"},
    {'4', Kind::kBlock, "a block device"},
    {'5', Kind::kDirectory, "a directory"},
    {'6', Kind::kFifo, "a FIFO"},
};

constexpr std::uint64_t kMostId = 0xfffffffe;  // the one above stands for none
constexpr std::uint64_t kMostMajor = 0xfff, kMostMinor = 0xfffff;
constexpr std::uint64_t kMostSize = std::uint64_t{1} << 62;

bool is_link(Kind kind) { return kind == Kind::kHardLink || kind == Kind::kSymlink; }

Result<Kind> kind_of(char letter)
{
    const auto *type = std::ranges::find(kTypes, letter, &Type::letter);
    if (type == std::end(kTypes)) {
        return Error::input(str("of a type that is not known, ", json::quote({&letter, 1})));
    }
    return type->kind;
}

}  // namespace

std::string_view in_words(Kind kind) { return std::ranges::find(kTypes, kind, &Type::kind)->words; }

/// The longest of the three wins; two long ones have to be the same.
Status TarReader::choose_name(std::optional<std::string> &lengthy, std::optional<std::string> &extended,
                              std::string &name, const char *what) const
{
    if (lengthy && extended && *lengthy != *extended) {
        return Error::input(str("GNU's and POSIX's long ", what, "s for it differ"));
    }
    if (lengthy || extended) {
        name = std::move(extended ? *extended : *lengthy);
    }
    return {};
}

Status TarReader::compose()
{
    Pax none = global_;
    Pax &pax = pax_ ? *pax_ : none;
    entry_.path = header_.path;
    entry_.target = header_.target;
    TRY(choose_name(long_name_, pax.path, entry_.path, "name"));
    TRY(choose_name(long_target_, pax.linkpath, entry_.target, "target"));
    if (pax.sparse_name) {
        entry_.path = *pax.sparse_name;
    }
    if (entry_.path.empty()) {
        return Error::input("an entry without a name");
    }
    TRY_LET(kind, kind_of(header_.type));
    const bool old_directory = kind == Kind::kFile && header_.type != 'S' && entry_.path.ends_with('/');
    entry_.kind = old_directory ? Kind::kDirectory : kind;
    TRY(take_numbers());
    if (is_link(entry_.kind) == entry_.target.empty()) {
        if (is_link(entry_.kind)) {
            return Error::input(str(in_words(entry_.kind), " to nothing"));
        }
        entry_.target.clear();  // nothing looks at it
    }
    for (auto &[attribute, value] : pax.xattrs) {
        entry_.xattrs.push_back({attribute, value});
    }
    return {};
}

Status TarReader::take_numbers()
{
    const Pax &pax = pax_ ? *pax_ : global_;
    const std::uint64_t uid = pax.uid.value_or(header_.uid);
    const std::uint64_t gid = pax.gid.value_or(header_.gid);
    if (uid > kMostId || gid > kMostId) {
        return Error::input(str("owner ", uid, ":", gid, " is out of range"));
    }
    if (header_.major > kMostMajor || header_.minor > kMostMinor) {
        return Error::input(str("device ", header_.major, ":", header_.minor, " is out of range"));
    }
    entry_.uid = static_cast<uid_t>(uid);
    entry_.gid = static_cast<gid_t>(gid);
    entry_.major = static_cast<unsigned>(header_.major);
    entry_.minor = static_cast<unsigned>(header_.minor);
    entry_.mode = static_cast<mode_t>(header_.mode & 07777);
    entry_.mtime = pax.mtime.value_or(timespec{header_.mtime, 0});

    stored_size_ = pax.size.value_or(header_.size);
    const bool sparse = header_.type == 'S' || pax.sparse;
    const std::uint64_t real =
        header_.type == 'S' ? header_.real_size : pax.sparse_real_size.value_or(stored_size_);
    if (stored_size_ > kMostSize || real > kMostSize) {
        return Error::input("its size is out of range");
    }
    if (entry_.kind != Kind::kFile && (stored_size_ > 0 || sparse)) {
        return Error::input(str(in_words(entry_.kind), " with a size of ", stored_size_));
    }
    entry_.size = sparse ? real : stored_size_;
    left_ = stored_size_;
    extents_ = header_.type == 'S' ? header_.extents
               : sparse            ? pax.extents
                                   : std::vector<Extent>{{0, stored_size_}};
    return {};
}

}  // namespace rt::layer
