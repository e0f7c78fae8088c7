// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "layer/file_source.h"
#include "pack/packing.h"
#include "sources.h"
#include "text_sink.h"

namespace rt::pack {
namespace {

std::string packed(Packing how, const std::string &text, std::size_t chunk)
{
    TextSink out;
    const auto sink = packer(how, out);
    for (std::size_t at = 0; at < text.size(); at += chunk) {
        EXPECT_TRUE(sink->put(std::string_view(text).substr(at, chunk)));
    }
    EXPECT_TRUE(sink->finish());
    return out.text;
}

class Packed : public testing::TestWithParam<const char *> {};

TEST_P(Packed, ComesOutAsItWentIn)
{
    const auto how = parse_packing(GetParam());
    ASSERT_TRUE(how);
    for (const std::size_t size : {0, 1, 1000, 1000000}) {
        const std::string text = layer::words(size, 1);
        const std::string out = packed(*how, text, 100'000);
        layer::TextSource source(out);
        EXPECT_EQ(layer::all_of(*layer::unpacked(source, 2'000'000)), text) << size;
        EXPECT_EQ(packed(*how, text, 100'000), out) << "the same twice";
        EXPECT_TRUE(*how == Packing::kNone || size < 10000 || out.size() < text.size());
    }
}

INSTANTIATE_TEST_SUITE_P(, Packed, testing::Values("none", "gzip", "zstd"),
                         [](const auto &one) { return std::string(one.param); });

TEST(Packing, GzipSaysNeitherTimeNorName)
{
    EXPECT_EQ(packed(Packing::kGzip, "x", 1).substr(0, 9), std::string("\x1f\x8b\x08\0\0\0\0\0\0", 9));
}

TEST(Packing, OthersAreNotKnown)
{
    EXPECT_EQ(parse_packing("xz").error().text(), "\"xz\" is not known (gzip, zstd or none)");
}

}  // namespace
}  // namespace rt::pack
