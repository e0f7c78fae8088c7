// SPDX-License-Identifier: Apache-2.0
#include "layer/file_source.h"

#include <algorithm>
#include <iterator>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/gunzip.h"
#include "layer/unzstd.h"

namespace rt::layer {
namespace {

constexpr std::size_t kChunk = 256 << 10;

struct Format {
    std::string_view magic, name;
    std::unique_ptr<ByteSource> (*unpack)(ByteSource &packed);
};
constexpr Format kFormats[] = {{"\x1f\x8b", "gzip", gunzip}, {"\x28\xb5\x2f\xfd", "zstd", unzstd}};

/// Skippable frames of zstd, sixteen kinds of them, may be the first.
bool is_skippable(std::string_view bytes)
{
    return bytes.size() >= 4 && (bytes[0] & 0xf0) == 0x50 && bytes.substr(1, 3) == "\x2a\x4d\x18";
}

/// Gives the first bytes, looked at already, once more.
class Again final : public ByteSource {
public:
    explicit Again(ByteSource &rest) : rest_(rest) {}
    Result<std::string_view> look()
    {
        constexpr std::size_t kEnough = 4;
        while (first_.size() < kEnough) {
            TRY_LET(chunk, rest_.next());
            if (chunk.empty()) {
                break;
            }
            first_ += chunk;
        }
        return std::string_view(first_);
    }
    Result<std::string_view> next() override
    {
        return std::exchange(given_, true) || first_.empty() ? rest_.next() : std::string_view(first_);
    }

private:
    ByteSource &rest_;
    std::string first_;
    bool given_ = false;
};

class Unpacked final : public ByteSource {
public:
    Unpacked(ByteSource &packed, std::uint64_t most) : packed_(packed), most_(most) {}

    Result<std::string_view> next() override
    {
        if (!chosen_) {
            TRY(choose());
        }
        auto chunk = plain_ != nullptr ? plain_->next() : packed_.next();
        if (!chunk) {
            return name_.empty() ? std::move(chunk).error()
                                 : std::move(chunk).error().context(std::string(name_));
        }
        total_ += (*chunk).size();
        if (total_ > most_) {
            return Error::input(str("more than ", most_, " bytes come out of it"))
                .hint("--max-size allows more");
        }
        return chunk;
    }

private:
    Status choose()
    {
        TRY_LET(first, packed_.look());
        const auto *format =
            std::ranges::find_if(kFormats, [&](const Format &f) { return first.starts_with(f.magic); });
        if (format == std::end(kFormats) && is_skippable(first)) {
            format = std::prev(std::end(kFormats));
        }
        if (format != std::end(kFormats)) {
            name_ = format->name;
            plain_ = format->unpack(packed_);
        }
        chosen_ = true;
        return {};
    }

    Again packed_;
    std::unique_ptr<ByteSource> plain_;
    std::string_view name_;
    std::uint64_t most_, total_ = 0;
    bool chosen_ = false;
};

}  // namespace

FileSource::FileSource(FdRef file, std::uint64_t offset, std::uint64_t size)
    : file_(file), offset_(offset), left_(size), buffer_(std::min<std::uint64_t>(size, kChunk))
{}

Result<std::string_view> FileSource::next()
{
    if (left_ == 0) {
        return std::string_view();
    }
    TRY_LET(count,
            kernel::pread(file_, buffer_.data(), std::min<std::uint64_t>(buffer_.size(), left_), offset_));
    if (count == 0) {
        return Error::input(str("the file ends ", left_, " bytes too early"));
    }
    offset_ += count;
    left_ -= count;
    return std::string_view(buffer_.data(), count);
}

Result<std::string_view> StreamSource::next()
{
    TRY_LET(chunk, kernel::read(stream_, kChunk));
    chunk_ = std::move(chunk);
    return std::string_view(chunk_);
}

std::unique_ptr<ByteSource> unpacked(ByteSource &packed, std::uint64_t most)
{
    return std::make_unique<Unpacked>(packed, most);
}

Result<std::string> read_all(ByteSource &source, std::size_t most)
{
    std::string all;
    for (;;) {
        TRY_LET(chunk, source.next());
        if (chunk.empty()) {
            return all;
        }
        if (chunk.size() > most - all.size()) {
            return Error::input(str("has more than ", most, " bytes"));
        }
        all += chunk;
    }
}

}  // namespace rt::layer
