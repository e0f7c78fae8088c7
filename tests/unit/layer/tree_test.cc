// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "layer/tree.h"
#include "unpacked_tree.h"

namespace rt::layer {
namespace {

constexpr int kDeep = 400, kFewDescriptors = 64;

/// `levels` directories in each other, each with a file, in `top`.
void nest(const std::string &top, int levels)
{
    Fd here = kernel::openat(kernel::kCwd, top, O_RDONLY | O_DIRECTORY).take();
    for (int i = 0; i < levels; ++i) {
        ASSERT_TRUE(kernel::openat(here, "file", O_CREAT | O_WRONLY, 0600));
        ASSERT_TRUE(kernel::mkdirat(here, "deeper", 0700));
        here = kernel::openat(here, "deeper", O_RDONLY | O_DIRECTORY).take();
    }
}

TEST(RemoveTree, TakesFewDescriptorsHoweverDeepItGoes)
{
    const Scratch scratch;
    nest(scratch.path + "/root", kDeep);
    rlimit before = {};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few = {kFewDescriptors, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const Status removed = remove_tree(kernel::kCwd, scratch.path + "/root");
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(removed) << removed.error().text();
    EXPECT_FALSE(kernel::faccessat(kernel::kCwd, scratch.path + "/root", F_OK));
    EXPECT_TRUE(kernel::faccessat(kernel::kCwd, scratch.path + "/canary", F_OK));
}

TEST(RemoveTree, ALinkGoesAndNotWhatItLeadsTo)
{
    const Scratch scratch;
    ASSERT_TRUE(kernel::symlinkat("../canary", kernel::kCwd, scratch.path + "/root/link"));
    ASSERT_TRUE(kernel::symlinkat("..", kernel::kCwd, scratch.path + "/root/up"));
    EXPECT_TRUE(remove_tree(kernel::kCwd, scratch.path + "/root"));
    EXPECT_TRUE(kernel::faccessat(kernel::kCwd, scratch.path + "/canary", F_OK));
    EXPECT_TRUE(remove_tree(kernel::kCwd, scratch.path + "/root"));
}

}  // namespace
}  // namespace rt::layer
