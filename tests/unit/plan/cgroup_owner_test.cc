// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#cgroup-ownership: to whom the cgroup goes, if to anybody.
#include <optional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "cgroup_hosts.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

/// All that it takes.
oci::Config delegated()
{
    oci::Config config;
    config.process.emplace().user.uid = 1000;
    config.linux_.namespaces = {{oci::NamespaceType::kPid, ""}, {oci::NamespaceType::kCgroup, ""}};
    oci::Mount &mount = config.mounts.emplace_back();
    mount.destination = "/sys/fs/cgroup";
    mount.source = "cgroup";
    mount.options = {"nosuid", "noexec"};
    return config;
}

struct Case {
    const char *name;
    void (*edit)(oci::Config &);
    std::optional<std::uint32_t> owner;
    CgroupHost (*host)() = v2_host;
};
void PrintTo(const Case &one, std::ostream *out) { *out << one.name; }

class Owner : public testing::TestWithParam<Case> {};

TEST_P(Owner, IsTheUserOfTheProgramOrNobody)
{
    oci::Config config = delegated();
    GetParam().edit(config);
    EXPECT_EQ(cgroup_owner(config, GetParam().host()), GetParam().owner);
}

void join_user_namespace(oci::Config &c)
{
    c.linux_.namespaces.push_back({oci::NamespaceType::kUser, "/proc/1/ns/user"});
}

void map_from_500(oci::Config &c)
{
    c.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    c.linux_.uid_mappings = {{0, 100000, 500}, {500, 300000, 501}};
}

// spec: CgroupsOwnership, CgroupsOwnershipUid, CgroupsOwnershipNamespace, CgroupsOwnershipMount
// spec: CgroupsOwnershipNoMount
INSTANTIATE_TEST_SUITE_P(
    Cgroup, Owner,
    testing::Values(Case{"as it is", [](oci::Config &) {}, 1000}, Case{"mapped", map_from_500, 300500},
                    Case{"not mapped",
                         [](oci::Config &c) {
                             map_from_500(c);
                             c.process->user.uid = 1001;
                         },
                         {}},
                    Case{"mapped by somebody else", join_user_namespace, {}},
                    Case{"v1", [](oci::Config &) {}, {}, v1_host},
                    Case{"hybrid", [](oci::Config &) {}, {}, hybrid_host},
                    Case{"no process", [](oci::Config &c) { c.process.reset(); }, {}},
                    Case{"no cgroup namespace", [](oci::Config &c) { c.linux_.namespaces.pop_back(); }, {}},
                    Case{"a joined one",
                         [](oci::Config &c) { c.linux_.namespaces.back().path = "/proc/1/ns/cgroup"; },
                         {}},
                    Case{"no mount", [](oci::Config &c) { c.mounts.clear(); }, {}},
                    Case{"elsewhere", [](oci::Config &c) { c.mounts[0].destination = "/cgroup"; }, {}},
                    Case{"of another source", [](oci::Config &c) { c.mounts[0].source = "cgroup2"; }, {}},
                    Case{"read-only", [](oci::Config &c) { c.mounts[0].options.emplace_back("ro"); }, {}},
                    Case{"read-only with all below",
                         [](oci::Config &c) { c.mounts[0].options.emplace_back("rro"); },
                         {}}));

}  // namespace
}  // namespace rt::plan
