// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_tree.h"
#include "new_store.h"
#include "store/staging.h"

namespace rt::store {
namespace {

class StagingTest : public NewStore {
protected:
    std::string names(const char *directory) const
    {
        std::string out;
        auto entries = kernel::list_at(kernel::kCwd, path_ + "/" + directory);
        EXPECT_TRUE(entries);
        for (const kernel::DirEntry &entry : *entries) {
            out += entry.name + " ";
        }
        return out;
    }
    Store impatient() const
    {
        return std::move(Store::open(path_, Store::Use::kWrite, Patience::of(std::chrono::seconds(0))))
            .take();
    }
};

TEST_F(StagingTest, GoesWithItsObjectUnlessItIsCommitted)
{
    const Store store = open();
    {
        auto staging = Staging::wait(store, "x");
        ASSERT_TRUE(staging);
        EXPECT_TRUE(kernel::mkdirat(staging->dir(), "below", 0700));
        EXPECT_EQ(names("staging"), "x ");
    }
    EXPECT_EQ(names("staging"), "");
    {
        auto staging = Staging::wait(store, "x");
        ASSERT_TRUE(staging);
        EXPECT_EQ(*staging->commit(store.layers(), "layer"), true);
    }
    EXPECT_EQ(names("layers"), "layer ");
    auto again = Staging::wait(store, "x");
    ASSERT_TRUE(again);
    EXPECT_EQ(*again->commit(store.layers(), "layer"), false);  // what is there stays
}

TEST_F(StagingTest, IsOnePersonsAndWhatAKilledOneLeftIsGone)
{
    const Store store = impatient();
    EXPECT_TRUE(kernel::mkdirat(store.staging(), "x", 0700));
    EXPECT_TRUE(kernel::mkdirat(store.staging(), "x/left", 0700));
    auto staging = Staging::wait(store, "x");
    ASSERT_TRUE(staging);
    EXPECT_TRUE(kernel::list(staging->dir())->empty());
    const auto second = Staging::wait(store, "x");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().blame(), Blame::kInUse);
    EXPECT_TRUE(Staging::fresh(store));
}

TEST_F(StagingTest, SweepingTakesWhatNobodyHas)
{
    const Store store = open();
    auto kept = Staging::wait(store, "kept");
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kernel::mkdirat(store.staging(), "left", 0700));
    EXPECT_TRUE(sweep_staging(store));
    EXPECT_EQ(names("staging"), "kept ");
}

}  // namespace
}  // namespace rt::store
