// SPDX-License-Identifier: Apache-2.0
//
// Files with holes, and files that somebody writes to while they are read.
#include <functional>

#include "kernel/calls_tree.h"
#include "pack/changes.h"
#include "pack/pack_changes.h"
#include "text_sink.h"
#include "unpacked_tree.h"

namespace rt::pack {
namespace {

constexpr std::size_t kLarge = 1 << 20;
const std::string kWords(4096, 'w');

class PackChanges : public testing::Test {
protected:
    std::string path(const char *name) const { return scratch_.path + "/root/" + name; }

    /// A file that begins with kWords and ends with a hole.
    void make(const char *name)
    {
        const auto file = kernel::openat(kernel::kCwd, path(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
        ASSERT_TRUE(file && kernel::pwrite_all(*file, kWords, 0));
        ASSERT_TRUE(kernel::ftruncate(*file, kLarge));
    }

    template <class To>
    Status pack(To &to) const
    {
        auto dir = kernel::openat(kernel::kCwd, scratch_.path + "/root", O_RDONLY | O_DIRECTORY);
        std::vector<Fd> roots;
        roots.push_back(std::move(dir).take());
        TRY_LET(tree, MergedDirectory::root(std::move(roots), Overlay::kNone));
        TRY_LET(all, changes(nullptr, tree));
        return pack_changes(tree, all, to);
    }

private:
    layer::Scratch scratch_;
};

/// Meddles with the file that it is being given.
struct Meddler final : layer::TarSink {
    std::function<void()> at_entry = [] {}, at_data = [] {};
    std::uint64_t taken = 0;

    Status entry(const layer::TarEntry &entry) override
    {
        if (entry.kind == layer::TarEntry::Kind::kFile) {
            at_entry();
        }
        return {};
    }
    Status data(std::uint64_t, std::string_view bytes) override
    {
        taken += bytes.size();
        at_data();
        return {};
    }
    Status end_entry() override { return {}; }
};

TEST_F(PackChanges, EachFileHasItsOwnZeros)
{
    make("a");
    make("b");
    TextSink out;
    TarWriter tar(out);
    const Status packed = pack(tar);
    EXPECT_TRUE(packed) << packed.error().text();
    EXPECT_TRUE(tar.finish());
    const std::string content = kWords + std::string(kLarge - kWords.size(), '\0');
    const std::size_t first = out.text.find(content);
    ASSERT_NE(first, std::string::npos);
    EXPECT_NE(out.text.find(content, first + content.size()), std::string::npos);
}

TEST_F(PackChanges, AFileThatHasLostItsLastHoleIsNoticed)
{
    make("a");
    Meddler to;
    to.at_data = [&] { EXPECT_EQ(::truncate(path("a").c_str(), static_cast<off_t>(kWords.size())), 0); };
    const Status packed = pack(to);
    ASSERT_FALSE(packed);
    EXPECT_NE(packed.error().text().find("changed while it was read"), std::string::npos);
}

TEST_F(PackChanges, OfAFileThatGrowsNoMoreIsTakenThanItsHeadSays)
{
    make("a");
    ASSERT_EQ(::truncate(path("a").c_str(), static_cast<off_t>(kWords.size())), 0);
    Meddler to;
    to.at_entry = [&] {
        const auto file = kernel::openat(kernel::kCwd, path("a"), O_WRONLY);
        ASSERT_TRUE(file && kernel::pwrite_all(*file, kWords, kWords.size()));
    };
    const Status packed = pack(to);
    EXPECT_TRUE(packed) << packed.error().text();
    EXPECT_EQ(to.taken, kWords.size());
}

}  // namespace
}  // namespace rt::pack
