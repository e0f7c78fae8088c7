// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "container/externals.h"
#include "container/mount_table.h"

namespace rt::container {
namespace {

constexpr const char *kHost = "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                              "31 30 0:5 / /dev rw shared:2 - devtmpfs dev rw\n"
                              "32 30 0:20 / /proc rw - proc proc rw\n"
                              "33 30 0:27 / /sys/fs/cgroup rw - cgroup2 none rw\n"
                              "34 30 8:2 / /srv/two\\040words rw - ext4 /dev/sda2 rw\n"
                              "35 30 8:2 /deep /srv/deep rw - ext4 /dev/sda2 rw\n";

std::vector<ExternalMount> external(const char *container, const oci::Config &config = {})
{
    return external_mounts(parse_mount_table(container), parse_mount_table(kHost), config);
}

using Mounts = std::vector<ExternalMount>;

TEST(MountTable, ReadsLines)
{
    const auto table = parse_mount_table(kHost);
    ASSERT_EQ(table.size(), 6U);
    EXPECT_EQ(table[4].id, 34);
    EXPECT_EQ(table[4].device, "8:2");
    EXPECT_EQ(table[4].point, "/srv/two words");
    EXPECT_EQ(table[1].type, "devtmpfs");
    EXPECT_TRUE(parse_mount_table("no line\n\n7 8\n").empty());
}

TEST(ExternalMounts, FileSystemsOfTheHost)
{
    EXPECT_EQ(
        external("51 36 8:1 /b/rootfs / rw - ext4 x rw\n"
                 "53 51 0:40 / /dev rw - tmpfs tmpfs rw\n"
                 "60 51 0:5 /null /proc/kcore rw - devtmpfs dev rw\n"
                 "61 51 8:2 /a /data rw - ext4 x rw\n"
                 "62 51 8:2 /deep/er /deeper rw - ext4 x rw\n"),
        (Mounts{{"/proc/kcore", "/dev/null"}, {"/data", "/srv/two words/a"}, {"/deeper", "/srv/deep/er"}}));
}

TEST(ExternalMounts, NotWhatIsItsOwn)
{
    EXPECT_EQ(external("51 36 8:1 /b/rootfs / rw - ext4 x rw\n"
                       "52 51 0:20 / /proc rw - proc proc rw\n"
                       "54 51 8:1 /b/rootfs/lib /lib2 rw - ext4 x rw\n"),
              Mounts());
}

TEST(ExternalMounts, TheCgroupsWhichAreBindsOfTheHosts)
{
    EXPECT_EQ(external("51 36 8:1 /b/rootfs / rw - ext4 x rw\n"
                       "53 51 0:27 /box /sys/fs/cgroup rw - cgroup2 none rw\n"),
              (Mounts{{"/sys/fs/cgroup", "/sys/fs/cgroup/box"}}));
}

TEST(ExternalMounts, BesideTheRootIsNotBelowIt)
{
    EXPECT_EQ(external("51 36 8:1 /b/rootfs / rw - ext4 x rw\n"
                       "54 51 8:1 /b/rootfs2 /lib2 rw - ext4 x rw\n"),
              (Mounts{{"/lib2", "/b/rootfs2"}}));
}

TEST(ExternalMounts, WhatTheConfigurationBindsAlways)
{
    oci::Config config;
    config.mounts.push_back({.destination = "/x/../host//proc/", .source = "/proc", .options = {"rbind"}});
    EXPECT_EQ(external("51 36 8:1 /b / rw - ext4 x rw\n"
                       "52 51 0:20 / /host/proc rw - proc proc rw\n",
                       config),
              (Mounts{{"/host/proc", "/proc"}}));
}

TEST(MountsToRestore, TheConfigurationHasTheLastWord)
{
    oci::Config config;
    config.mounts.push_back({.destination = "/data", .source = "new", .type = "bind"});
    config.mounts.push_back({.destination = "/own", .source = "tmpfs", .type = "tmpfs"});
    config.linux_.masked_paths = {"/proc/keys"};
    EXPECT_EQ(mounts_to_restore({{"/data", "/old"}, {"/rest", "/r"}}, config, "/b"),
              (Mounts{{"/data", "/b/new"}, {"/proc/keys", "/dev/null"}, {"/rest", "/r"}}));
}

TEST(DescriptorsToRestore, OnlyWhatIsOfTheHost)
{
    const auto given = descriptors_to_restore({{"pipe:[7]", ""}, {"/log", "file[2a:1f]"}, {"/dev/null", ""}});
    ASSERT_EQ(given.size(), 2U);
    EXPECT_EQ(given[0].key, "pipe:[7]");
    EXPECT_EQ(given[0].fd, 0);
    EXPECT_EQ(given[1].key, "file[2a:1f]");
    EXPECT_EQ(given[1].fd, 1);
}

TEST(HooksFurnishNetwork, OnlyANewOneAndOnlyWhereThereAreHooks)
{
    oci::Config config;
    config.hooks.prestart.push_back({.path = "/bin/true"});
    EXPECT_FALSE(hooks_furnish_network(config));
    config.linux_.namespaces = {{oci::NamespaceType::kPid, ""}, {oci::NamespaceType::kNetwork, ""}};
    EXPECT_TRUE(hooks_furnish_network(config));
    config.linux_.namespaces[1].path = "/run/netns/x";
    EXPECT_FALSE(hooks_furnish_network(config));
    config.linux_.namespaces[1].path = "";
    config.hooks.prestart.clear();
    EXPECT_FALSE(hooks_furnish_network(config));
}

}  // namespace
}  // namespace rt::container
