// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/cgroup.h"

namespace rt::plan {

inline CgroupHost v1_host()
{
    CgroupHost host;
    for (const char *name : {"memory", "devices", "freezer", "blkio", "cpuset", "pids", "hugetlb", "rdma"}) {
        host.hierarchies.push_back(
            {.controllers = {name}, .mount = std::string("/sys/fs/cgroup/") + name, .own = "/"});
    }
    host.hierarchies.push_back(
        {.controllers = {"cpu", "cpuacct"}, .mount = "/sys/fs/cgroup/cpu,cpuacct", .own = "/"});
    host.hierarchies.push_back(
        {.controllers = {"net_cls", "net_prio"}, .mount = "/sys/fs/cgroup/net_cls,net_prio", .own = "/"});
    host.hierarchies.push_back(
        {.controllers = {"name=systemd"}, .mount = "/sys/fs/cgroup/systemd", .own = "/user.slice"});
    return host;
}

inline CgroupHost v2_host()
{
    return {{{.v2 = true,
              .controllers = {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"},
              .mount = "/sys/fs/cgroup",
              .own = "/user.slice/session.scope"}}};
}

/// v1 without hugetlb, which the unified tree has.
inline CgroupHost hybrid_host()
{
    CgroupHost host;
    for (const char *name : {"memory", "devices", "freezer", "pids"}) {
        host.hierarchies.push_back(
            {.controllers = {name}, .mount = std::string("/sys/fs/cgroup/") + name, .own = "/"});
    }
    host.hierarchies.push_back(
        {.v2 = true, .controllers = {"hugetlb"}, .mount = "/sys/fs/cgroup/unified", .own = "/"});
    return host;
}

}  // namespace rt::plan
