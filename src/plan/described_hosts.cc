// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/str.h"
#include "oci/names.h"
#include "plan/explain.h"

namespace rt::plan {
namespace {

constexpr const char *kMount = "/sys/fs/cgroup";

struct Described {
    std::string_view name;
    Host host;
};

void add_v1(CgroupHost &cgroups)
{
    const Words v1[] = {{"cpuset"},  {"cpu", "cpuacct"},      {"blkio"},      {"memory"},  {"devices"},
                        {"freezer"}, {"net_cls", "net_prio"}, {"perf_event"}, {"hugetlb"}, {"pids"},
                        {"rdma"},    {"name=systemd"}};
    for (const Words &controllers : v1) {
        std::string mount = str(kMount, '/', controllers[0] == "name=systemd" ? "systemd" : controllers[0]);
        for (std::size_t i = 1; i < controllers.size(); ++i) {
            mount += str(',', controllers[i]);
        }
        cgroups.hierarchies.push_back({.controllers = controllers, .mount = std::move(mount), .own = "/"});
    }
}

void add_v2(CgroupHost &cgroups, std::string mount, Words controllers)
{
    cgroups.hierarchies.push_back(
        {.v2 = true, .controllers = std::move(controllers), .mount = std::move(mount), .own = "/"});
}

Host privileged(CgroupHost cgroups)
{
    Host host;
    host.cgroups = std::move(cgroups);
    host.last_capability = oci::kLastCapability;
    host.capabilities = (std::uint64_t{2} << oci::kLastCapability) - 1;
    host.privileged = true;
    host.resctrl = "/sys/fs/resctrl";
    return host;
}

std::array<Described, 4> make_all()
{
    CgroupHost v1, v2, hybrid;
    add_v1(v1);
    add_v2(v2, kMount, {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"});
    add_v1(hybrid);
    add_v2(hybrid, str(kMount, "/unified"), {});
    return {{{"v2", privileged(std::move(v2))},
             {"v1", privileged(std::move(v1))},
             {"hybrid", privileged(std::move(hybrid))},
             {"none", privileged({})}}};
}

const std::array<Described, 4> &all()
{
    static const std::array<Described, 4> kAll = make_all();
    return kAll;
}

}  // namespace

// spec: CliPlanGolden
const Host *described_host(std::string_view name)
{
    const auto *row = std::ranges::find(all(), name, &Described::name);
    return row == all().end() ? nullptr : &row->host;
}

std::vector<std::string_view> described_hosts()
{
    std::vector<std::string_view> names;
    for (const Described &row : all()) {
        names.push_back(row.name);
    }
    return names;
}

}  // namespace rt::plan
