// SPDX-License-Identifier: Apache-2.0
//
// Little that becomes much.
#include "image.h"
#include "layer/crc32.h"

namespace rt::corpus {
namespace {

using namespace std::string_literals;

/// A frame of zstd of `blocks` blocks of 128 KiB, each one byte repeated: four bytes a block.
std::string zstd_zeros(std::size_t blocks)
{
    std::string out("\x28\xb5\x2f\xfd\0\x58", 6);
    constexpr std::uint32_t kBlock = (128 << 10) << 3 | 1 << 1;  // of one repeated byte
    for (std::size_t i = 1; i <= blocks; ++i) {
        const std::uint32_t header = kBlock | (i == blocks ? 1 : 0);
        out += {static_cast<char>(header), static_cast<char>(header >> 8), static_cast<char>(header >> 16),
                '\0'};
    }
    return out;
}

/// Bits, the lowest of a byte first.
class Bits {
public:
    void put(std::uint32_t value, int count)
    {
        for (int i = 0; i < count; ++i, value >>= 1) {
            byte_ = static_cast<unsigned char>(byte_ | (value & 1) << filled_);
            if (++filled_ == 8) {
                out_ += static_cast<char>(byte_);
                byte_ = 0;
                filled_ = 0;
            }
        }
    }
    std::string take()
    {
        put(0, (8 - filled_) % 8);
        return std::move(out_);
    }

private:
    std::string out_;
    unsigned char byte_ = 0;
    int filled_ = 0;
};

/// A member of gzip: one zero, then it again and again, 258 times with 13 bits.
std::string gzip_zeros(std::size_t matches)
{
    Bits bits;
    bits.put(1, 1);     // the last block
    bits.put(1, 2);     // of the fixed codes
    bits.put(0x0c, 8);  // literal 0: 00110000, highest bit first
    for (std::size_t i = 0; i < matches; ++i) {
        bits.put(0xa3, 8);  // length 258: 11000101, highest bit first
        bits.put(0, 5);     // distance 1
    }
    bits.put(0, 7);
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    out += bits.take();
    layer::Crc32 sum;
    std::uint64_t size = 1 + 258 * matches;
    for (std::uint64_t left = size; left > 0;) {
        const std::string zeros(std::min<std::uint64_t>(left, 1 << 20), '\0');
        sum.put(zeros);
        left -= zeros.size();
    }
    for (std::uint64_t value : {std::uint64_t{sum.value()}, size}) {
        for (int i = 0; i < 4; ++i, value >>= 8) {
            out += static_cast<char>(value);
        }
    }
    return out;
}

std::string numbered(int count, const char *prefix, const char *name)
{
    T out;
    for (int i = 0; i < count; ++i) {
        out.file(str(prefix, i, name), "");
    }
    return out.end();
}

std::string links(int count)
{
    T out;
    out.file("a", "x");
    for (int i = 0; i < count; ++i) {
        out.link(str("l", i), "a");
    }
    return out.end();
}

}  // namespace

std::vector<Case> bomb_cases(const Place & /*place*/)
{
    const std::string size = "error: more than 10485760 bytes come out of it (--max-size allows more)";
    const std::string file = T().header({.name = "zeros", .size = std::uint64_t{7} << 30}).without_end();
    const std::string lower = T().dir("d").end();
    std::string deep;
    for (int i = 0; i < 1000; ++i) {
        deep += "d/";
    }
    return {
        of_layers("ZstdOf64GiBInTwoMiB", {zstd(file) + zstd_zeros(524'288)}, size, {"--max-size", "10M"}),
        of_layers("Zstd64GiBOfNoArchive", {zstd_zeros(524'288)}, "error: more than 8589934592 bytes come out",
                  {"--max-size", "8589934592"}),
        of_layers("GzipOf1GiBInSevenMiB", {gzip(file) + gzip_zeros(4'161'790)}, size, {"--max-size", "10M"}),
        of_layers("GzipOf1GiBOfManyMembers", {[&] {
                      std::string out = gzip(file);
                      const std::string member = gzip_zeros(40'000);
                      for (int i = 0; i < 100; ++i) {
                          out += member;
                      }
                      return out;
                  }()},
                  size, {"--max-size", "10M"}),
        of_layers("AHundredThousandEmptyMembers", {[] {
                      std::string out;
                      for (int i = 0; i < 100'000; ++i) {
                          out += gzip("");
                      }
                      return out + gzip(T().file("a", "x").end());
                  }()},
                  "a 0644 x\n"),
        of_layers("AHoleOf1EiB",
                  {T().pax({{"GNU.sparse.size", "1152921504606846976"}, {"GNU.sparse.map", ""}})
                       .file("a", "")
                       .end()},
                  "error: File too large"),
        of_layers("AHoleLargerThanAllowed",
                  {T().pax({{"GNU.sparse.size", "20000000"}, {"GNU.sparse.map", ""}}).file("a", "").end()},
                  "error: File too large", {"--max-size", "10M"}),
        of_layers("Entries", {numbered(2000, "f", "")}, "error: more than 1000 entries",
                  {"--max-entries", "1000"}),
        of_layers("EntriesInDirectories", {numbered(2000, "", "/f")}, "error: more than 1000 entries",
                  {"--max-entries", "1000"}),
        of_layers("HardLinks", {links(2000)}, "error: more than 1000 entries", {"--max-entries", "1000"}),
        of_layers("OpaqueDirectories",
                  {lower, numbered(20'000, "d/", "/.wh..wh..opq"), T().file(".wh.d", "").end()}, ""),
        of_layers("WhiteoutsOfNothing", {lower, numbered(50'000, "d/.wh.", "")}, "d/ 0755\n"),
        of_layers("WhiteoutsInADeepDirectory",
                  {lower,
                   [&] {
                       T out;
                       for (int i = 0; i < 100; ++i) {
                           out.pax({{"path", str(deep, ".wh.", i)}}).file("x", "");
                       }
                       return out.file(".wh.d", "").end();
                   }(),
                   T().file(".wh.d", "").end()},
                  ""),
        of_layers("PaxOf1MiBForEach", {[] {
                      T out;
                      const std::string text(900'000, 'x');
                      for (int i = 0; i < 100; ++i) {
                          out.pax({{"comment", text}}).file("a", "x");
                      }
                      return out.end();
                  }()},
                  "a 0644 x\n"),
        of_layers("XattrOf1MiB",
                  {T().pax({{"SCHILY.xattr.trusted.a", std::string(900'000, 'x')}}).file("a", "x").end()},
                  "error: \"a\": "),
        of_layers("ManyLongNames", {[] {
                      T out;
                      for (int i = 0; i < 300; ++i) {
                          out.gnu_long('L', str(std::string(200, 'n'), i)).file("x", "");
                      }
                      return out.end();
                  }()},
                  "error: more than 200 entries", {"--max-entries", "200"}),
    };
}

}  // namespace rt::corpus
