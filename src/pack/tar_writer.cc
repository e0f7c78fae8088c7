// SPDX-License-Identifier: Apache-2.0
#include "pack/tar_writer.h"

#include <algorithm>
#include <utility>

#include "base/str.h"
#include "layer/acl.h"
#include "layer/base64.h"
#include "layer/tar_header.h"

namespace rt::pack {
namespace {

using layer::kTarBlock;
using layer::TarEntry;
using Kind = TarEntry::Kind;

struct Field {
    std::size_t offset, length;
    /// Octal digits, and a NUL behind them.
    constexpr std::uint64_t most() const { return (std::uint64_t{1} << (3 * (length - 1))) - 1; }
};
// As in layer/tar_header.cc.
constexpr Field kName = {0, 100}, kMode = {100, 8}, kUid = {108, 8}, kGid = {116, 8}, kSize = {124, 12},
                kMtime = {136, 12}, kChecksum = {148, 8}, kLinkName = {157, 100}, kMagic = {257, 8},
                kMajor = {329, 8}, kMinor = {337, 8}, kPrefix = {345, 155};
constexpr std::size_t kType = 156;

char type_of(Kind kind)
{
    constexpr std::pair<Kind, char> kTypes[] = {
        {Kind::kFile, '0'},  {Kind::kHardLink, '1'},  {Kind::kSymlink, '2'}, {Kind::kCharacter, '3'},
        {Kind::kBlock, '4'}, {Kind::kDirectory, '5'}, {Kind::kFifo, '6'}};
    return std::ranges::find(kTypes, kind, &std::pair<Kind, char>::first)->second;
}

/// One block, and what did not fit into it.
class Header {
public:
    void put(Field field, std::string_view bytes) { block_.replace(field.offset, bytes.size(), bytes); }
    void type(char c) { block_[kType] = c; }
    void number(Field field, std::uint64_t value, std::string_view keyword)
    {
        if (value > field.most()) {
            record(keyword, str(value));
            value = 0;
        }
        std::string digits(field.length - 1, '0');
        for (std::size_t i = digits.size(); i-- > 0; value >>= 3) {
            digits[i] = static_cast<char>('0' + (value & 7));
        }
        put(field, digits);
    }
    void path(std::string_view path);
    void target(std::string_view target)
    {
        if (target.size() > kLinkName.length) {
            record("linkpath", target);
        }
        put(kLinkName, target.substr(0, kLinkName.length));
    }
    void mtime(timespec time);
    void xattr(const TarEntry::Attribute &attribute);
    /// "27 mtime=1700000000.123456789\n": the length counts itself.
    void record(std::string_view keyword, std::string_view value)
    {
        const std::size_t rest = keyword.size() + value.size() + 3;
        std::size_t length = rest + 1;
        while (str(length).size() + rest != length) {
            ++length;
        }
        records_ += str(length, " ", keyword, "=", value, "\n");
    }

    const std::string &records() const { return records_; }
    std::string block() &&
    {
        put(kMagic, std::string_view("ustar\00000", kMagic.length));
        put(kChecksum, "        ");
        std::uint64_t sum = 0;
        for (const char c : block_) {
            sum += static_cast<std::uint8_t>(c);
        }
        number({kChecksum.offset, kChecksum.length - 1}, sum, "");
        block_[kChecksum.offset + kChecksum.length - 2] = '\0';
        return std::move(block_);
    }

private:
    std::string block_ = std::string(kTarBlock, '\0');
    std::string records_;
};

void Header::path(std::string_view path)
{
    if (path.size() <= kName.length) {
        put(kName, path);
        return;
    }
    // Prefix, a slash that is not stored, and a name that is not empty.
    const std::size_t slash = path.rfind('/', std::min(kPrefix.length, path.size() - 2));
    if (slash != std::string_view::npos && slash > 0 && path.size() - slash - 1 <= kName.length) {
        put(kPrefix, path.substr(0, slash));
        put(kName, path.substr(slash + 1));
        return;
    }
    record("path", path);
    put(kName, path.substr(0, kName.length));
}

void Header::mtime(timespec time)
{
    const bool whole = time.tv_nsec == 0;
    const bool fits = time.tv_sec >= 0 && static_cast<std::uint64_t>(time.tv_sec) <= kMtime.most();
    if (!whole || !fits) {
        // -1.25 s is {-2, 750000000}.
        const bool negative = time.tv_sec < 0 && !whole;
        const std::int64_t seconds = negative ? -(time.tv_sec + 1) : time.tv_sec;
        const std::string digits =
            str(1'000'000'000 + (negative ? 1'000'000'000 - time.tv_nsec : time.tv_nsec));
        std::string text = str(negative ? "-" : "", seconds, whole ? "" : ".", whole ? "" : digits.substr(1));
        record("mtime", text.substr(0, whole ? text.size() : text.find_last_not_of('0') + 1));
    }
    number(kMtime, fits ? static_cast<std::uint64_t>(time.tv_sec) : 0, "");
}

/// What star calls these attributes, whose value is then a text: other programs take no other form of them.
constexpr std::pair<std::string_view, std::string_view> kLists[] = {
    {"system.posix_acl_access", "SCHILY.acl.access"}, {"system.posix_acl_default", "SCHILY.acl.default"}};

void Header::xattr(const TarEntry::Attribute &attribute)
{
    for (const auto &[name, keyword] : kLists) {
        if (const auto text = layer::acl_to_text(attribute.value); name == attribute.name && text) {
            record(keyword, *text);
        }
    }
    if (attribute.name.find_first_of("=%\n") == std::string::npos) {
        record(str("SCHILY.xattr.", attribute.name), attribute.value);
        return;
    }
    // libarchive's keyword has a way to write such names.
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string name;
    for (const char c : attribute.name) {
        const auto byte = static_cast<std::uint8_t>(c);
        name += c == '=' || c == '%' || c == '\n' ? str('%', kHex[byte >> 4], kHex[byte & 15]) : str(c);
    }
    record(str("LIBARCHIVE.xattr.", name), layer::to_base64(attribute.value));
}

std::string padded(std::string bytes)
{
    bytes.append((kTarBlock - bytes.size() % kTarBlock) % kTarBlock, '\0');
    return bytes;
}

/// The header whose data are `records`.
std::string extended(std::string_view path, const std::string &records)
{
    Header header;
    header.put(kName, str("PaxHeaders/", path).substr(0, kName.length));
    header.type('x');
    header.number(kMode, 0644, "");
    header.number(kUid, 0, "");
    header.number(kGid, 0, "");
    header.number(kSize, records.size(), "");
    header.number(kMtime, 0, "");
    return std::move(header).block() + padded(records);
}

bool is_device(Kind kind) { return kind == Kind::kCharacter || kind == Kind::kBlock; }

}  // namespace

// spec: ImageLayerIsTar, ImageLayerSparse, ImageLayerAttributes
Status TarWriter::entry(const TarEntry &entry)
{
    if (left_ > 0) {
        return Error::bug(str("an entry before the last ", left_, " bytes of the one before"));
    }
    std::string path = entry.path;
    if (entry.kind == Kind::kDirectory && !path.ends_with('/')) {
        path += '/';
    }
    timespec time = entry.mtime;
    if (newest_ && time.tv_sec >= *newest_) {
        time = {*newest_, 0};
    }
    left_ = entry.kind == Kind::kFile ? entry.size : 0;
    padding_ = (kTarBlock - left_ % kTarBlock) % kTarBlock;

    Header header;
    header.type(type_of(entry.kind));
    header.path(path);
    header.target(entry.target);
    header.number(kMode, entry.mode, "");
    header.number(kUid, entry.uid, "uid");
    header.number(kGid, entry.gid, "gid");
    header.number(kSize, left_, "size");
    header.mtime(time);
    if (is_device(entry.kind)) {
        header.number(kMajor, entry.major, "");
        header.number(kMinor, entry.minor, "");
    }
    for (const TarEntry::Attribute &attribute : entry.xattrs) {
        header.xattr(attribute);
    }
    if (!header.records().empty()) {
        TRY(out_.put(extended(path, header.records())));
    }
    return out_.put(std::move(header).block());
}

Status TarWriter::data(std::string_view bytes)
{
    if (bytes.size() > left_) {
        return Error::bug("more data than the entry's size");
    }
    TRY(out_.put(bytes));
    left_ -= bytes.size();
    return left_ > 0 || bytes.empty() ? Status() : out_.put(std::string(std::exchange(padding_, 0), '\0'));
}

Status TarWriter::finish()
{
    if (left_ > 0) {
        return Error::bug(str("the end before the last ", left_, " bytes of an entry"));
    }
    TRY(out_.put(std::string(2 * kTarBlock, '\0')));
    return out_.finish();
}

}  // namespace rt::pack
