// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <gtest/gtest.h>

#include "layer/image_json.h"
#include "pack/image_index.h"

namespace rt::pack {
namespace {

TEST(ImageIndex, IsReadAsItWasMeant)
{
    const layer::Digest one = layer::Digest::of(std::string_view("one"));
    const layer::Digest two = layer::Digest::of(std::string_view("two"));
    const std::vector<ImageName> images = {{"a:1", "application/x", one, 7}, {"", "application/y", two, 8}};
    const std::string text = index_json(images);
    auto read = layer::read_index(text, "index.json");
    ASSERT_TRUE(read) << read.error().text();
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ((*read)[0].ref_name, "a:1");
    EXPECT_EQ((*read)[0].media_type, "application/x");
    EXPECT_EQ((*read)[0].digest, one);
    EXPECT_EQ((*read)[0].size, 7U);
    EXPECT_EQ((*read)[1].ref_name, "");
    EXPECT_EQ((*read)[1].digest, two);
    EXPECT_EQ(text.find("annotations", text.find(two.text())), std::string::npos);
    EXPECT_TRUE(layer::read_index(index_json({}), "index.json")->empty());
}

}  // namespace
}  // namespace rt::pack
