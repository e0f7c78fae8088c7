// SPDX-License-Identifier: Apache-2.0
#include "layer_directories.h"
#include "store/merged.h"

namespace rt::store {
namespace {

class MergedTest : public LayerDirectories {
protected:
    /// "0d 2d": which layers have the path, from the top, and whether it is a directory there.
    std::string at(const std::string &path, bool all = false)
    {
        const std::vector<Fd> fds = opened();
        const Merged merged(std::vector<FdRef>(fds.begin(), fds.end()));
        auto places = merged.find(std::move(layer::EntryPath::parse(path)).take(), all);
        if (!places) {
            return places.error().text();
        }
        std::string out;
        for (const Place &place : *places) {
            out += str(out.empty() ? "" : " ", place.layer, place.is_directory() ? "d" : "");
        }
        return out;
    }
};

TEST_F(MergedTest, ShowsTheUpperFileAndAllDirectories)
{
    const std::string low = layer();
    dir(low + "/d");
    file(low + "/d/low", "1");
    file(low + "/d/both", "1");
    file(low + "/f", "1");
    layer();
    const std::string top = layer();
    dir(top + "/d");
    file(top + "/d/both", "3");
    dir(top + "/f");
    EXPECT_EQ(at(""), "0d 1d 2d");
    EXPECT_EQ(at("d"), "0d 2d");
    EXPECT_EQ(at("d/both"), "0");
    EXPECT_EQ(at("d/low"), "2");
    EXPECT_EQ(at("f"), "0d");  // a directory over a file hides it
    EXPECT_EQ(at("f/x"), "");
    EXPECT_EQ(at("d/both/x"), "");
    EXPECT_EQ(at("none"), "");
}

TEST_F(MergedTest, ShowsNothingBelowWhatIsHidden)
{
    const std::string low = layer();
    dir(low + "/gone");
    file(low + "/gone/x", "1");
    dir(low + "/opaque");
    file(low + "/opaque/x", "1");
    const std::string top = layer();
    whiteout(top + "/gone");
    dir(top + "/opaque", 0755, true);
    file(top + "/opaque/new", "2");
    EXPECT_EQ(at("gone"), "");
    EXPECT_EQ(at("gone/x"), "");
    EXPECT_EQ(at("opaque"), "0d");
    EXPECT_EQ(at("opaque", true), "0d 1d");
    EXPECT_EQ(at("opaque/x"), "");
    EXPECT_EQ(at("opaque/new"), "0");
}

}  // namespace
}  // namespace rt::store
