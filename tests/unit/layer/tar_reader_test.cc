// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "told.h"

namespace rt::layer {
namespace {

const std::string kLong(150, 'n');
const std::string kSparseBlock = [] {  // GNU's header: two extents, then the real size
    std::string fields(167, '\0');
    const auto put = [&](std::size_t at, const std::string &text) {
        fields.replace(at - 345, text.size(), text);
    };
    put(386, TarMaker::octal(4, 11));
    put(398, TarMaker::octal(3, 11));
    put(410, TarMaker::octal(10, 11));
    put(422, TarMaker::octal(2, 11));
    put(483, TarMaker::octal(14, 11));
    return fields;
}();

struct Good {
    const char *name;
    std::string archive;
    std::string expected;
};

class GoodArchive : public testing::TestWithParam<Good> {};

// Whatever the chunks are that it comes in.
TEST_P(GoodArchive, IsReadAsItIs)
{
    for (const std::size_t chunk : {1, 7, 512, 513, 100'000}) {
        EXPECT_EQ(told(GetParam().archive, chunk), GetParam().expected) << chunk;
    }
}

std::vector<Good> plain()
{
    using T = TarMaker;
    const std::string v7_magic(8, '\0');
    return {
        {"Nothing", "", ""},
        {"OnlyTheEnd", T().end(), ""},
        {"File", T().file("a", "hello").end(), "a file a 0644 0:0 @0 [hello]\n"},
        {"EveryKind",
         T().dir("d/")
             .symlink("s", "to")
             .link("h", "a")
             .entry({.name = "c", .type = '3', .major = "0000001", .minor = "0000003"})
             .entry({.name = "b", .type = '4', .major = "0000010", .minor = "0000001"})
             .entry({.name = "f", .type = '6'})
             .end(),
         "a directory d/ 0755 0:0 @0\na symbolic link s -> to 0644 0:0 @0\na hard link h -> a 0644 0:0 @0\n"
         "a character device c 0644 0:0 @0 dev 1:3\na block device b 0644 0:0 @0 dev 8:1\na FIFO f 0644 0:0 "
         "@0\n"},
        {"SeventhEdition",
         T().entry({.name = "a", .type = '\0', .magic = v7_magic}, "x")
             .entry({.name = "d/", .type = '\0', .magic = v7_magic})
             .end(),
         "a file a 0644 0:0 @0 [x]\na directory d/ 0644 0:0 @0\n"},
        {"SeventhEditionHasNoPrefix", T().entry({.name = "a", .magic = v7_magic, .prefix = "p"}).end(),
         "a file a 0644 0:0 @0\n"},
        {"ContiguousFile", T().entry({.name = "a", .type = '7'}, "x").end(), "a file a 0644 0:0 @0 [x]\n"},
        {"Prefix", T().entry({.name = "a", .prefix = "p/q"}).end(), "a file p/q/a 0644 0:0 @0\n"},
        {"NameOf100Bytes", T().file(std::string(100, 'n'), "").end(),
         str("a file ", std::string(100, 'n'), " 0644 0:0 @0\n")},
        {"GnuHasNoPrefix", T().entry({.name = "a", .magic = T::kGnu, .behind_devices = "00000000001"}).end(),
         "a file a 0644 0:0 @0\n"},
        {"OddVersionWithoutPrefix", T().entry({.name = "a", .magic = std::string("ustar\0\0\0", 8)}).end(),
         "a file a 0644 0:0 @0\n"},
        {"Blanks",
         T().entry(
                {.name = "a", .mode = "   644 ", .uid = std::string("12 \0", 4), .gid = std::string(8, '\0')})
             .end(),
         "a file a 0644 10:0 @0\n"},
        {"TypeBitsInMode", T().entry({.name = "a", .mode = "0104755"}).end(), "a file a 4755 0:0 @0\n"},
        {"Base256",
         T().entry({.name = "a",
                    .uid = std::string("\x80\0\0\0\0\x0f\x42\x40", 8),
                    .mtime = std::string("\x80\0\0\0\0\0\0\x01\0\0\0\0", 12)})
             .end(),
         "a file a 0644 1000000:0 @4294967296\n"},
        {"NegativeTime", T().entry({.name = "a", .mtime = std::string(11, '\xff') + '\xfe'}).end(),
         "a file a 0644 0:0 @-2\n"},
        {"SignedChecksum", T().entry({.name = "\xc3\xa4", .signed_checksum = true}).end(),
         "a file \xc3\xa4 0644 0:0 @0\n"},
        {"NoEnd", T().file("a", "x").without_end(), "a file a 0644 0:0 @0 [x]\n"},
        {"NoPadding", T().file("a", "x").without_end().substr(0, 513), "a file a 0644 0:0 @0 [x]\n"},
        {"HalfAnEnd", T().file("a", "x").without_end() + std::string(512, '\0'),
         "a file a 0644 0:0 @0 [x]\n"},
        {"BehindTheEnd", T().file("a", "x").end() + "junk" + T().file("b", "").end(),
         "a file a 0644 0:0 @0 [x]\n"},
        {"DataThatLooksLikeAHeader", T().file("a", T().file("b", "").without_end()).end(),
         "a file a 0644 0:0 @0 [512]\n"},
    };
}

std::vector<Good> extended()
{
    using T = TarMaker;
    return {
        {"GnuLongName", T().gnu_long('L', kLong).file("short", "x").end(),
         str("a file ", kLong, " 0644 0:0 @0 [x]\n")},
        {"GnuLongTarget", T().gnu_long('K', kLong).gnu_long('L', "n").symlink("s", "t").end(),
         str("a symbolic link n -> ", kLong, " 0644 0:0 @0\n")},
        {"PaxPath", T().pax({{"path", kLong}}).file("short", "x").file("next", "").end(),
         str("a file ", kLong, " 0644 0:0 @0 [x]\na file next 0644 0:0 @0\n")},
        {"PaxLink", T().pax({{"linkpath", kLong}}).link("h", "t").end(),
         str("a hard link h -> ", kLong, " 0644 0:0 @0\n")},
        {"LastOfTwo", T().pax({{"path", "a"}, {"path", "b"}}).file("c", "").end(), "a file b 0644 0:0 @0\n"},
        {"EmptyTakesBack", T().pax({{"path", "a"}, {"path", ""}}).file("c", "").end(),
         "a file c 0644 0:0 @0\n"},
        {"GnuAndPaxAlike", T().gnu_long('L', "n").pax({{"path", "n"}}).file("c", "").end(),
         "a file n 0644 0:0 @0\n"},
        // Not of the long name's own entry, which GHSA-3cv2-h65g-fgmm is about.
        {"PaxIsForTheFile",
         T().pax({{"size", "1"}})
             .gnu_long('L', "name")
             .header({.name = "c", .size_field = "00000000000"})
             .padded("x")
             .end(),
         "a file name 0644 0:0 @0 [x]\n"},
        {"PaxSizeWins",
         T().pax({{"size", "3"}}).header({.name = "a", .size_field = "00000000000"}).padded("abc").end(),
         "a file a 0644 0:0 @0 [abc]\n"},
        {"PaxOwner", T().pax({{"uid", "70000"}, {"gid", "4294967294"}}).file("a", "").end(),
         "a file a 0644 70000:4294967294 @0\n"},
        {"PaxTime",
         T().pax({{"mtime", "12.5"}})
             .file("a", "")
             .pax({{"mtime", "-1.25"}})
             .file("b", "")
             .pax({{"mtime", "3.1234567899"}})
             .file("c", "")
             .pax({{"mtime", "-7"}})
             .file("d", "")
             .end(),
         "a file a 0644 0:0 @12.500000000\na file b 0644 0:0 @-2.750000000\na file c 0644 0:0 @3.123456789\n"
         "a file d 0644 0:0 @-7\n"},
        {"GlobalOwner",
         T().pax({{"uid", "5"}, {"comment", "c"}}, 'g')
             .file("a", "")
             .pax({{"uid", "6"}})
             .file("b", "")
             .file("c", "")
             .end(),
         "a file a 0644 5:0 @0\na file b 0644 6:0 @0\na file c 0644 5:0 @0\n"},
        {"Xattrs",
         T().pax({{"SCHILY.xattr.user.a", "x\ny=z"}, {"LIBARCHIVE.xattr.user.%62", "Zm9v"}})
             .file("a", "")
             .end(),
         "a file a 0644 0:0 @0 user.a=x\ny=z user.b=foo\n"},
        {"UnknownKeys",
         T().pax({{"atime", "junk"}, {"RHT.security.selinux", "x"}, {"uname", "\xff"}}).file("a", "").end(),
         "a file a 0644 0:0 @0\n"},
    };
}

std::vector<Good> sparse()
{
    using T = TarMaker;
    const std::string map = "2\n4\n3\n10\n2\n";
    std::string more(512, '\0');
    more.replace(0, 24, T::octal(12, 11) + '\0' + T::octal(2, 11) + '\0');
    std::string with_more = kSparseBlock;
    with_more[482 - 345] = 1;
    return {
        {"Gnu",
         T().entry({.name = "a", .type = 'S', .magic = T::kGnu, .behind_devices = kSparseBlock}, "abcde")
             .end(),
         "a file a 0644 0:0 @0 [....abc...de..]\n"},
        {"GnuWithMoreBlocks",
         T().header({.name = "a", .type = 'S', .size = 7, .magic = T::kGnu, .behind_devices = with_more})
             .raw(more)
             .padded("abcdefg")
             .end(),
         "a file a 0644 0:0 @0 [....abc...defg]\n"},
        {"Format00",
         T().pax({{"GNU.sparse.size", "14"},
                  {"GNU.sparse.numblocks", "2"},
                  {"GNU.sparse.offset", "4"},
                  {"GNU.sparse.numbytes", "3"},
                  {"GNU.sparse.offset", "10"},
                  {"GNU.sparse.numbytes", "2"}})
             .file("a", "abcde")
             .end(),
         "a file a 0644 0:0 @0 [....abc...de..]\n"},
        {"Format01",
         T().pax({{"GNU.sparse.size", "14"},
                  {"GNU.sparse.numblocks", "2"},
                  {"GNU.sparse.map", "4,3,10,2"},
                  {"GNU.sparse.name", "n"}})
             .file("GNUSparseFile.0/a", "abcde")
             .end(),
         "a file n 0644 0:0 @0 [....abc...de..]\n"},
        {"Format10",
         T().pax({{"GNU.sparse.major", "1"},
                  {"GNU.sparse.minor", "0"},
                  {"GNU.sparse.name", "n"},
                  {"GNU.sparse.realsize", "14"}})
             .file("GNUSparseFile.0/a", map + std::string(512 - map.size(), '\0') + "abcde")
             .end(),
         "a file n 0644 0:0 @0 [....abc...de..]\n"},
        {"OnlyAHole",
         T().pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}})
             .file("a", "0\n" + std::string(510, '\0'))
             .file("b", "")
             .end(),
         "a file a 0644 0:0 @0 [.........]\na file b 0644 0:0 @0\n"},
        {"EndsInNothing",
         T().pax({{"GNU.sparse.size", "14"}, {"GNU.sparse.map", "0,0,4,3,14,0"}}).file("a", "abc").end(),
         "a file a 0644 0:0 @0 [....abc.......]\n"},
    };
}

const auto kName = [](const testing::TestParamInfo<Good> &info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Plain, GoodArchive, testing::ValuesIn(plain()), kName);
INSTANTIATE_TEST_SUITE_P(Extended, GoodArchive, testing::ValuesIn(extended()), kName);
INSTANTIATE_TEST_SUITE_P(Sparse, GoodArchive, testing::ValuesIn(sparse()), kName);

}  // namespace
}  // namespace rt::layer
