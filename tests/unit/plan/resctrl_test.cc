// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "plan/resctrl.h"

namespace rt::plan {
namespace {

using Group = ResctrlPlan::Group;
using Lines = std::vector<std::string>;

constexpr const char *kMount = "/sys/fs/resctrl";

ResctrlPlan planned(oci::IntelRdt rdt)
{
    oci::Linux linux_;
    linux_.intel_rdt = std::move(rdt);
    auto plan = plan_resctrl(linux_, "web", kMount);
    EXPECT_TRUE(plan.ok() && *plan);
    return plan.ok() && *plan ? **plan : ResctrlPlan{};
}

// spec: IntelRdtUntouched
TEST(Resctrl, NothingWithoutIntelRdt)
{
    const auto plan = plan_resctrl(oci::Linux{}, "web", "");
    ASSERT_TRUE(plan.ok());
    EXPECT_FALSE(plan->has_value());
}

// spec: IntelRdtNoResctrl
TEST(Resctrl, NeedsAMountAndAnIdThatResctrlLeavesFree)
{
    oci::Linux linux_;
    linux_.intel_rdt.emplace();
    EXPECT_EQ(plan_resctrl(linux_, "web", "").error().pointer(), "/linux/intelRdt");
    EXPECT_EQ(plan_resctrl(linux_, "info", kMount).error().pointer(), "/linux/intelRdt");
    linux_.intel_rdt->clos_id = "gold";
    EXPECT_TRUE(plan_resctrl(linux_, "info", kMount).ok());
}

// spec: IntelRdtDefaultClos, IntelRdtContainerDir, IntelRdtMonitoring
TEST(Resctrl, NamesTheGroupAndWhatIsAskedOfIt)
{
    EXPECT_EQ(planned({}).group, "web");
    EXPECT_EQ(planned({}).asked, Group::kNew);
    EXPECT_EQ(planned({}).monitor, "");
    EXPECT_EQ(planned({.enable_monitoring = true}).monitor, "web");
    EXPECT_EQ(planned({.clos_id = "/"}).group, "");
    EXPECT_EQ(planned({.clos_id = "/"}).asked, Group::kPresent);
    EXPECT_EQ(planned({.clos_id = "gold", .schemata = {"L3:0=1"}}).asked, Group::kAny);
}

// spec: IntelRdtSchemata, IntelRdtNoSchema
TEST(Resctrl, WritesL3ThenBandwidthThenSchemata)
{
    EXPECT_EQ(planned({.clos_id = "gold"}).lines, Lines{});
    EXPECT_EQ(
        planned({.schemata = {"L3:0=2"}, .l3_cache_schema = "L3:0=1\nL2:0=1", .mem_bw_schema = "MB:0=10"})
            .lines,
        (Lines{"L3:0=1", "L2:0=1", "MB:0=10", "L3:0=2"}));
}

// spec: IntelRdtClosCompare
TEST(Resctrl, ComparesDomainByDomain)
{
    constexpr std::string_view kThere = "    MB:0= 20;1=100\n    L3:0=007f;1=7ff\n";
    for (const char *line : {"L3:0=7f", "L3:1=7FF;0=0x7f", " L3 : 0 = 7f ", "MB:0=20;1=100", "MB:00=020;"}) {
        EXPECT_TRUE(holds(kThere, line)) << line;
    }
    for (const char *line : {"L3:0=7e", "L3:2=7f", "L2:0=7f", "MB:0=20;1=10", "MB:0=2", "L3CODE:0=7f"}) {
        EXPECT_FALSE(holds(kThere, line)) << line;
    }
}

}  // namespace
}  // namespace rt::plan
