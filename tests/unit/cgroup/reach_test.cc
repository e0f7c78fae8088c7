// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cgroup/reach.h"

namespace rt::cgroup {
namespace {

// spec: RootlessOption
TEST(Reach, WhatIsOutOfItIsWithheldAndNothingElseIsDecided)
{
    for (const bool rootless : {false, true}) {
        plan::CgroupHost host;
        host.hierarchies.push_back({.controllers = {"devices"}, .mount = "/proc/nowhere", .own = "/"});
        host.rootless = rootless;
        oci::Linux linux_;
        linux_.cgroups_path = "/a";
        ASSERT_TRUE(keep_within_reach(host, linux_, "box").ok());
        EXPECT_TRUE(host.hierarchies.empty());
        ASSERT_EQ(host.withheld.size(), 1U);
        EXPECT_EQ(host.withheld[0].hierarchy.controllers, std::vector<std::string>{"devices"});
        EXPECT_EQ(host.rootless, rootless);
    }
}

}  // namespace
}  // namespace rt::cgroup
