// SPDX-License-Identifier: Apache-2.0
//
// Archives that two readers read in two ways: a scanner sees one file, who unpacks it another.
#include "image.h"

namespace rt::corpus {

std::vector<Case> differential_cases(const Place & /*place*/)
{
    using namespace std::string_literals;
    const std::string hidden = T().file("hidden", "x").without_end();
    const std::string inner = T().file("inner", std::string(512, 'i')).end();
    const std::string sum = digest(hidden).substr(7, 8);
    const auto data_of = [](const char type) {
        return T()
            .entry({.name = "e", .type = type, .target = type < '3' ? "t" : ""}, std::string(512, 'x'))
            .end();
    };
    return {
        // Who goes by the header's size finds the header of "hidden" where the data is (CVE-2025-62518).
        of_layers("SizeOfPaxIsLarger",
                  {T().pax({{"size", std::to_string(hidden.size())}})
                       .header({.name = "a", .size = 0})
                       .raw(hidden)
                       .end()},
                  str("a 0644 1024 bytes ", sum, "\n")),
        of_layers("SizeOfPaxIsSmaller",
                  {T().pax({{"size", "0"}}).header({.name = "a", .size = 1024}).raw(hidden).end()},
                  "a 0644\nhidden 0644 x\n"),
        // The size is the file's, and not that of the long name between (GHSA-3cv2-h65g-fgmm).
        of_layers("PaxThenLongName",
                  {T().pax({{"size", "1024"}})
                       .gnu_long('L', "n")
                       .header({.name = "a", .size = 0})
                       .raw(hidden)
                       .end()},
                  str("n 0644 1024 bytes ", sum, "\n")),
        of_layers("LongNameThenPax", {T().gnu_long('L', "n").pax({{"uid", "1"}}).file("a", "x").end()},
                  "n 0644 1:0 x\n"),
        of_layers("LongNamesThatDiffer",
                  {T().gnu_long('L', "seen").pax({{"path", "done"}}).file("x", "x").end()},
                  "error: GNU's and POSIX's long names for it differ"),
        of_layers("LongNamesThatDifferOtherwise",
                  {T().pax({{"path", "done"}}).gnu_long('L', "seen").file("x", "x").end()},
                  "error: GNU's and POSIX's long names for it differ"),
        of_layers("LongTargetsThatDiffer",
                  {T().gnu_long('K', "seen").pax({{"linkpath", "done"}}).symlink("x", "x").end()},
                  "error: long targets for it differ"),
        of_layers("PathForAll", {T().pax({{"path", "p"}}, 'g').file("a", "x").end()},
                  "error: is said of all files that follow"),
        of_layers("SizeForAll", {T().pax({{"size", "5"}}, 'g').file("a", "x").end()},
                  "error: is said of all files that follow"),
        of_layers("LinkpathForAll", {T().pax({{"linkpath", "/etc"}}, 'g').symlink("a", "x").end()},
                  "error: is said of all files that follow"),
        of_layers("XattrForAll", {T().pax({{"SCHILY.xattr.user.a", "b"}}, 'g').file("a", "x").end()},
                  "error: is said of all files that follow"),
        of_layers("SymlinkWithData", {data_of('2')}, "error: a symbolic link with a size of 512"),
        of_layers("HardLinkWithData", {T().file("t", "").raw(data_of('1')).end()},
                  "error: a hard link with a size of 512"),
        of_layers("DirectoryWithData", {data_of('5')}, "error: a directory with a size of 512"),
        of_layers("FifoWithData", {data_of('6')}, "error: a FIFO with a size of 512"),
        of_layers("DeviceWithData",
                  {T().entry({.name = "n", .type = '3', .major = "0000001", .minor = "0000003"}, "x").end()},
                  "error: a character device with a size of 1"),
        of_layers("OldDirectoryWithData",
                  {T().entry({.name = "d/", .type = '0'}, std::string(512, 'x')).end()},
                  "error: a directory with a size of 512"),
        of_layers("BehindABlockOfZeros",
                  {T().file("a", "x").raw(std::string(512, '\0')).file("hidden", "x").end()},
                  "error: something follows a single block of zeros"),
        of_layers("BehindTheEnd", {T().file("a", "x").end() + T().file("hidden", "x").end()}, "a 0644 x\n"),
        of_layers("PrefixOfAnUnknownVersion",
                  {T().entry({.name = "a", .magic = "ustar\0xx"s, .prefix = "p"}, "x").end()},
                  "error: magic is neither POSIX's nor GNU's"),
        of_layers("PrefixOfGnu", {T().entry({.name = "a", .magic = T::kGnu, .prefix = "p"}, "x").end()},
                  "a 0644 x\n"),
        of_layers("SparseNameAndPath",
                  {T().pax({{"path", "p"},
                            {"GNU.sparse.name", "n"},
                            {"GNU.sparse.size", "1"},
                            {"GNU.sparse.map", "0,1"}})
                       .file("x", "x")
                       .end()},
                  "n 0644 x\n"),
        of_layers("SolarisExtendedHeader",
                  {T().entry({.name = "p", .type = 'X'}, T::record("path", "p")).file("a", "x").end()},
                  "error: of a type that is not known"),
        of_layers("SizeWithJunk",
                  {T().header({.name = "a", .size_field = "0000001\0000"s}).padded("x").end()},
                  "error: header: size is no octal number"),
        of_layers("AnArchiveInAFile", {T().file("a.tar", inner).end()},
                  str("a.tar 0644 ", inner.size(), " bytes ", digest(inner).substr(7, 8), "\n")),
        of_layers("NameEndsAtANul", {T().file("a\0b"s, "x").end()}, "a 0644 x\n"),
        of_layers("HdrcharsetBinary",
                  {T().pax({{"hdrcharset", "BINARY"}, {"path", "\xe4"}}).file("a", "x").end()},
                  "\xe4 0644 x\n"),
        of_layers("PaxPathEndsWithSlash", {T().pax({{"path", "d/"}}).file("f", "").end()}, "d/ 0644\n"),
        of_layers("DirectoryOfPaxWithoutSlash",
                  {T().pax({{"path", "d"}}).entry({.name = "x/", .type = '0'}, "x").end()}, "d 0644 x\n"),
    };
}

}  // namespace rt::corpus
