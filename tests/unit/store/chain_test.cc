// SPDX-License-Identifier: Apache-2.0
#include "new_store.h"
#include "store/chain.h"

namespace rt::store {
namespace {

TEST(ChainId, OfOneLayerIsItsDiffId) { EXPECT_EQ(chain_id({digest(7)}), digest(7)); }

TEST(ChainId, OfMoreIsTheDigestOfTheChainBelowAndTheDiffId)
{
    const Digest two = Digest::of(std::string_view(digest(1).text() + " " + digest(2).text()));
    EXPECT_EQ(chain_id({digest(1), digest(2)}), two);
    const Digest three = Digest::of(std::string_view(two.text() + " " + digest(3).text()));
    EXPECT_EQ(chain_id({digest(1), digest(2), digest(3)}), three);
    EXPECT_NE(chain_id({digest(2), digest(1)}), two);
}

class SeenLayers : public NewStore {
protected:
    /// A layer in staging/ that hides all below it, or does not.
    void stage(const Store &store, int number, bool hides_all = false)
    {
        const std::string name = std::to_string(number);
        EXPECT_TRUE(kernel::mkdirat(store.staging(), name, 0700));
        EXPECT_TRUE(kernel::mkdirat(store.staging(), name + "/fs", 0755));
        const layer::LayerNotes notes{digest(number), digest(number), 1, 1, hides_all, {}, {}, {}};
        auto file = kernel::openat(store.staging(), name + "/layer.json", O_WRONLY | O_CREAT | O_EXCL, 0600);
        ASSERT_TRUE(file);
        EXPECT_TRUE(kernel::write_all(*file, in_json(notes)));
        auto dir = kernel::openat(store.staging(), name, O_RDONLY | O_DIRECTORY);
        ASSERT_TRUE(dir);
        staged_.emplace_back(digest(number), std::move(dir).take());
    }

    /// "321": from the top.
    std::string seen(const Store &store, const std::vector<int> &numbers)
    {
        std::vector<Digest> diff_ids;
        for (const int number : numbers) {
            diff_ids.push_back(digest(number));
        }
        auto layers = seen_layers(store, diff_ids, [&](const Digest &diff_id) {
            for (const auto &[known, dir] : staged_) {
                if (known == diff_id) {
                    return std::optional<FdRef>(dir);
                }
            }
            return std::optional<FdRef>();
        });
        if (!layers) {
            return layers.error().text();
        }
        std::string out;
        for (const SeenLayer &layer : *layers) {
            out += layer.diff_id.encoded().back();
        }
        return out;
    }

    std::vector<std::pair<Digest, Fd>> staged_;
};

TEST_F(SeenLayers, ComeFromTheTopEachOnceAndEndWhereAllIsHidden)
{
    const Store store = open();
    for (const int number : {1, 2, 3}) {
        stage(store, number);
    }
    stage(store, 4, true);
    EXPECT_EQ(seen(store, {}), "");
    EXPECT_EQ(seen(store, {1, 2, 3}), "321");
    EXPECT_EQ(seen(store, {1, 2, 1, 3, 2}), "231");
    EXPECT_EQ(seen(store, {1, 4, 2}), "24");
    EXPECT_EQ(seen(store, {4}), "4");
    EXPECT_NE(seen(store, {1, 5}).find("is not in the store"), std::string::npos);
}

TEST_F(SeenLayers, LowerdirsOfAChainThatIsNotThereAreDamage)
{
    const Store store = open();
    const auto lower = lowerdirs(store, {digest(1)});
    ASSERT_FALSE(lower);
    EXPECT_EQ(lower.error().blame(), Blame::kDamaged);
}

}  // namespace
}  // namespace rt::store
