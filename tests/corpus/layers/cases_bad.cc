// SPDX-License-Identifier: Apache-2.0
//
// Archives that are none, that are broken, or that claim more than there is.
#include "image.h"

namespace rt::corpus {
namespace {

struct Row {
    const char *name;
    std::string archive, words;
};

const std::string kWhole = T().file("a", std::string(2000, 'x')).end();

std::string pax_text(const std::string &text)
{
    return T().entry({.name = "p", .type = 'x'}, text).file("a", "x").end();
}

std::vector<Row> broken()
{
    const std::string nul(1, '\0');
    return {
        {"Checksum", T().entry({.name = "a", .checksum_off_by = 1}).end(), "its checksum is wrong"},
        {"NoChecksum", std::string(100, 'a') + std::string(412, '\0'), "its checksum is wrong"},
        {"Text", std::string(4096, 'a'), "header: no checksum: no tar archive, or damaged"},
        {"Elf",
         "\x7f"
         "ELF" +
             std::string(5000, '\1'),
         "header: "},
        {"HeaderCut", kWhole.substr(0, 300), "the archive ends here"},
        {"DataCut", kWhole.substr(0, 1000), "the archive ends here"},
        {"SizeOfLetters", T().header({.name = "a", .size_field = "0000000000z"}).end(),
         "header: size is no octal number"},
        {"SizeOfNines", T().header({.name = "a", .size_field = "00000000009"}).end(),
         "header: size is no octal number"},
        {"SizeNegative", T().header({.name = "a", .size_field = std::string(12, '\xff')}).end(),
         "header: size is negative"},
        {"SizeBeyondAll",
         T().header(
                {.name = "a", .size_field = "\x80" + std::string(3, '\0') + "\x7f" + std::string(7, '\xff')})
             .end(),
         "size"},
        {"SizeOf95Bits", T().header({.name = "a", .size_field = "\x80" + std::string(11, '\x7f')}).end(),
         "header: size is too large"},
        {"ModeNegative", T().header({.name = "a", .mode = std::string(8, '\xff')}).end(),
         "header: mode is negative"},
        {"OwnerNobodyCanBe", T().pax({{"uid", "4294967295"}}).file("a", "x").end(),
         "owner 4294967295:0 is out of range"},
        {"OwnerNegative", T().pax({{"uid", "-1"}}).file("a", "x").end(), "is no whole number"},
        {"DeviceOutOfRange",
         T().entry({.name = "n", .type = '3', .major = "7777777", .minor = "0000001"}).end(),
         "is out of range"},
        {"DeviceOfTheSeventhEdition",
         T().entry({.name = "n", .type = '3', .magic = std::string(8, '\0')}).end(), "which has none"},
        {"NoName", T().file("", "x").end(), "an entry without a name"},
        {"LinkToNothing", T().symlink("s", "").end(), "a symbolic link to nothing"},
        {"HardLinkToNothing", T().link("h", "").end(), "a hard link to nothing"},
        {"TypeUnknown", T().entry({.name = "a", .type = 'Z'}).end(), "of a type that is not known, \"Z\""},
        {"TypeVolume", T().entry({.name = "a", .type = 'V', .magic = T::kGnu}).end(),
         "of a type that is not known"},
        {"TypeMultiVolume", T().entry({.name = "a", .type = 'M', .magic = T::kGnu}).end(),
         "of a type that is not known"},
        {"PaxLast", T().pax({{"path", "a"}}).end(), "an extended header is the last"},
        {"PaxLastWithoutEnd", T().pax({{"path", "a"}}).without_end(), "the archive ends here"},
        {"LongNameLast", T().gnu_long('L', "a").end(), "an extended header is the last"},
        {"LongNameEmpty", T().gnu_long('L', "").file("a", "x").end(), "a long name"},
        {"LongNameWithANul", T().gnu_long('L', "a" + nul + "b").file("a", "x").end(),
         "a long name with zero bytes inside"},
        {"PaxPathWithANul", T().pax({{"path", "a" + nul + "b"}}).file("a", "x").end(), "holds a zero byte"},
    };
}

std::vector<Row> pax_broken()
{
    const std::string wrong = "a record whose length is wrong";
    return {
        {"PaxLengthZero", pax_text("0 path=a\n"), wrong},
        {"PaxLengthOne", pax_text("1 path=a\n"), wrong},
        {"PaxLengthTooLong", pax_text("99 path=a\n"), wrong},
        {"PaxLengthTooShort", pax_text("5 path=a\n"), wrong},
        {"PaxLengthHuge", pax_text("18446744073709551615 path=a\n"), wrong},
        {"PaxLengthOverflows", pax_text("99999999999999999999999 path=a\n"), wrong},
        {"PaxLengthNegative", pax_text("-10 path=a\n"), wrong},
        {"PaxLengthSigned", pax_text("+10 path=a\n"), wrong},
        {"PaxLengthHex", pax_text("0xa path=a\n"), wrong},
        {"PaxNoLength", pax_text("path=a\n"), wrong},
        {"PaxNoNewline", pax_text("9 path=a"), wrong},
        {"PaxNoEquals", pax_text("9 patha\n" + std::string("x")), "error"},
        {"PaxNoKeyword", pax_text("6 =a\n"), "a record"},
        {"PaxSizeNegative", T().pax({{"size", "-1"}}).file("a", "x").end(), "is no whole number"},
        {"PaxSizeHuge", T().pax({{"size", "18446744073709551615"}}).file("a", "x").end(),
         "its size is out of range"},
        {"PaxSizeNoNumber", T().pax({{"size", "1e3"}}).file("a", "x").end(), "is no whole number"},
        {"PaxTimeNoNumber", T().pax({{"mtime", "today"}}).file("a", "x").end(), "is no whole number"},
        {"PaxTimeTwoDots", T().pax({{"mtime", "1.2.3"}}).file("a", "x").end(), "mtime"},
        {"PaxTimeHuge", T().pax({{"mtime", "99999999999999999999"}}).file("a", "x").end(), "mtime"},
        {"PaxXattrWithoutName", T().pax({{"SCHILY.xattr.", "x"}}).file("a", "x").end(),
         "has no name that can be set"},
        {"PaxXattrNoBase64", T().pax({{"LIBARCHIVE.xattr.user.a", "!!"}}).file("a", "x").end(),
         "LIBARCHIVE.xattr.user.a"},
        {"PaxXattrBrokenPercent", T().pax({{"LIBARCHIVE.xattr.user.%4", "eA=="}}).file("a", "x").end(),
         "a broken %"},
        {"PaxTwice", T().pax({{"path", "a"}}).pax({{"path", "b"}}).file("x", "x").end(),
         "two extended headers for one file"},
        {"LongNameTwice", T().gnu_long('L', "a").gnu_long('L', "b").file("x", "x").end(),
         "two extended headers for one file"},
    };
}

std::vector<Row> claims_and_holes()
{
    const std::string order = "whose pieces are not in order";
    const std::string size = "whose pieces are not of its size";
    const auto map = [](const char *real, const char *text, std::string data) {
        return T().pax({{"GNU.sparse.size", real}, {"GNU.sparse.map", text}}).file("a", data).end();
    };
    const auto map10 = [](const std::string &text) {
        return T()
            .pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
            .file("a", text)
            .end();
    };
    return {
        {"PaxClaims1GiB", T().header({.name = "p", .type = 'x', .size = 1 << 30}).end(),
         "an extended header of more than 1048576 bytes"},
        {"LongNameClaims4GiB",
         T().header({.name = "p", .type = 'L', .size = std::uint64_t{4} << 30, .magic = T::kGnu}).end(),
         "an extended header of more than"},
        {"GlobalClaims1GiB", T().header({.name = "p", .type = 'g', .size = 1 << 30}).end(),
         "an extended header of more than"},
        {"FileClaims8GiB", T().header({.name = "a", .size = (std::uint64_t{8} << 30) - 1}).end(),
         "the archive ends here"},
        {"SparseOverlaps", map("10", "0,5,4,5", "0123456789"), order},
        {"SparseBackwards", map("10", "5,5,0,5", "0123456789"), order},
        {"SparseBeyondItsSize", map("5", "0,5,5,5", "0123456789"), size},
        {"SparseLessThanItsData", map("10", "0,5", "0123456789"), size},
        {"SparseOverflows", map("10", "18446744073709551615,5", "01234"), order},
        {"SparseOddMap", map("10", "0,5,6", "01234"), "ends with an offset"},
        {"SparseLettersInMap", map("10", "0,five", "01234"), "is no whole number"},
        {"SparseNumbytesAlone", T().pax({{"GNU.sparse.numbytes", "5"}}).file("a", "01234").end(),
         "comes without an offset"},
        {"SparseCountHuge", map10("1000000000\n" + std::string(501, '\0')), "in more than 262144 pieces"},
        {"SparseCountOverflows", map10("99999999999999999999\n" + std::string(491, '\0')),
         "is no whole number"},
        {"SparseMapWithoutEnd", map10(std::string(2048, '1')), "the map of a sparse file without an end"},
        {"SparseMapCut", map10("9\n0\n" + std::string(508, '1')), "the map of a sparse file without an end"},
        {"SparseUnknownVersion",
         T().pax({{"GNU.sparse.major", "2"}, {"GNU.sparse.minor", "0"}}).file("a", "x").end(),
         "a sparse file"},
        {"SparseUnknownKeyword", T().pax({{"GNU.sparse.colour", "x"}}).file("a", "x").end(),
         "of no format of sparse files"},
        {"SparseOfPosix", T().entry({.name = "a", .type = 'S'}).end(), "in an archive that is not GNU's"},
        {"SparseDirectory", T().pax({{"GNU.sparse.size", "9"}, {"GNU.sparse.map", ""}}).dir("d").end(),
         "a directory with a size"},
    };
}

}  // namespace

std::vector<Case> bad_cases(const Place & /*place*/)
{
    std::vector<Case> out;
    for (const auto &rows : {broken(), pax_broken(), claims_and_holes()}) {
        for (const Row &row : rows) {
            out.push_back(of_layers(row.name, {row.archive},
                                    "error: " + (row.words == "error" ? std::string() : row.words)));
        }
    }
    return out;
}

}  // namespace rt::corpus
