// SPDX-License-Identifier: Apache-2.0
#include "layer/image_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/answer.h"
#include "layer/confine.h"
#include "layer/entry_path.h"
#include "layer/tar_reader.h"

namespace rt::layer {
namespace {

class Folder final : public ImageFiles {
public:
    explicit Folder(Fd dir) : dir_(std::move(dir)) {}

    Result<Piece> open(const std::string &name) override
    {
        open_how how = {};
        how.flags = O_RDONLY | O_NONBLOCK;  // a FIFO must not hold us
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
        TRY_LET(file, kernel::openat2(dir_, name, how));
        TRY_LET(found, kernel::fstat(file));
        if (!S_ISREG(found.st_mode)) {
            return Error::input(str(json::quote(name), " is no regular file"));
        }
        return Piece{std::move(file), 0, static_cast<std::uint64_t>(found.st_size)};
    }

private:
    Fd dir_;
};

struct Member {
    std::uint64_t offset = 0, size = 0;
    std::string target;  ///< of a link: a path in the archive
};

/// Where in an archive its members are.
class Index final : public TarSink {
public:
    Status entry(const TarEntry &entry) override
    {
        TRY_LET(path, EntryPath::parse(entry.path));
        if (entry.kind == TarEntry::Kind::kDirectory) {
            return {};
        }
        Status taken = take(entry, path);
        if (!taken && refusal_) {
            refusal_ = std::move(taken).error().context(json::quote(entry.path));
        }
        return {};
    }
    Status data(std::uint64_t /*offset*/, std::string_view /*bytes*/) override { return {}; }
    Status end_entry() override { return {}; }

    /// What is no image may have any members: its own shortcoming is that it is none.
    Result<std::map<std::string, Member>> take() &&
    {
        const bool image = members_.contains("oci-layout") || members_.contains("manifest.json");
        if (image) {
            TRY(std::move(refusal_));
        }
        return std::move(members_);
    }

private:
    Status take(const TarEntry &entry, const EntryPath &path)
    {
        Member member{entry.data_at, entry.size, ""};
        if (entry.kind == TarEntry::Kind::kHardLink) {
            member.target = entry.target;
        } else if (entry.kind == TarEntry::Kind::kSymlink) {
            TRY_LET(target, beside(path, entry.target));
            member.target = target;
        } else if (entry.kind != TarEntry::Kind::kFile) {
            return Error::input(str(in_words(entry.kind), " in an image's archive"));
        }
        constexpr std::size_t kMost = 1'000'000;
        if (members_.size() == kMost) {
            return Error::input("an image of more than a million files");
        }
        members_[path.text()] = member;
        return {};
    }

    /// What "../ID/layer.tar" is, said by a link at `path`; docker writes such for layers that come twice.
    static Result<std::string> beside(const EntryPath &path, std::string_view target)
    {
        EntryPath dir = path.parent();
        while (target.starts_with("../")) {
            if (dir.is_root()) {
                return Error::input("a link that leads out of the archive");
            }
            dir = dir.parent();
            target.remove_prefix(3);
        }
        TRY_LET(rest, EntryPath::parse(target));
        return dir.is_root() ? rest.text() : str(dir.text(), "/", rest.text());
    }

    std::map<std::string, Member> members_;
    Status refusal_;  ///< the first
};

class Archive final : public ImageFiles {
public:
    Archive(Fd file, std::map<std::string, Member> members)
        : file_(std::move(file)), members_(std::move(members))
    {}

    Result<Piece> open(const std::string &name) override
    {
        std::string at = name;
        constexpr int kMostLinks = 8;
        for (int links = 0; links <= kMostLinks; ++links) {
            const auto member = members_.find(at);
            if (member == members_.end()) {
                return Error::kernel(ENOENT, json::quote(at));
            }
            if (member->second.target.empty()) {
                TRY_LET(file, kernel::dup(file_));
                return Piece{std::move(file), member->second.offset, member->second.size};
            }
            TRY_LET(target, EntryPath::parse(member->second.target));
            at = target.text();
        }
        return Error::kernel(ELOOP, json::quote(name));
    }

private:
    Fd file_;
    std::map<std::string, Member> members_;
};

/// An archive to be looked through by a confined child.
struct Search {
    FdRef archive;
    std::optional<std::uint64_t> size;  ///< of a file; none: it is a pipe
    Fd spool;  ///< an empty file for what is unpacked from it; not open: the archive is plain
    std::uint64_t most;
};

/// With a spool in the directory `spool` where only what is unpacked can be read in any order.
Result<Search> prepare(FdRef archive, const std::string &spool, std::uint64_t most)
{
    Search out{archive, {}, Fd(), most};
    TRY_LET(found, kernel::fstat(archive));
    std::string magic;
    if (S_ISREG(found.st_mode)) {
        out.size = static_cast<std::uint64_t>(found.st_size);
        TRY_LET(first, kernel::pread(archive, 4, 0));
        magic = std::move(first);
    }
    if (!out.size || magic.starts_with("\x1f\x8b") || magic.starts_with("\x28\xb5\x2f\xfd")) {
        TRY_LET(file, kernel::openat(kernel::kCwd, spool, O_TMPFILE | O_RDWR, 0600));
        out.spool = std::move(file);
    }
    return out;
}

/// Unpacks it into the spool if there is one, and tells where its members are.
Result<std::string> index_of(FdRef /*root*/, void *argument)
{
    const Search &search = *static_cast<const Search *>(argument);
    StreamSource stream(search.archive);
    FileSource file(search.archive, 0, search.size.value_or(0));
    ByteSource &whole = search.size ? static_cast<ByteSource &>(file) : stream;
    const auto plain = search.spool.open() ? unpacked(whole, search.most) : nullptr;
    ByteSource &bytes = plain != nullptr ? *plain : whole;
    Index index;
    TarReader reader(index);
    for (;;) {
        TRY_LET(chunk, bytes.next());
        if (chunk.empty()) {
            break;
        }
        if (search.spool.open()) {
            TRY(kernel::write_all(search.spool, chunk));
        }
        TRY(reader.push(chunk));
    }
    TRY(reader.finish());
    TRY_LET(members, std::move(index).take());
    AnswerWriter answer;
    for (const auto &[path, member] : members) {
        answer.text(path).number(member.offset).number(member.size).text(member.target);
    }
    return std::move(answer).take();
}

Result<std::map<std::string, Member>> read_index(std::string_view answer)
{
    std::map<std::string, Member> out;
    for (AnswerReader reader(answer); !reader.at_end();) {
        TRY_LET(path, reader.text());
        TRY_LET(offset, reader.number());
        TRY_LET(size, reader.number());
        TRY_LET(target, reader.text());
        out[std::move(path)] = {offset, size, std::move(target)};
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<ImageFiles>> folder_files(const std::string &path)
{
    auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
    if (!dir) {
        const bool file = dir.error().err() == ENOTDIR;
        return std::move(dir)
            .error()
            .context("opening the image layout")
            .hint(file ? "a layout is a folder; oci-archive:FILE is one in an archive"
                       : "it is a folder with oci-layout, index.json and blobs/");
    }
    return std::unique_ptr<ImageFiles>(std::make_unique<Folder>(std::move(*dir)));
}

// spec: ImageLayoutArchives
Result<std::unique_ptr<ImageFiles>> archive_files(Fd archive, const std::string &spool, std::uint64_t most)
{
    TRY_LET(search, prepare(archive, spool, most));
    const bool packed = search.spool.open();
    const int inherited[] = {archive.get(), search.spool.get()};
    TRY_LET(answer,
            confined({kNoFiles, most, index_of, &search}, std::span(inherited).first(packed ? 2 : 1)));
    TRY_LET(members, read_index(answer));
    return std::unique_ptr<ImageFiles>(
        std::make_unique<Archive>(packed ? std::move(search.spool) : std::move(archive), std::move(members)));
}

}  // namespace rt::layer
