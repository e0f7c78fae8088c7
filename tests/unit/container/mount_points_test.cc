// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "container/mount_points.h"

namespace rt::container {
namespace {

namespace fs = std::filesystem;

class MountPoints : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/mount-points.XXXXXX";
        dir_ = ::mkdtemp(name);
        fs::create_directories(dir_ / "rootfs/etc");
        fs::create_directories(dir_ / "outside");
        std::ofstream(dir_ / "file") << "x";
    }
    void TearDown() override { fs::remove_all(dir_); }

    void mount(const char *destination, const std::string &source)
    {
        config_.mounts.push_back({.destination = destination, .source = source});
    }
    Status make() { return make_mount_points((dir_ / "rootfs").string(), config_); }

    fs::path dir_;
    oci::Config config_;
};

TEST_F(MountPoints, DirectoriesAndFilesThatAreMissing)
{
    mount("/proc", "proc");
    mount("/a//b/c/", dir_.string());
    mount("/etc/hosts", (dir_ / "file").string());
    ASSERT_TRUE(make());
    EXPECT_TRUE(fs::is_directory(dir_ / "rootfs/proc"));
    EXPECT_TRUE(fs::is_directory(dir_ / "rootfs/a/b/c"));
    EXPECT_TRUE(fs::is_regular_file(dir_ / "rootfs/etc/hosts"));
    EXPECT_TRUE(make());
}

TEST_F(MountPoints, NotBelowAnotherMount)
{
    mount("/dev", "tmpfs");
    mount("/dev/shm", "shm");
    mount("/device", "tmpfs");
    ASSERT_TRUE(make());
    EXPECT_TRUE(fs::is_directory(dir_ / "rootfs/dev"));
    EXPECT_FALSE(fs::exists(dir_ / "rootfs/dev/shm"));
    EXPECT_TRUE(fs::is_directory(dir_ / "rootfs/device"));
}

TEST_F(MountPoints, NoLinkLeadsOut)
{
    fs::create_symlink(dir_ / "outside", dir_ / "rootfs/link");
    fs::create_symlink("../../outside", dir_ / "rootfs/etc/up");
    mount("/link/made", "tmpfs");
    mount("/etc/up/made", "tmpfs");
    (void)make();
    EXPECT_TRUE(fs::is_empty(dir_ / "outside"));
}

TEST_F(MountPoints, LinksInsideAreFollowed)
{
    fs::create_directories(dir_ / "rootfs/run");
    fs::create_directories(dir_ / "rootfs/var");
    fs::create_symlink("/run", dir_ / "rootfs/var/run");
    mount("/var/run/secrets", "tmpfs");
    ASSERT_TRUE(make());
    EXPECT_TRUE(fs::is_directory(dir_ / "rootfs/run/secrets"));
}

}  // namespace
}  // namespace rt::container
