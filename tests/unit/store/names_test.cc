// SPDX-License-Identifier: Apache-2.0
#include "new_store.h"

namespace rt::store {
namespace {

TEST(Name, IsOfLettersAndDigitsWithSeparatorsBetween)
{
    for (const char *good :
         {"a", "web:1", "a.b_c-d", "host:5000/some/image:v1.2", "a--b", "a//b", "1", "A+b@c"}) {
        EXPECT_TRUE(Store::check_name(good)) << good;
    }
    for (const char *bad :
         {"", "-a", "a-", "/a", "a/", "a b", "a\n", "a..b", "a:_b", ".", "..", "\xc3\xa4"}) {
        EXPECT_FALSE(Store::check_name(bad)) << bad;
    }
    EXPECT_TRUE(Store::check_name(std::string(255, 'a')));
    EXPECT_FALSE(Store::check_name(std::string(256, 'a')));
}

TEST(Name, IsNoneThatWouldBeASourceOfImages)
{
    for (const char *bad :
         {"oci:x", "oci-archive:x", "docker-archive:x", "tar:x", "docker:x", "sha256:abcdef"}) {
        EXPECT_FALSE(Store::check_name(bad)) << bad;
    }
}

class Names : public NewStore {
protected:
    static ImageName image(const std::string &name, int number)
    {
        return {name, "application/vnd.oci.image.manifest.v1+json", digest(number), 5};
    }
    static std::string all(const Store &store)
    {
        std::string out;
        auto images = store.images();
        EXPECT_TRUE(images);
        for (const ImageName &one : *images) {
            out += one.name + "=" + one.manifest.encoded().back() + " ";
        }
        return out;
    }
};

TEST_F(Names, AreSortedAndTheLatestHasTheName)
{
    const Store store = open();
    EXPECT_EQ(all(store), "");
    EXPECT_TRUE(store.put_image(image("b", 1)));
    EXPECT_TRUE(store.put_image(image("a", 2)));
    EXPECT_TRUE(store.put_image(image("b", 3)));
    EXPECT_EQ(all(store), "a=2 b=3 ");
    EXPECT_EQ(all(open(Store::Use::kRead)), "a=2 b=3 ");
    EXPECT_FALSE(store.put_image(image("-", 1)));
    EXPECT_TRUE(store.remove_image("a"));
    EXPECT_EQ(store.remove_image("a").error().blame(), Blame::kAbsent);
    EXPECT_EQ(all(store), "b=3 ");
}

TEST_F(Names, AreFoundByTheBeginningOfTheDigestToo)
{
    const Store store = open();
    ImageName one = image("one", 0);
    one.manifest = std::move(Digest::parse("sha256:abcdef" + std::string(58, '1'))).take();
    EXPECT_TRUE(store.put_image(one));
    EXPECT_EQ(store.find_image("abcdef")->name, "one");
    EXPECT_EQ(store.find_image("sha256:abcdef11")->name, "one");
    EXPECT_FALSE(store.find_image("abcde"));  // too short
    EXPECT_FALSE(store.find_image("abcdeff"));
    EXPECT_FALSE(store.find_image("ABCDEF"));
    ImageName two = image("two", 0);
    two.manifest = std::move(Digest::parse("sha256:abcdef" + std::string(58, '2'))).take();
    EXPECT_TRUE(store.put_image(two));
    EXPECT_NE(store.find_image("abcdef").error().text().find("several"), std::string::npos);
    EXPECT_EQ(store.find_image("abcdef2")->name, "two");
    two.name = "abcdef";  // a name comes first
    EXPECT_TRUE(store.put_image(two));
    EXPECT_EQ(store.find_image("abcdef")->manifest, two.manifest);
}

TEST_F(Names, BlobsAreComparedWithTheirDigests)
{
    const Store store = open();
    auto added = store.add_blob("words");
    ASSERT_TRUE(added);
    EXPECT_EQ(*added, Digest::of(std::string_view("words")));
    EXPECT_EQ(*store.read_blob(*added), "words");
    EXPECT_TRUE(store.add_blob("words"));
    const std::string path = path_ + "/" + added->blob_path();
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    auto file = kernel::openat(kernel::kCwd, path, O_WRONLY | O_TRUNC);
    ASSERT_TRUE(file);
    EXPECT_TRUE(kernel::write_all(*file, "other"));
    EXPECT_EQ(store.read_blob(*added).error().blame(), Blame::kDamaged);
    EXPECT_EQ(store.read_blob(digest(1)).error().blame(), Blame::kDamaged);
}

TEST_F(Names, AStoreIsMadeOnlyWhereNothingElseIs)
{
    EXPECT_EQ(Store::open(path_, Store::Use::kRead).error().blame(), Blame::kAbsent);
    ASSERT_EQ(::mkdir((top_ + "/full").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((top_ + "/full/mine").c_str(), 0700), 0);
    EXPECT_EQ(Store::open(top_ + "/full", Store::Use::kWrite).error().blame(), Blame::kState);
    {
        const Store store = open();
    }
    auto format = kernel::openat(kernel::kCwd, path_ + "/format", O_WRONLY | O_TRUNC);
    ASSERT_TRUE(format);
    EXPECT_TRUE(kernel::write_all(*format, "{\"version\": 2}"));
    EXPECT_NE(Store::open(path_, Store::Use::kRead).error().text().find("format"), std::string::npos);
}

}  // namespace
}  // namespace rt::store
