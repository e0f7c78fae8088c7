// SPDX-License-Identifier: Apache-2.0
#include "layer_directories.h"
#include "store/flatten.h"
#include "unpacked_tree.h"

namespace rt::store {
namespace {

TEST(Flattened, LeavesNoMoreThanOverlayfsTakes)
{
    EXPECT_EQ(flattened(0), 0U);
    EXPECT_EQ(flattened(498), 0U);
    EXPECT_EQ(flattened(499), 250U);
    EXPECT_EQ(flattened(747), 250U);
    EXPECT_EQ(flattened(748), 500U);
    for (std::size_t seen = 0; seen < 5000; ++seen) {
        const std::size_t flat = flattened(seen);
        EXPECT_LE(flat, seen);
        EXPECT_LE(seen - flat + (flat > 0 ? 1 : 0), kMostSeen) << seen;
    }
}

TEST(Flattened, IsNamedAfterTheLayersAsTheyLie)
{
    std::vector<SeenLayer> seen;
    seen.push_back({digest(2), Fd(), {digest(2), digest(2), 1, 1, false, {}, {}, {}}});
    seen.push_back({digest(1), Fd(), {digest(1), digest(1), 1, 1, false, {}, {}, {}}});
    EXPECT_EQ(flat_name(seen), "flat-" + directory_name(chain_id({digest(1), digest(2)})));
    EXPECT_TRUE(is_flat(flat_name(seen)));
    EXPECT_FALSE(is_flat(directory_name(digest(1))));
}

class Flatten : public LayerDirectories {
protected:
    std::string made()
    {
        std::vector<SeenLayer> seen;
        for (Fd &files : opened()) {
            seen.push_back({digest(1), std::move(files), {digest(1), digest(1), 1, 1, false, {}, {}, {}}});
        }
        const std::string path = top_ + "/flat";
        dir(path);
        auto directory = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
        EXPECT_TRUE(directory);
        const Status done = flatten(*directory, seen);
        return done ? layer::listing(path) : done.error().text();
    }
};

TEST_F(Flatten, HasWhatIsSeenAndNothingThatHides)
{
    const std::string low = layer();
    dir(low + "/d", 0700);
    file(low + "/d/a", "low");
    file(low + "/d/gone", "low");
    EXPECT_EQ(::link((low + "/d/a").c_str(), (low + "/linked").c_str()), 0);
    dir(low + "/o");
    file(low + "/o/x", "low");
    dir(low + "/was");
    const std::string top = layer();
    dir(top + "/d", 01750);
    whiteout(top + "/d/gone");
    whiteout(top + "/d/nothing");
    file(top + "/d/b", "top");
    dir(top + "/o", 0755, true);
    file(top + "/was", "top");
    EXPECT_EQ(::symlink("d/a", (top + "/s").c_str()), 0);
    EXPECT_EQ(::mkfifo((top + "/p").c_str(), 0600), 0);
    EXPECT_EQ(made(), "fs/ 0755\n"
                      "fs/d/ 1750\n"
                      "fs/d/a 0644 x2 low\n"
                      "fs/d/b 0644 top\n"
                      "fs/linked 0644 x2 low\n"
                      "fs/o/ 0755\n"
                      "fs/p 0600 fifo\n"
                      "fs/s -> d/a\n"
                      "fs/was 0644 top\n");
    EXPECT_EQ(::getxattr((top_ + "/flat/fs/o").c_str(), "trusted.overlay.opaque", nullptr, 0), -1);
}

TEST_F(Flatten, KeepsHolesTimesAndAttributes)
{
    const std::string low = layer();
    file(low + "/hole", "x");
    constexpr off_t kSize = 64 << 20;
    ASSERT_EQ(::truncate((low + "/hole").c_str(), kSize), 0);
    ASSERT_EQ(::setxattr((low + "/hole").c_str(), "trusted.word", "w", 1, 0), 0);
    const timespec times[] = {{5, 6}, {7, 8}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (low + "/hole").c_str(), times, 0), 0);
    made();
    struct stat about = {};
    ASSERT_EQ(::stat((top_ + "/flat/fs/hole").c_str(), &about), 0);
    EXPECT_EQ(about.st_size, kSize);
    EXPECT_LT(about.st_blocks, 100);
    EXPECT_EQ(about.st_mtim.tv_sec, 7);
    EXPECT_EQ(about.st_mtim.tv_nsec, 8);
    EXPECT_EQ(::getxattr((top_ + "/flat/fs/hole").c_str(), "trusted.word", nullptr, 0), 1);
}

}  // namespace
}  // namespace rt::store
