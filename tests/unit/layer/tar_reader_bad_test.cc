// SPDX-License-Identifier: Apache-2.0
//
// Archives that are refused: damaged ones, and those that readers in use do not read alike.
#include <gtest/gtest.h>

#include "told.h"

namespace rt::layer {
namespace {

using T = TarMaker;

struct Bad {
    const char *name;
    std::string archive;
    std::string expected;  ///< the error
};

class BadArchive : public testing::TestWithParam<Bad> {};

TEST_P(BadArchive, IsRefused)
{
    EXPECT_EQ(told(GetParam().archive), "error: " + GetParam().expected);
    EXPECT_EQ(told(GetParam().archive, 1).substr(0, 7), "error: ");
}

const std::vector<Bad> kDamaged = {
    {"Text", std::string(600, 'x'), "byte 0: header: no checksum: no tar archive, or damaged"},
    {"Checksum", T().entry({.name = "a", .checksum_off_by = 1}).end(),
     "byte 0: header: its checksum is wrong"},
    {"SecondChecksum", T().file("a", "x").entry({.name = "b", .checksum_off_by = -1}).end(),
     "byte 1024: header: its checksum is wrong"},
    {"Mode", T().entry({.name = "a", .mode = "000x644"}).end(), "byte 0: header: mode is no octal number"},
    {"DigitsBehindTheEnd",
     T().entry({.name = "a",
                .uid = std::string("12\0"
                                   "345",
                                   7)})
         .end(),
     "byte 0: header: uid is no octal number"},
    {"NegativeSize", T().header({.name = "a", .size_field = std::string(12, '\xff')}).end(),
     "byte 0: header: size is negative"},
    {"HugeNumber", T().header({.name = "a", .size_field = "\x80" + std::string(11, '\xff')}).end(),
     "byte 0: header: size is too large"},
    {"HugeSize",
     T().header({.name = "a", .size_field = std::string("\x80\0\0\0\x7f\0\0\0\0\0\0\0", 12)}).end(),
     "\"a\": its size is out of range"},
    {"HugeOwner", T().pax({{"uid", "4294967295"}}).file("a", "").end(),
     "\"a\": owner 4294967295:0 is out of range"},
    {"CutInHeader", T().file("a", "x").end().substr(0, 100), "byte 100: the archive ends here"},
    {"CutInData", T().file("a", "xy").end().substr(0, 513), "\"a\": the archive ends here"},
    {"CutBeforeData", T().file("a", "x").end().substr(0, 512), "\"a\": the archive ends here"},
    {"NoName", T().file("", "x").end(), "byte 0: an entry without a name"},
    {"Device", T().entry({.name = "a", .type = '3', .major = "0010000"}).end(),
     "\"a\": device 4096:0 is out of range"},
    {"UnknownType", T().entry({.name = "a", .type = 'V'}).end(), "\"a\": of a type that is not known, \"V\""},
    {"LinkToNothing", T().link("a", "").end(), "\"a\": a hard link to nothing"},
    {"ExtendedHeaderLast", T().pax({{"path", "a"}}).end(), "byte 1024: an extended header is the last"},
    {"ExtendedHeaderLastNoEnd", T().pax({{"path", "a"}}).without_end(),
     "\"PaxHeaders/x\": the archive ends here"},
    {"MetaTooLong", T().header({.name = "x", .type = 'x', .size = (1 << 20) + 1}).end(),
     "\"x\": an extended header of more than 1048576 bytes"},
    {"MetaClaimsMuch",
     T().header({.name = "x", .type = 'L', .size_field = std::string("\x80\0\0\0\0\0\x10\0\0\0\0\0", 12)})
         .end(),
     "\"x\": an extended header of more than 1048576 bytes"},
    {"RecordLength", T().entry({.name = "x", .type = 'x'}, "99 path=a\n").file("a", "").end(),
     "\"x\": extended header: a record whose length is wrong"},
    {"RecordWithoutNewline", T().entry({.name = "x", .type = 'x'}, "9 path=ab").file("a", "").end(),
     "\"x\": extended header: a record whose length is wrong"},
    {"RecordWithoutKey", T().entry({.name = "x", .type = 'x'}, "5 =a\n").file("a", "").end(),
     "\"x\": extended header: a record without a keyword"},
    {"ZeroInPath", T().pax({{"path", std::string_view("a\0b", 3)}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"path\": holds a zero byte"},
    {"SizeIsNoNumber", T().pax({{"size", "-1"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"size\": is no whole number"},
    {"TimeIsNoNumber", T().pax({{"mtime", "1.5x"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"mtime\": is no whole number"},
    {"XattrWithoutName", T().pax({{"SCHILY.xattr.", "x"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"SCHILY.xattr.\": has no name that can be set"},
};

const std::vector<Bad> kReadInTwoWays = {
    {"BlockOfZerosInside", T().file("a", "").raw(std::string(512, '\0')).file("b", "").end(),
     "byte 1024: something follows a single block of zeros"},
    {"DirectoryWithData", T().entry({.name = "a", .type = '5'}, "x").end(),
     "\"a\": a directory with a size of 1"},
    {"OldDirectoryWithData", T().file("a/", "x").end(), "\"a/\": a directory with a size of 1"},
    {"LinkWithData", T().entry({.name = "a", .type = '1', .target = "b"}, "x").end(),
     "\"a\": a hard link with a size of 1"},
    {"SymlinkWithPaxSize", T().pax({{"size", "512"}}).symlink("a", "b").end(),
     "\"a\": a symbolic link with a size of 512"},
    {"TwoPaxHeaders", T().pax({{"path", "a"}}).pax({{"size", "1"}}).file("c", "").end(),
     "\"PaxHeaders/x\": two extended headers for one file"},
    {"TwoLongNames", T().gnu_long('L', "a").gnu_long('L', "b").file("c", "").end(),
     "\"././@LongLink\": two extended headers for one file"},
    {"LongNamesDiffer", T().gnu_long('L', "a").pax({{"path", "b"}}).file("c", "").end(),
     "\"c\": GNU's and POSIX's long names for it differ"},
    {"LongNameWithZeros", T().gnu_long('L', std::string_view("a\0b", 3)).file("c", "").end(),
     "\"././@LongLink\": a long name with zero bytes inside"},
    {"GlobalPath", T().pax({{"path", "a"}}, 'g').file("b", "").end(),
     "\"PaxHeaders/x\": extended header: \"path\": is said of all files that follow"},
    {"GlobalXattr", T().pax({{"SCHILY.xattr.user.a", "b"}}, 'g').file("b", "").end(),
     "\"PaxHeaders/x\": extended header: \"SCHILY.xattr.user.a\": is said of all files that follow"},
    {"OddVersionWithPrefix",
     T().entry({.name = "a", .magic = std::string("ustar\0\0\0", 8), .prefix = "p"}).end(),
     "byte 0: header: magic is neither POSIX's nor GNU's, and there is a prefix"},
    {"SparseNotGnu", T().entry({.name = "a", .type = 'S'}).end(),
     "byte 0: header: a sparse file in an archive that is not GNU's"},
    {"DeviceOfSeventhEdition", T().entry({.name = "a", .type = '3', .magic = std::string(8, '\0')}).end(),
     "byte 0: header: a device in an archive of the seventh edition, which has none"},
};

const std::vector<Bad> kSparse = {
    {"OutOfOrder",
     T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "10,2,4,3"}}).file("a", "abcde").end(),
     "\"a\": a sparse file whose pieces are not in order"},
    {"Overlapping",
     T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "4,3,6,2"}}).file("a", "abcde").end(),
     "\"a\": a sparse file whose pieces are not in order"},
    {"BehindTheEnd",
     T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "4,3,13,2"}}).file("a", "abcde").end(),
     "\"a\": a sparse file whose pieces are not of its size"},
    {"TooLittleData", T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "4,3"}}).file("a", "ab").end(),
     "\"a\": a sparse file whose pieces are not of its size"},
    {"Overflow",
     T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "18446744073709551615,3"}})
         .file("a", "abc")
         .end(),
     "\"a\": a sparse file whose pieces are not in order"},
    {"OffsetOnly", T().pax({{"GNU.sparse.map", "4"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"GNU.sparse.map\": ends with an offset"},
    {"NumbytesOnly", T().pax({{"GNU.sparse.numbytes", "4"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"GNU.sparse.numbytes\": comes without an offset"},
    {"UnknownFormat", T().pax({{"GNU.sparse.colour", "4"}}).file("a", "").end(),
     "\"PaxHeaders/x\": extended header: \"GNU.sparse.colour\": is of no format of sparse files that is "
     "known"},
    {"MapWithoutEnd",
     T().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
         .file("a", std::string(1024, '1'))
         .end(),
     "\"a\": the map of a sparse file without an end"},
    {"MapClaimsMuch",
     T().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
         .file("a", "99999999\n" + std::string(503, '1'))
         .end(),
     "\"a\": a file in more than 262144 pieces"},
    {"MapInNoData",
     T().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
         .file("a", "1\n")
         .end(),
     "\"a\": of no format of sparse files that is known"},
};

const auto kName = [](const testing::TestParamInfo<Bad> &info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Damaged, BadArchive, testing::ValuesIn(kDamaged), kName);
INSTANTIATE_TEST_SUITE_P(ReadInTwoWays, BadArchive, testing::ValuesIn(kReadInTwoWays), kName);
INSTANTIATE_TEST_SUITE_P(Sparse, BadArchive, testing::ValuesIn(kSparse), kName);

TEST(TarReader, EntriesAreLimited)
{
    EXPECT_EQ(told(T().file("a", "").file("b", "").end(), 100'000, 1), "error: \"b\": more than 1 entries");
}

// Whatever is changed in a header is noticed; only what stands for zero may be zero or a blank.
TEST(TarReader, ChangedHeadersAreNoticed)
{
    const std::string archive = T().file("name", "data").end();
    for (std::size_t bit = 0; bit < 8 * std::size_t{512}; ++bit) {
        std::string changed = archive;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        const std::string result = told(changed);
        ASSERT_TRUE(result.starts_with("error: ") || result == told(archive)) << bit << result;
    }
}

}  // namespace
}  // namespace rt::layer
