// SPDX-License-Identifier: Apache-2.0
//
// Every dialect of tar, as the programs in use write it, and as they have written it.
#include "image.h"

namespace rt::corpus {
namespace {

using namespace std::string_literals;
using Header = T::Header;

const std::string kOld = std::string(8, '\0');  // the magic of the seventh edition
const std::string kName100(100, 'n');
const std::string kName255(255, 'l');

std::string big_endian(std::uint64_t value, std::size_t bytes, char first)
{
    std::string out(bytes, first == '\xff' ? '\xff' : '\0');
    for (std::size_t i = 0; i < 8; ++i) {
        out[bytes - 1 - i] = static_cast<char>(value >> (8 * i));
    }
    out[0] = first;
    return out;
}

/// "d/d/d/.../f" of this many bytes.
std::string long_path(std::size_t size)
{
    std::string out;
    while (out.size() + 2 < size) {
        out += "d/";
    }
    out.resize(size - 1, 'x');
    return out + "f";
}

std::vector<Case> headers()
{
    const auto one = [](const char *name, const Header &header, std::string expected,
                        std::string data = "x") {
        return of_layers(name, {T().entry(header, data).end()}, std::move(expected));
    };
    return {
        one("SeventhEdition", {.name = "a", .magic = kOld}, "a 0644 x\n"),
        one("SeventhEditionDirectory", {.name = "d/", .type = '\0', .mode = "0000755", .magic = kOld},
            "d/ 0755\n", ""),
        one("SeventhEditionIgnoresAPrefix", {.name = "a", .magic = kOld, .prefix = "p"}, "a 0644 x\n"),
        one("Prefix", {.name = "a", .prefix = "p/q"}, "p/ 0755\np/q/ 0755\np/q/a 0644 x\n"),
        one("NameOf100", {.name = kName100}, kName100 + " 0644 x\n"),
        one("GnuHasNoPrefix", {.name = "a", .magic = T::kGnu, .behind_devices = "00000000001"}, "a 0644 x\n"),
        one("MagicWithoutVersion", {.name = "a", .magic = "ustar\0\0\0"s}, "a 0644 x\n"),
        one("TypeNul", {.name = "a", .type = '\0'}, "a 0644 x\n"),
        one("TypeContiguous", {.name = "a", .type = '7'}, "a 0644 x\n"),
        one("DirectoryBySlash", {.name = "d/", .type = '0', .mode = "0000700"}, "d/ 0700\n", ""),
        one("DirectoryWithoutSlash", {.name = "d", .type = '5', .mode = "0000700"}, "d/ 0700\n", ""),
        one("SignedChecksum", {.name = "\xc3\xa4", .signed_checksum = true}, "\xc3\xa4 0644 x\n"),
        one("BlanksBeforeNumbers", {.name = "a", .mode = "   644 ", .uid = "     1 "}, "a 0644 1:0 x\n"),
        one("NumbersToTheLastByte", {.name = "a", .mode = "00000644", .mtime = "000000000005"},
            "a 0644 @5 x\n"),
        one("EmptyNumbers",
            {.name = "a", .mode = "0000644", .uid = std::string(8, '\0'), .gid = std::string(8, ' ')},
            "a 0644 x\n"),
        one("Base256Owner",
            {.name = "a", .uid = big_endian(4294967294, 8, '\x80'), .gid = big_endian(2097152, 8, '\x80')},
            "a 0644 4294967294:2097152 x\n"),
        one("Base256Size", {.name = "a", .size_field = big_endian(1, 12, '\x80')}, "a 0644 x\n"),
        one("Base256TimeBefore1970", {.name = "a", .mtime = big_endian(~std::uint64_t{0}, 12, '\xff')},
            "a 0644 @-1 x\n"),
        one("ModeHasMoreBits", {.name = "a", .mode = "0100755"}, "a 0755 x\n"),
        one("Device", {.name = "n", .type = '3', .mode = "0000666", .major = "0000001", .minor = "0000003"},
            "n 0666 char 1:3\n", ""),
        one("BlockDevice", {.name = "b", .type = '4', .major = "0000010", .minor = "0000401"},
            "b 0644 block 8:257\n", ""),
        one("Fifo", {.name = "p", .type = '6', .mode = "0000600"}, "p 0600 fifo\n", ""),
        one("NameWithBlanksAndMore", {.name = " a\tb\x01*?'\"$ "}, " a\tb\x01*?'\"$  0644 x\n"),
        one("NameThatIsNoUtf8", {.name = "\xff\xfe"}, "\xff\xfe 0644 x\n"),
        one("NameThatBeginsWithADash", {.name = "-rf"}, "-rf 0644 x\n"),
        one("ExactlyABlock", {.name = "a"},
            str("a 0644 512 bytes ", digest(std::string(512, 'x')).substr(7, 8), "\n"),
            std::string(512, 'x')),
    };
}

std::vector<Case> long_names()
{
    const std::string path = long_path(4095);
    const auto whole = [](const std::string &p) {  // every directory of it
        std::string out;
        for (std::size_t slash = p.find('/'); slash != std::string::npos; slash = p.find('/', slash + 1)) {
            out += p.substr(0, slash) + "/ 0755\n";
        }
        return out + p + " 0644 x\n";
    };
    return {
        of_layers("GnuLongName", {T().gnu_long('L', kName255).file("l", "x").end()}, kName255 + " 0644 x\n"),
        of_layers("GnuLongTarget", {T().gnu_long('K', kName255).symlink("s", "t").end()},
                  "s -> " + kName255 + "\n"),
        of_layers("GnuLongNameAndTarget",
                  {T().gnu_long('L', kName255).gnu_long('K', "t" + kName255).symlink("s", "t").end()},
                  kName255 + " -> t" + kName255 + "\n"),
        of_layers("GnuLongTargetAndName", {T().gnu_long('K', "t").gnu_long('L', "s").symlink("x", "y").end()},
                  "s -> t\n"),
        of_layers("PaxPath", {T().pax({{"path", kName255}}).file("x", "x").end()}, kName255 + " 0644 x\n"),
        of_layers("PaxPathWithSpacesAndNewline", {T().pax({{"path", "a b\nc"}}).file("x", "x").end()},
                  "a b\\nc 0644 x\n"),
        of_layers("PaxPathWithEquals", {T().pax({{"path", "a=b=c"}}).file("x", "x").end()}, "a=b=c 0644 x\n"),
        of_layers("PaxLinkpath", {T().pax({{"linkpath", kName255}}).symlink("s", "t").end()},
                  "s -> " + kName255 + "\n"),
        of_layers("TheSameTwoLongNames",
                  {T().gnu_long('L', "same").pax({{"path", "same"}}).file("x", "x").end()}, "same 0644 x\n"),
        of_layers("PathAsLongAsThereIs", {T().pax({{"path", long_path(1023)}}).file("x", "x").end()},
                  whole(long_path(1023))),
        of_layers("PathTooLong", {T().pax({{"path", path + "f"}}).file("x", "x").end()},
                  "error: a path of more than 4095 bytes"),
        of_layers("NameTooLong", {T().pax({{"path", "d/" + kName255 + "l"}}).file("x", "x").end()},
                  "error: a name of more than 255 bytes"),
    };
}

std::vector<Case> pax_records()
{
    return {
        of_layers("PaxLastValueWins", {T().pax({{"path", "a"}, {"path", "b"}}).file("x", "x").end()},
                  "b 0644 x\n"),
        of_layers("PaxEmptyValueTakesBack", {T().pax({{"path", "a"}, {"path", ""}}).file("x", "x").end()},
                  "x 0644 x\n"),
        of_layers("PaxOwner", {T().pax({{"uid", "3000000"}, {"gid", "4000000000"}}).file("a", "x").end()},
                  "a 0644 3000000:4000000000 x\n"),
        of_layers("PaxNamesOfOwnersAreNothing",
                  {T().pax({{"uname", "daemon"}, {"gname", "daemon"}}).file("a", "x").end()}, "a 0644 x\n"),
        of_layers("PaxTime", {T().pax({{"mtime", "12.345"}}).file("a", "x").end()},
                  "a 0644 @12.345000000 x\n"),
        of_layers("PaxTimeBefore1970", {T().pax({{"mtime", "-1.25"}}).file("a", "x").end()},
                  "a 0644 @-2.750000000 x\n"),
        of_layers("PaxTimeOfTenDigits", {T().pax({{"mtime", "1.1234567899"}}).file("a", "x").end()},
                  "a 0644 @1.123456789 x\n"),
        of_layers("PaxUnknownKeywords",
                  {T().pax({{"comment", "x"}, {"VENDOR.word", std::string(9, '\0')}, {"atime", "y"}})
                       .file("a", "x")
                       .end()},
                  "a 0644 x\n"),
        of_layers("PaxSize", {T().pax({{"size", "3"}}).header({.name = "a", .size = 0}).padded("abc").end()},
                  "a 0644 abc\n"),
        of_layers("PaxForAllFiles",
                  {T().pax({{"uid", "5"}, {"mtime", "7"}}, 'g').file("a", "x").file("b", "y").end()},
                  "a 0644 5:0 @7 x\nb 0644 5:0 @7 y\n"),
        of_layers("PaxForOneBeatsForAll",
                  {T().pax({{"uid", "5"}}, 'g').pax({{"uid", "6"}}).file("a", "x").file("b", "y").end()},
                  "a 0644 6:0 x\nb 0644 5:0 y\n"),
        of_layers("PaxForAllTakenBack",
                  {T().pax({{"uid", "5"}}, 'g').pax({{"uid", ""}}, 'g').file("a", "x").end()}, "a 0644 x\n"),
        of_layers("PaxForAllOfGit", {T().pax({{"comment", "9a9631d"}}, 'g').file("a", "x").end()},
                  "a 0644 x\n"),
        of_layers("PaxEmpty", {T().pax({}).file("a", "x").end()}, "a 0644 x\n"),
    };
}

std::vector<Case> ends_and_holes()
{
    const std::string hole =
        "hole 0644 1536 bytes " +
        digest("abc" + std::string(1021, '\0') + "xyz" + std::string(509, '\0')).substr(7, 8) + "\n";
    const std::string pieces = "abc" + std::string(509, '\0') + "xyz" + std::string(509, '\0');
    const std::string gnu = std::string(41, '\0') + "00000000000 00000001000 00000002000 00000001000 " +
                            std::string(49, '\0') + "00000003000";
    return {
        of_layers("NoBytes", {T().without_end()}, ""),
        of_layers("OnlyZeros", {std::string(10240, '\0')}, ""),
        of_layers("NoEnd", {T().file("a", "x").without_end()}, "a 0644 x\n"),
        of_layers("NoPaddingAndNoEnd", {T().file("a", "x").without_end().substr(0, 513)}, "a 0644 x\n"),
        of_layers("OneBlockOfZeros", {T().file("a", "x").without_end() + std::string(512, '\0')},
                  "a 0644 x\n"),
        of_layers("JunkBehindTheEnd", {T().file("a", "x").end() + "junk"}, "a 0644 x\n"),
        of_layers("ALongEnd", {T().file("a", "x").end() + std::string(1 << 20, '\0')}, "a 0644 x\n"),
        of_layers("SparsePax00",
                  {T().pax({{"GNU.sparse.size", "1536"},
                            {"GNU.sparse.numblocks", "2"},
                            {"GNU.sparse.offset", "0"},
                            {"GNU.sparse.numbytes", "512"},
                            {"GNU.sparse.offset", "1024"},
                            {"GNU.sparse.numbytes", "512"}})
                       .file("hole", pieces)
                       .end()},
                  hole),
        of_layers("SparsePax01",
                  {T().pax({{"GNU.sparse.size", "1536"},
                            {"GNU.sparse.name", "hole"},
                            {"GNU.sparse.map", "0,512,1024,512"}})
                       .file("x", pieces)
                       .end()},
                  hole),
        of_layers("SparsePax10",
                  {T().pax({{"GNU.sparse.major", "1"},
                            {"GNU.sparse.minor", "0"},
                            {"GNU.sparse.name", "hole"},
                            {"GNU.sparse.realsize", "1536"}})
                       .file("x", "2\n0\n512\n1024\n512\n" + std::string(495, '\0') + pieces)
                       .end()},
                  hole),
        of_layers(
            "SparseGnu",
            {T().entry({.name = "hole", .type = 'S', .magic = T::kGnu, .behind_devices = gnu}, pieces).end()},
            hole),
        of_layers("SparseOfNothing",
                  {T().pax({{"GNU.sparse.size", "3"}, {"GNU.sparse.map", ""}}).file("hole", "").end()},
                  str("hole 0644 ", std::string(3, '\0'), "\n")),
    };
}

}  // namespace

std::vector<Case> tar_cases(const Place & /*place*/)
{
    std::vector<Case> out = headers();
    for (const auto &more : {long_names(), pax_records(), ends_and_holes()}) {
        out.insert(out.end(), more.begin(), more.end());
    }
    return out;
}

}  // namespace rt::corpus
