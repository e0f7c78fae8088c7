// SPDX-License-Identifier: Apache-2.0
//
// What layers are packed with, and what pretends to be it.
#include "image.h"

namespace rt::corpus {
namespace {

using namespace std::string_literals;

const std::string kTar = T().file("a", "hello").end();
const std::string kTree = "a 0644 hello\n";

std::string with(std::string bytes, std::size_t at, char byte)
{
    bytes[at] = byte;
    return bytes;
}

/// A gzip header with these flags, what they announce, and the rest of a sound file.
std::string flagged(char flags, const std::string &announced)
{
    const std::string whole = gzip(kTar);
    return with(whole, 3, flags).substr(0, 10) + announced + whole.substr(10);
}

std::vector<Case> gzips()
{
    const std::string whole = gzip(kTar);
    const std::string deflate = whole.substr(0, 10);
    return {
        of_layers("Gzip", {whole}, kTree),
        of_layers("GzipOfManyMembers",
                  {gzip(kTar.substr(0, 100)) + gzip(kTar.substr(100, 700)) + gzip(kTar.substr(800))}, kTree),
        of_layers("GzipWithEmptyMembers", {gzip("") + gzip(kTar) + gzip("")}, kTree),
        of_layers("GzipOfNothing", {gzip("")}, ""),
        of_layers("GzipThenZeros", {whole + std::string(1000, '\0')}, kTree),
        of_layers("GzipThenJunk", {whole + "junk"}, "error: gzip: holds something behind its end"),
        of_layers("GzipThenZerosThenJunk", {whole + std::string(100, '\0') + "junk"},
                  "error: gzip: holds something behind"),
        of_layers("GzipThenABrokenMember", {whole + "\x1f\x8b\x08"},
                  "error: gzip: ends in the middle of its header"),
        of_layers("GzipInGzip", {gzip(whole)}, "error: header: "),
        of_layers("GzipCutInItsHeader", {whole.substr(0, 7)},
                  "error: gzip: ends in the middle of its header"),
        of_layers("GzipCutInItsData", {whole.substr(0, 700)}, "error: gzip: ends in the middle of its data"),
        of_layers("GzipCutInItsSum", {whole.substr(0, whole.size() - 3)},
                  "error: gzip: ends in the middle of its sum"),
        of_layers("GzipWithAnotherSum", {with(whole, whole.size() - 8, 'x')}, "error: gzip: is damaged"),
        of_layers("GzipWithAnotherLength", {with(whole, whole.size() - 2, 'x')}, "error: gzip: is damaged"),
        of_layers("GzipOfAnotherMethod", {with(whole, 2, 7)}, "error: by a method that gzip has not got"),
        of_layers("GzipWithReservedFlags", {with(whole, 3, '\x80')},
                  "error: by a method that gzip has not got"),
        of_layers("GzipWithNameAndComment", {flagged(0x18, "name\0comment\0"s)}, kTree),
        of_layers("GzipWithExtra", {flagged(0x04, "\x03\0abc"s)}, kTree),
        of_layers("GzipWithExtraThatIsLonger", {flagged(0x04, "\xff\xff"s)}, "error: gzip: "),
        of_layers("GzipWithHeaderSum", {flagged(0x02, "ab")}, kTree),
        of_layers("GzipWithANameWithoutEnd",
                  {deflate.substr(0, 3) + "\x08" + deflate.substr(4) + std::string(5000, 'n')},
                  "error: gzip: ends in the middle of its header"),
        of_layers("DeflateOfAnUnknownType", {deflate + "\x07"s + std::string(20, '\0')},
                  "error: gzip: holds a block of an unknown type"),
        of_layers("DeflateStoredDamaged", {deflate + "\x01\x05\0\x05\0hello"s + std::string(8, '\0')},
                  "error: gzip: holds a stored block whose length is damaged"),
        of_layers("DeflateBeforeItsBeginning", {deflate + "\x63\x00\x42\x00"s + std::string(20, '\0')},
                  "error: gzip: "),
        of_layers("DeflateOfBrokenCodes",
                  {deflate + "\x05\xff\xff\xff\xff\xff\xff\xff"s + std::string(20, '\xff')}, "error: gzip: "),
    };
}

// spec: ImageLayerTypes, ImageLayerTypesZstd, ImageRootfs
std::vector<Case> zstds_and_others()
{
    const std::string whole = zstd(kTar);
    const std::string skippable = "\x5a\x2a\x4d\x18\x04\0\0\0skip"s;
    return {
        of_layers("Zstd", {whole}, kTree),
        of_layers("ZstdOfManyFrames", {zstd(kTar.substr(0, 100)) + zstd("") + zstd(kTar.substr(100))}, kTree),
        of_layers("ZstdSkippableFirst", {skippable + whole}, kTree),
        of_layers("ZstdSkippableLast", {whole + skippable}, kTree),
        of_layers("ZstdSkippableCut", {whole + skippable.substr(0, 10)},
                  "error: zstd: ends in the middle of its data"),
        of_layers("ZstdCut", {whole.substr(0, 900)}, "error: zstd: ends in the middle of its data"),
        of_layers("ZstdCutBehindABlock",
                  {zstd(kTar).substr(0, 6) + "\x04\0\0"s.replace(0, 1, 1, '\x08') + "x"},
                  "error: zstd: ends in the middle of its data"),
        of_layers("ZstdThenJunk", {whole + "junk and more"}, "error: zstd: is no sound zstd file"),
        of_layers("ZstdWindowOf256MiB", {with(whole, 5, '\x90')}, "error: zstd: is no sound zstd file"),
        of_layers("ZstdWindowOfAll", {with(whole, 5, '\xff')}, "error: zstd: is no sound zstd file"),
        of_layers("ZstdWithAnotherSum", {with(whole, 4, '\x04') + "abcd"},
                  "error: zstd: is no sound zstd file"),
        of_layers("ZstdOfADictionary", {whole.substr(0, 4) + "\x01\x58\x05"s + whole.substr(6)},
                  "error: zstd: is no sound zstd file"),
        of_layers("ZstdReservedBlock", {with(whole, 6, '\x07')}, "error: zstd: is no sound zstd file"),
        of_layers("ZstdReservedBit", {with(whole, 4, '\x08')}, "error: zstd: is no sound zstd file"),
        of_layers("Xz",
                  {"\xfd"
                   "7zXZ\0"s +
                   std::string(600, '\1')},
                  "error: header: "),
        of_layers("Bzip2", {"BZh9" + std::string(600, '1')}, "error: header: "),
        of_layers("Zip", {"PK\x03\x04" + std::string(600, '1')}, "error: header: "),
        of_layers("LessThanAMagic", {"\x1f"}, "error: the archive ends here"),
        of_layers("MagicOfGzipAlone", {"\x1f\x8b"}, "error: gzip: ends in the middle of its header"),
        of_layers("MagicOfZstdAlone", {"\x28\xb5\x2f\xfd"}, "error: zstd: ends in the middle of its data"),
        {"GzipLayers", layout("image", {gzip(kTar)}, {kTar}), "oci:@/image", kTree},
        {"ZstdLabelledGzip", layout("image", {zstd(kTar)}, {kTar}), "oci:@/image", kTree},
        {"PlainLabelledGzip", layout("image", {kTar}, {kTar}), "oci:@/image", kTree},
        {"DiffIdCountsWhatIsBehindTheEnd", layout("image", {gzip(kTar + "junk")}, {kTar + "junk"}),
         "oci:@/image", kTree},
        {"DiffIdWithoutWhatIsBehindTheEnd", layout("image", {gzip(kTar + "junk")}, {kTar}), "oci:@/image",
         "error: the DiffID is"},
        {"DigestCountsZerosBehindGzip", layout("image", {gzip(kTar) + std::string(9, '\0')}, {kTar}),
         "oci:@/image", kTree},
    };
}

}  // namespace

std::vector<Case> packing_cases(const Place & /*place*/)
{
    std::vector<Case> out = gzips();
    for (Case &one : zstds_and_others()) {
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace rt::corpus
