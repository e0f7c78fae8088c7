// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include <gtest/gtest.h>

#include "cgroup/birthplace.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

Birthplace birthplace(std::optional<UnitRecord> unit, std::string path = "/sys/fs/cgroup/rt-a.scope")
{
    auto dir = kernel::openat(kernel::kCwd, "/", O_PATH);
    return {std::move(dir).take(), std::move(path), std::move(unit)};
}

// spec: SystemdSession
TEST(Birthplace, OfAUnitOfTheUserIsReachedBySystemdWhereARightIsMissing)
{
    const auto refused = [](int err) { return Error::kernel(err, "clone3()"); };
    const UnitRecord of_user{"rt-a.scope", true}, of_root{"rt-a.scope", false};
    EXPECT_TRUE(birthplace(of_user).is_reached_by_systemd(refused(EACCES)));
    EXPECT_TRUE(birthplace(of_user).is_reached_by_systemd(refused(EPERM)));
    EXPECT_FALSE(birthplace(of_user).is_reached_by_systemd(refused(EAGAIN)));
    EXPECT_FALSE(birthplace(of_root).is_reached_by_systemd(refused(EACCES)));
    EXPECT_FALSE(birthplace({}).is_reached_by_systemd(refused(EACCES)));
    EXPECT_FALSE(Birthplace{.unit = of_user}.is_reached_by_systemd(refused(EACCES)));
}

// spec: SystemdSession, AnnotationSubgroup
TEST(Birthplace, KnowsWhatOfItsPathIsBelowTheUnit)
{
    const auto below = [](const char *unit, const char *path) {
        return birthplace(UnitRecord{unit, true}, path).below_unit();
    };
    EXPECT_EQ(below("rt-a.scope", "/sys/fs/cgroup/user.slice/rt-a.scope"), "");
    EXPECT_EQ(below("rt-a.scope", "/sys/fs/cgroup/user.slice/rt-a.scope/inner"), "/inner");
    EXPECT_EQ(below("rt-a.scope", "/sys/fs/cgroup/rt-a.scope/inner/rt-a.scope/x"), "/inner/rt-a.scope/x");
    EXPECT_EQ(below("cpu.a.scope", "/sys/fs/cgroup/user.slice/_cpu.a.scope/inner"), "/inner");
}

// spec: ExecInterrupted
TEST(Birthplace, IsEnteredByNumberWhereItIsFrozen)
{
    char path[] = "/tmp/rt-birthplace-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
    ASSERT_TRUE(dir.ok());
    const Birthplace place{.dir = std::move(dir).take(), .path = path, .frozen = true};
    ASSERT_TRUE(kernel::openat(place.dir, "cgroup.procs", O_WRONLY | O_CREAT, 0600).ok());
    EXPECT_TRUE(place.bring(4242).ok());
    const auto procs = kernel::read_file(place.dir, "cgroup.procs", 100);
    ASSERT_TRUE(procs.ok());
    EXPECT_EQ(*procs, "4242");
    EXPECT_TRUE(kernel::unlinkat(place.dir, "cgroup.procs", 0).ok());
    EXPECT_EQ(place.bring(4242).error().err(), ENOENT);
    EXPECT_EQ(::rmdir(path), 0);
}

}  // namespace
}  // namespace rt::cgroup
