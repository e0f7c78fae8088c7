// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_header.h"

#include <algorithm>
#include <utility>

#include "base/str.h"

namespace rt::layer {
namespace {

struct Field {
    std::string_view name;
    std::size_t offset, length;
};

// POSIX's names (pax, "ustar Interchange Format"); from `magic` on v7 has none of them.
constexpr Field kName = {"name", 0, 100};
constexpr Field kMode = {"mode", 100, 8};
constexpr Field kUid = {"uid", 108, 8};
constexpr Field kGid = {"gid", 116, 8};
constexpr Field kSize = {"size", 124, 12};
constexpr Field kMtime = {"mtime", 136, 12};
constexpr Field kChecksum = {"chksum", 148, 8};
constexpr Field kLinkName = {"linkname", 157, 100};
constexpr Field kMagic = {"magic", 257, 8};  // and version
constexpr Field kMajor = {"devmajor", 329, 8};
constexpr Field kMinor = {"devminor", 337, 8};
constexpr Field kPrefix = {"prefix", 345, 155};
constexpr std::size_t kType = 156;
// GNU's own.
constexpr std::size_t kGnuExtents = 386, kGnuExtentCount = 4, kGnuMoreFlag = 482;
constexpr Field kGnuRealSize = {"realsize", 483, 12};
constexpr std::size_t kMoreExtentCount = 21, kMoreFlag = 504;
constexpr std::size_t kNumber = 12;

std::string_view bytes_of(std::string_view block, Field field)
{
    return block.substr(field.offset, field.length);
}

std::string_view text_of(std::string_view block, Field field)
{
    const std::string_view bytes = bytes_of(block, field);
    return bytes.substr(0, bytes.find('\0'));
}

Error wrong(Field field, std::string_view why) { return Error::input(str("header: ", field.name, " ", why)); }

/// GNU's way to write what has too many digits: a first byte of 0x80 or 0xff, then the number, highest byte
/// first.
Result<std::int64_t> base256(std::string_view bytes, Field field)
{
    const bool negative = static_cast<std::uint8_t>(bytes[0]) == 0xff;
    if (!negative && static_cast<std::uint8_t>(bytes[0]) != 0x80) {
        return wrong(field, "is too large");
    }
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (const char c : bytes.substr(1)) {
        const std::uint64_t high = value >> 55;  // all but the sign have to be alike before they go
        if (high != (negative ? 0x1ff : 0)) {
            return wrong(field, "is too large");
        }
        value = value << 8 | static_cast<std::uint8_t>(c);
    }
    return static_cast<std::int64_t>(value);
}

Result<std::int64_t> octal(std::string_view bytes, Field field)
{
    constexpr std::string_view kBlank("\0 ", 2);
    bytes.remove_prefix(std::min(bytes.find_first_not_of(' '), bytes.size()));
    std::uint64_t value = 0;
    std::size_t i = 0;
    for (; i < bytes.size() && bytes[i] >= '0' && bytes[i] <= '7'; ++i) {
        value = value << 3 | static_cast<std::uint64_t>(bytes[i] - '0');  // 12 digits at most
    }
    if (bytes.find_first_not_of(kBlank, i) != std::string_view::npos) {
        return wrong(field, "is no octal number");
    }
    return static_cast<std::int64_t>(value);
}

Result<std::int64_t> number(std::string_view block, Field field)
{
    const std::string_view bytes = bytes_of(block, field);
    return (static_cast<std::uint8_t>(bytes[0]) & 0x80) != 0 ? base256(bytes, field) : octal(bytes, field);
}

Result<std::uint64_t> count(std::string_view block, Field field)
{
    TRY_LET(value, number(block, field));
    return value >= 0 ? Result<std::uint64_t>(static_cast<std::uint64_t>(value))
                      : wrong(field, "is negative");
}

/// The sum of all bytes, those of the sum itself taken as blanks.  Old programs took bytes for signed.
Status check_sum(std::string_view block)
{
    const auto stored = count(block, kChecksum);
    if (!stored) {
        return Error::input("header: no checksum: no tar archive, or damaged");
    }
    std::int64_t as_unsigned = ' ' * static_cast<std::int64_t>(kChecksum.length);
    std::int64_t as_signed = as_unsigned;
    for (std::size_t i = 0; i < kTarBlock; ++i) {
        if (i - kChecksum.offset >= kChecksum.length) {
            as_unsigned += static_cast<std::uint8_t>(block[i]);
            as_signed += static_cast<std::int8_t>(block[i]);
        }
    }
    const auto sum = static_cast<std::int64_t>(*stored);
    return sum == as_unsigned || sum == as_signed ? Status() : Error::input("header: its checksum is wrong");
}

Result<TarHeader::Dialect> dialect_of(std::string_view block)
{
    using Dialect = TarHeader::Dialect;
    const std::string_view magic = bytes_of(block, kMagic);
    if (magic == std::string_view("ustar\00000", 8)) {
        return Dialect::kUstar;
    }
    if (magic == std::string_view("ustar  \0", 8)) {
        return Dialect::kGnu;
    }
    if (!magic.starts_with("ustar")) {
        return Dialect::kV7;
    }
    // Some readers take this for ustar, others for v7: fine as long as nothing depends on it.
    if (block[kPrefix.offset] != '\0') {
        return wrong(kMagic, "is neither POSIX's nor GNU's, and there is a prefix");
    }
    return Dialect::kUstar;
}

/// Extents are used up to the first that is empty and at 0.
Status read_extents(std::string_view block, std::size_t at, std::size_t most, std::vector<Extent> &extents)
{
    for (std::size_t i = 0; i < most; ++i, at += 2 * kNumber) {
        if (block[at] == '\0') {
            return {};
        }
        TRY_LET(offset, count(block, {"sparse offset", at, kNumber}));
        TRY_LET(length, count(block, {"sparse numbytes", at + kNumber, kNumber}));
        extents.push_back({offset, length});
    }
    return {};
}

Status read_gnu_sparse(std::string_view block, TarHeader &header)
{
    if (header.dialect != TarHeader::Dialect::kGnu) {
        return Error::input("header: a sparse file in an archive that is not GNU's");
    }
    TRY_LET(real_size, count(block, kGnuRealSize));
    header.real_size = real_size;
    header.more_extents = block[kGnuMoreFlag] != '\0';
    return read_extents(block, kGnuExtents, kGnuExtentCount, header.extents);
}

Status read_devices(std::string_view block, TarHeader &header)
{
    if (header.dialect == TarHeader::Dialect::kV7) {
        return Error::input("header: a device in an archive of the seventh edition, which has none");
    }
    TRY_LET(major, count(block, kMajor));
    TRY_LET(minor, count(block, kMinor));
    header.major = major;
    header.minor = minor;
    return {};
}

}  // namespace

Result<TarHeader> read_header(std::string_view block)
{
    TRY(check_sum(block));
    TarHeader header;
    TRY_LET(dialect, dialect_of(block));
    header.dialect = dialect;
    header.type = block[kType];
    header.path = text_of(block, kName);
    if (const std::string_view prefix = text_of(block, kPrefix);
        dialect == TarHeader::Dialect::kUstar && !prefix.empty()) {
        header.path = str(prefix, "/", header.path);
    }
    header.target = text_of(block, kLinkName);
    constexpr std::pair<Field, std::uint64_t TarHeader::*> kCounts[] = {{kMode, &TarHeader::mode},
                                                                        {kUid, &TarHeader::uid},
                                                                        {kGid, &TarHeader::gid},
                                                                        {kSize, &TarHeader::size}};
    for (const auto &[field, member] : kCounts) {
        TRY_LET(value, count(block, field));
        header.*member = value;
    }
    TRY_LET(mtime, number(block, kMtime));
    header.mtime = mtime;
    if (header.type == '3' || header.type == '4') {
        TRY(read_devices(block, header));
    }
    if (header.type == 'S') {
        TRY(read_gnu_sparse(block, header));
    }
    return header;
}

Result<bool> read_more_extents(std::string_view block, std::vector<Extent> &extents)
{
    TRY(read_extents(block, 0, kMoreExtentCount, extents));
    return block[kMoreFlag] != '\0';
}

bool is_zero_block(std::string_view block) { return block.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace rt::layer
