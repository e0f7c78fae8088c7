// SPDX-License-Identifier: Apache-2.0
#include "pack/pack_changes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/meter.h"
#include "layer/unpack_image.h"

namespace rt::pack {
namespace {

using Kind = Change::Kind;
using layer::TarEntry;

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// An archive has the zeros of holes.
class WithZeros final : public layer::TarSink {
public:
    explicit WithZeros(TarWriter &tar) : tar_(tar) {}

    Status entry(const TarEntry &entry) override
    {
        at_ = 0;
        size_ = entry.kind == TarEntry::Kind::kFile ? entry.size : 0;
        return tar_.entry(entry);
    }
    Status data(std::uint64_t offset, std::string_view bytes) override
    {
        TRY(zeros_up_to(offset));
        at_ += bytes.size();
        return tar_.data(bytes);
    }
    Status end_entry() override { return zeros_up_to(size_); }

private:
    Status zeros_up_to(std::uint64_t end)
    {
        static constexpr char kZeros[64 << 10] = {};
        while (at_ < end) {
            TRY(layer::check_given_up());
            const std::uint64_t count = std::min<std::uint64_t>(sizeof kZeros, end - at_);
            TRY(tar_.data({kZeros, count}));
            at_ += count;
            layer::meter().bytes += count;
        }
        return {};
    }

    TarWriter &tar_;
    std::uint64_t at_ = 0, size_ = 0;
};

struct Stretch {
    std::uint64_t begin, end;
};

/// The next bytes of the file from `at` on that are no hole; at its end there are none.
Result<Stretch> next_stretch(FdRef file, std::uint64_t at, std::uint64_t size)
{
    const off_t begin = ::lseek(file.get(), static_cast<off_t>(at), SEEK_DATA);
    if (begin == -1 && errno == ENXIO) {
        TRY_LET(found, kernel::fstat(file));
        const bool whole = found.st_size == static_cast<off_t>(size);
        return whole ? Result(Stretch{size, size}) : Result<Stretch>(changed_while_read());
    }
    const off_t end = begin == -1 ? -1 : ::lseek(file.get(), begin, SEEK_HOLE);
    if (end == -1) {  // not every file system tells
        return Stretch{at, size};
    }
    return Stretch{static_cast<std::uint64_t>(begin), std::min(static_cast<std::uint64_t>(end), size)};
}

class Packer {
public:
    Packer(std::span<const Change> changes, layer::TarSink &to) : left_(changes), to_(to) {}

    /// The changes in `directory`, the next ones, and those below.
    Status directory(const MergedDirectory &directory, const std::string &path);

private:
    Status whiteouts(const std::string &path);
    Status child(const MergedDirectory &directory, const MergedDirectory::Child &child,
                 const std::string &path);
    Status entry(const MergedDirectory &directory, const MergedDirectory::Child &child,
                 const FileFacts &facts, const std::string &path);
    Status content(FdRef file, std::uint64_t size);
    bool is_in(const Change &change, const std::string &path) const
    {
        return path.empty() || change.path.starts_with(path + "/");
    }

    std::span<const Change> left_;
    layer::TarSink &to_;
    std::map<std::pair<dev_t, ino_t>, std::string> first_names_;  ///< of files that have several
};

// spec: ImageWhiteoutsFirst, ImageWhiteoutWritten, ImageWhiteoutsExplicit
/// "whiteouts ... SHOULD" come before their siblings (image-spec, layer.md).
Status Packer::whiteouts(const std::string &path)
{
    const std::string prefix = path.empty() ? "" : path + "/";
    for (const Change &change : left_) {
        if (!is_in(change, path)) {
            break;
        }
        const bool direct = change.path.find('/', prefix.size()) == std::string::npos;
        if (change.kind == Kind::kDeleted && direct) {
            TarEntry whiteout;
            whiteout.path = str(prefix, ".wh.", name_of(change.path));
            TRY(to_.entry(whiteout));
            TRY(to_.end_entry());
        }
    }
    return {};
}

Status Packer::directory(const MergedDirectory &directory, const std::string &path)
{
    if (left_.empty() || !is_in(left_.front(), path)) {
        return {};
    }
    TRY(whiteouts(path));
    const std::string prefix = path.empty() ? "" : path + "/";
    TRY_LET(children, directory.children());
    auto at = children.begin();
    while (!left_.empty() && is_in(left_.front(), path)) {
        const Change &change = left_.front();
        left_ = left_.subspan(1);
        if (change.kind == Kind::kDeleted) {
            continue;
        }
        at = std::ranges::lower_bound(at, children.end(), name_of(change.path), {},
                                      [](const auto &one) { return std::string_view(one.name); });
        const bool there = at != children.end() && change.path == prefix + at->name;
        Status done = there ? child(directory, *at, change.path) : Status(changed_while_read());
        if (!done) {
            return done.error().phase().empty()
                       ? Status(std::move(done).error().context(json::quote(change.path)))
                       : std::move(done);
        }
    }
    return {};
}

Status Packer::child(const MergedDirectory &directory, const MergedDirectory::Child &child,
                     const std::string &path)
{
    if (name_of(path).starts_with(".wh.")) {
        return Error::input("a layer cannot have this name, which means a deletion").hint("rename it");
    }
    ++layer::meter().files;
    TRY_LET(facts, directory.facts(child));
    const struct stat &stat = facts.stat;
    if (S_ISSOCK(stat.st_mode)) {
        return changed_while_read();
    }
    if (!S_ISDIR(stat.st_mode) && stat.st_nlink > 1) {
        const auto [first, fresh] = first_names_.try_emplace({stat.st_dev, stat.st_ino}, path);
        if (!fresh) {
            TRY_LET(link, entry_of(facts, path));
            link.kind = TarEntry::Kind::kHardLink;
            link.target = first->second;
            link.xattrs.clear();
            TRY(to_.entry(link));
            return to_.end_entry();
        }
    }
    TRY(entry(directory, child, facts, path));
    if (!S_ISDIR(stat.st_mode)) {
        return {};
    }
    TRY_LET(inside, directory.enter(child));
    return this->directory(inside, path);
}

Status Packer::entry(const MergedDirectory &directory, const MergedDirectory::Child &child,
                     const FileFacts &facts, const std::string &path)
{
    TRY_LET(entry, entry_of(facts, path));
    if (entry.kind != TarEntry::Kind::kFile) {
        TRY(to_.entry(entry));
        return to_.end_entry();
    }
    TRY_LET(file, directory.open(child));
    TRY_LET(found, kernel::fstat(file));
    if (found.st_ino != facts.stat.st_ino || found.st_size != facts.stat.st_size) {
        return changed_while_read();
    }
    TRY(to_.entry(entry));
    TRY(content(file, entry.size));
    return to_.end_entry();
}

Status Packer::content(FdRef file, std::uint64_t size)
{
    std::vector<char> buffer(std::min<std::uint64_t>(size, 256 << 10));
    for (std::uint64_t at = 0; at < size;) {
        TRY(layer::check_given_up());
        TRY_LET(stretch, next_stretch(file, at, size));
        for (at = stretch.begin; at < stretch.end;) {
            TRY(layer::check_given_up());
            TRY_LET(count, kernel::pread(file, buffer.data(),
                                         std::min<std::uint64_t>(buffer.size(), stretch.end - at), at));
            if (count == 0) {
                return changed_while_read();
            }
            TRY(to_.data(at, {buffer.data(), count}));
            at += count;
            layer::meter().bytes += count;
        }
    }
    return {};
}

}  // namespace

Status pack_changes(const MergedDirectory &after, std::span<const Change> changes, layer::TarSink &to)
{
    if (!changes.empty() && changes.front().path.empty()) {
        TRY_LET(facts, after.facts());
        TRY_LET(root, entry_of(facts, "./"));
        TRY(to.entry(root));
        TRY(to.end_entry());
        changes = changes.subspan(1);
    }
    return Packer(changes, to).directory(after, "");
}

Status pack_changes(const MergedDirectory &after, std::span<const Change> changes, TarWriter &tar)
{
    WithZeros to(tar);
    return pack_changes(after, changes, to);
}

}  // namespace rt::pack
