// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>

#include "cgroup/cgroup.h"
#include "cgroup/ownership.h"
#include "kernel/calls_process.h"
#include "real_cgroup.h"

namespace rt::cgroup {
namespace {

TEST_F(RealCgroup, ProbeFindsWhatIsMounted)
{
    for (const plan::Hierarchy &hierarchy : host_.hierarchies) {
        EXPECT_TRUE(exists(hierarchy.mount + "/cgroup.procs")) << hierarchy.mount;
        EXPECT_TRUE(exists(hierarchy.mount + hierarchy.own)) << hierarchy.own;
        EXPECT_FALSE(hierarchy.controllers.empty() && !hierarchy.v2) << hierarchy.mount;
    }
}

TEST_F(RealCgroup, LookMakesNothing)
{
    linux_.cgroups_path = name_ + "/a/b";
    ASSERT_TRUE(plan().ok());
    EXPECT_FALSE(exists(host_.hierarchies[0].mount + name_));
    EXPECT_EQ(cgroup_->record().parents.size(), 2 * host_.hierarchies.size());
}

TEST_F(RealCgroup, TheProcessIsInEveryHierarchy)
{
    make(true);
    for (const plan::CgroupDir &dir : plan_.dirs) {
        EXPECT_EQ(content(dir.path + "/cgroup.procs"), std::to_string(children_.at(0))) << dir.path;
    }
}

TEST_F(RealCgroup, ParentsComeAndGo)
{
    linux_.cgroups_path = name_ + "/a/b";
    make(true);
    const std::string top = host_.hierarchies[0].mount + name_;
    EXPECT_TRUE(exists(top + "/a/b"));
    ASSERT_TRUE(destroy(cgroup_->record(), kLong).ok());
    for (const plan::Hierarchy &hierarchy : host_.hierarchies) {
        EXPECT_FALSE(exists(hierarchy.mount + name_)) << hierarchy.mount;
    }
}

TEST_F(RealCgroup, ParentsOfOthersStay)
{
    linux_.cgroups_path = name_ + "/a";
    const std::string top = host_.hierarchies[0].mount + name_;
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, top, 0755).ok());
    make(false);
    ASSERT_TRUE(destroy(cgroup_->record(), kLong).ok());
    EXPECT_TRUE(exists(top));
    EXPECT_TRUE(kernel::unlinkat(kernel::kCwd, top, AT_REMOVEDIR).ok());
}

TEST_F(RealCgroup, LimitsOfV1AreInForce)
{
    if (dir_of("memory").empty() && !is_v1("memory")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    oci::Resources &r = *linux_.resources;
    r.memory = {.limit = 64 << 20, .reservation = 32 << 20, .swap = 128 << 20, .swappiness = 10};
    r.cpu = oci::CpuResources{.shares = 512, .burst = 1000, .period = 50000, .quota = 20000, .cpus = "0"};
    r.pids.emplace().limit = 5;
    make(true);
    EXPECT_EQ(content(dir_of("memory") + "/memory.limit_in_bytes"), "67108864");
    EXPECT_EQ(content(dir_of("memory") + "/memory.memsw.limit_in_bytes"), "134217728");
    EXPECT_EQ(content(dir_of("memory") + "/memory.soft_limit_in_bytes"), "33554432");
    EXPECT_EQ(content(dir_of("memory") + "/memory.swappiness"), "10");
    EXPECT_EQ(content(dir_of("cpu") + "/cpu.shares"), "512");
    EXPECT_EQ(content(dir_of("cpu") + "/cpu.cfs_quota_us"), "20000");
    EXPECT_EQ(content(dir_of("cpu") + "/cpu.cfs_period_us"), "50000");
    EXPECT_EQ(content(dir_of("cpu") + "/cpu.cfs_burst_us"), "1000");
    EXPECT_EQ(content(dir_of("cpuset") + "/cpuset.cpus"), "0");
    EXPECT_EQ(content(dir_of("cpuset") + "/cpuset.mems"),
              content(host_.hierarchies[hierarchy_of("cpuset")].mount + "/cpuset.mems"));
    EXPECT_EQ(content(dir_of("pids") + "/pids.max"), "5");
}

// spec: CgroupsOwnershipFallback
TEST(Ownership, WithoutAListThreeFilesAreIt)
{
    const std::vector<std::string> three{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
    EXPECT_EQ(delegated_files("/nonexistent/delegate"), three);
    std::vector<std::string> listed = delegated_files();
    EXPECT_NE(std::ranges::find(listed, "cgroup.procs"), listed.end());
    EXPECT_EQ(std::ranges::find(listed, ""), listed.end());
}

// spec: CgroupsOwnershipFiles, CgroupsOwnershipMissing, CgroupsOwnershipExisting, CgroupsOwnershipOthers
TEST_F(RealCgroup, IsGivenAwayWithItsFilesThatAreThere)
{
    make(false);
    const std::string &dir = cgroup_->record().dirs.front();
    const auto opened = kernel::openat(kernel::kCwd, dir, O_RDONLY | O_DIRECTORY);
    ASSERT_TRUE(opened.ok());
    const Status given = give_to(*opened, 1000, {"cgroup.missing", "cgroup.procs"});
    ASSERT_TRUE(given.ok()) << given.error().text();
    const auto owner = [&](const std::string &file) { return kernel::fstatat(*opened, file, 0)->st_uid; };
    EXPECT_EQ(owner("."), 1000U);
    EXPECT_EQ(owner("cgroup.procs"), 1000U);
    const auto entries = kernel::list(*opened);
    ASSERT_TRUE(entries.ok());
    for (const kernel::DirEntry &entry : *entries) {
        EXPECT_EQ(owner(entry.name), entry.name == "cgroup.procs" ? 1000U : 0U) << entry.name;
    }
}

TEST_F(RealCgroup, DeviceRulesOfV1AreInTheList)
{
    if (!is_v1("devices")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    linux_.resources->devices = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = oci::DeviceType::kBlock, .major = 8, .minor = 0, .access = "r"}};
    make(false);
    const std::string list = content(dir_of("devices") + "/devices.list");
    EXPECT_EQ(list.find("a *:*"), std::string::npos);
    for (const char *line : {"b 8:0 r", "c *:* m", "c 1:3 rwm", "c 136:* rwm"}) {
        EXPECT_NE(list.find(line), std::string::npos) << line << " not in\n" << list;
    }
}

TEST_F(RealCgroup, ErrorsNameValueFileAndProperty)
{
    if (!is_v1("cpuset")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    linux_.resources->cpu.emplace().cpus = "4000";
    ASSERT_TRUE(plan().ok());
    ASSERT_TRUE(cgroup_->make_birthplace().ok());
    const auto rest = cgroup_->make_rest();
    ASSERT_FALSE(rest.ok());
    EXPECT_EQ(rest.error().pointer(), "/linux/resources/cpu/cpus");
    EXPECT_TRUE(rest.error().text().starts_with("/linux/resources/cpu/cpus: writing \"4000\" to \"" +
                                                dir_of("cpuset") + "/cpuset.cpus\": "))
        << rest.error().text();
}

// spec: CgroupsPathUnfit
TEST_F(RealCgroup, OneWithProcessesIsRefused)
{
    make(true);
    Cgroup other(plan_, host_);
    const Status status = other.look();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().pointer(), "/linux/cgroupsPath");
    EXPECT_NE(status.error().text().find("holds 1 process"), std::string::npos) << status.error().text();
    EXPECT_EQ(ended_by(children_[0], false), 0);
}

// spec: CgroupsPathUnfit
TEST_F(RealCgroup, AFrozenOneIsRefused)
{
    make(false);
    ASSERT_TRUE(freeze(cgroup_->record(), kLong).ok());
    EXPECT_EQ(*frozen(cgroup_->record()), Frozen::kByItself);
    Cgroup other(plan_, host_);
    const Status status = other.look();
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().text().find("is frozen"), std::string::npos) << status.error().text();
}

// cgroup.kill of a directory that is still there, or came back: a child born into it dies at once.
TEST_F(RealCgroup, OneThatWasKilledCanBeUsedAgain)
{
    make(true);
    const std::string &unified = cgroup_->record().unified;
    if (unified.empty() || !exists(unified + "/cgroup.kill")) {
        GTEST_SKIP() << "needs cgroup.kill";
    }
    ASSERT_TRUE(kill_all(cgroup_->record(), SIGKILL).ok());
    EXPECT_EQ(ended_by(children_.back(), true), SIGKILL);
    children_.pop_back();
    char *const argv[] = {const_cast<char *>("cat"), const_cast<char *>("/proc/self/cgroup"), nullptr};
    int ends[2] = {};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    kernel::Spawn request;
    request.path = "/bin/cat";
    request.argv = argv;
    request.envp = argv + 2;
    request.cgroup = birthplace_;
    request.stdio[1] = ends[1];
    auto child = kernel::spawn(request);
    ASSERT_TRUE(child.ok()) << child.error().text();
    auto status = kernel::reap(child->pidfd);
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(*status, 0);
    char said[4096] = {};
    EXPECT_GT(::read(ends[0], said, sizeof said - 1), 0);
    EXPECT_NE(std::string(said).find("0::" + name_ + "\n"), std::string::npos) << said;
    ::close(ends[0]);
    ::close(ends[1]);
}

// spec: CgroupsPathUnfit
TEST_F(RealCgroup, AnEmptyOneIsTaken)
{
    make(false);
    Cgroup other(plan_, host_);
    EXPECT_TRUE(other.look().ok());
    EXPECT_TRUE(other.make_birthplace().ok());
    EXPECT_TRUE(other.make_rest().ok());
}

TEST_F(RealCgroup, ABystanderThatComesBetweenSurvives)
{
    ASSERT_TRUE(plan().ok());
    const std::string dir = plan_.dirs.back().path;
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, dir, 0755).ok());
    auto tasks = kernel::openat(kernel::kCwd, dir + "/cgroup.procs", O_WRONLY);
    ASSERT_TRUE(tasks.ok());
    std::vector<Fd> one;
    one.push_back(std::move(tasks).take());
    start(one);
    ASSERT_TRUE(cgroup_->make_birthplace().ok());
    EXPECT_FALSE(cgroup_->make_rest().ok());
    ASSERT_TRUE(destroy(cgroup_->record(), kLong).ok());
    EXPECT_EQ(ended_by(children_[0], false), 0);
    end(children_[0]);
    children_.clear();
    EXPECT_TRUE(destroy({.dirs = {dir}}, kLong).ok());
}

TEST_F(RealCgroup, TasksCanBeOpenedFromTheRecord)
{
    make(false);
    auto tasks = open_tasks(cgroup_->record());
    ASSERT_TRUE(tasks.ok());
    start(std::move(tasks).take());
    EXPECT_EQ(content(plan_.dirs.back().path + "/cgroup.procs"), std::to_string(children_.at(0)));
}

}  // namespace
}  // namespace rt::cgroup
