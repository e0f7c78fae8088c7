// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <cerrno>

#include "cgroup/life.h"
#include "real_cgroup.h"

namespace rt::cgroup {
namespace {

/// The record as it is on a machine with v1 alone.
CgroupRecord without_v2(CgroupRecord record)
{
    std::erase(record.dirs, record.unified);
    record.unified.clear();
    return record;
}

TEST_F(RealCgroup, ProcessesAreListedThroughAllLevels)
{
    make(true);
    const std::string below = plan_.dirs[*plan_.born_in].path + "/a";
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, below, 0755).ok());
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, below + "/b", 0755).ok());
    const auto dir = kernel::openat(kernel::kCwd, below + "/b", O_RDONLY | O_DIRECTORY);
    ASSERT_TRUE(dir.ok());
    children_.push_back(start_child(dir->get(), {}));
    std::sort(children_.begin(), children_.end());
    EXPECT_EQ(*processes(cgroup_->record()), children_);
}

TEST_F(RealCgroup, FreezeStopsAndThawGoesOn)
{
    make(true);
    for (const CgroupRecord &record : {cgroup_->record(), without_v2(cgroup_->record())}) {
        if (record.unified.empty() && record.freezer.empty()) {
            continue;
        }
        const Status stopped = freeze(record, kLong);
        ASSERT_TRUE(stopped.ok()) << stopped.error().text();
        EXPECT_EQ(*frozen(record), Frozen::kByItself);
        ASSERT_TRUE(thaw(record).ok());
        EXPECT_EQ(*frozen(record), Frozen::kNo);
    }
}

TEST_F(RealCgroup, SignalsReachEveryProcess)
{
    make(true);
    ASSERT_TRUE(kill_all(cgroup_->record(), SIGTERM).ok());
    EXPECT_EQ(ended_by(children_[0], true), SIGTERM);
    EXPECT_TRUE(kill_all(cgroup_->record(), SIGTERM).ok());
    children_.clear();
}

TEST_F(RealCgroup, KillReachesFrozenProcessesOfEitherKind)
{
    for (const bool v1 : {false, true}) {
        make(true);
        const CgroupRecord record = v1 ? without_v2(cgroup_->record()) : cgroup_->record();
        if (!record.unified.empty() || !record.freezer.empty()) {
            ASSERT_TRUE(freeze(record, kLong).ok());
            ASSERT_TRUE(kill_all(record, SIGKILL).ok());
            EXPECT_EQ(ended_by(children_.back(), true), SIGKILL);
            children_.pop_back();
        }
        // Since Linux 6.14 a directory whose cgroup.kill was used also kills who is born in it from
        // elsewhere: each kind gets its own.
        ASSERT_TRUE(destroy(cgroup_->record(), kLong).ok());
    }
}

/// A child in each of `tasks` that goes on with `live(ready)`, and writes there when it is on its way.
template <class Live>
pid_t start_in(const std::vector<Fd> &tasks, Live live)
{
    int ready[2];
    const pid_t pid = ::pipe(ready) == 0 ? ::fork() : -1;
    if (pid != 0) {
        char x = 0;
        ::close(ready[1]);
        const bool up = ::read(ready[0], &x, 1) == 1;
        ::close(ready[0]);
        return up ? pid : -1;
    }
    for (const Fd &fd : tasks) {
        (void)!::write(fd.get(), "0", 1);
    }
    live(ready[1]);
    ::_exit(1);
}

/// Lives on in one child after another: a list of process numbers is old when it is read.
void hop(int ready)
{
    for (bool told = false;; told = true) {
        if (::fork() > 0) {
            ::_exit(0);
        }
        if (!told) {
            (void)!::write(ready, "x", 1);
        }
    }
}

/// A page fault in the kernel that nobody answers: it can be killed, and not be frozen.
void hang(int ready)
{
    constexpr std::size_t kPage = 4096;
    void *page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
    uffdio_api api{.api = UFFD_API, .features = 0, .ioctls = 0};
    uffdio_register range{.range = {reinterpret_cast<std::uintptr_t>(page), kPage},
                          .mode = UFFDIO_REGISTER_MODE_MISSING,
                          .ioctls = 0};
    if (::ioctl(faults, UFFDIO_API, &api) == 0 && ::ioctl(faults, UFFDIO_REGISTER, &range) == 0) {
        (void)!::write(ready, "x", 1);
        (void)::sysinfo(static_cast<struct sysinfo *>(page));
    }
}

/// None left, in a minute.
bool empties(const CgroupRecord &record)
{
    bool empty = false;
    for (int i = 0; i < 60'000 && !empty; ++i) {
        ::usleep(1000);
        empty = processes(record)->empty();
    }
    return empty;
}

class Hoppers : public RealCgroup {
protected:
    void SetUp() override
    {
        RealCgroup::SetUp();
        if (!IsSkipped()) {
            make(false);
            record_ = without_v2(cgroup_->record());
            if (record_.freezer.empty()) {
                GTEST_SKIP() << "needs the v1 freezer";
            }
            ::signal(SIGCHLD, SIG_IGN);  // whoever hops would leave more zombies than there are numbers
            ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        }
    }
    void TearDown() override
    {
        (void)::prctl(PR_SET_CHILD_SUBREAPER, 0);
        ::signal(SIGCHLD, SIG_DFL);
        RealCgroup::TearDown();
    }
    /// Kills `count` of them, and a process that cannot be frozen if `stuck`.
    void kill_round(int count, bool stuck)
    {
        const auto tasks = open_tasks(record_);
        ASSERT_TRUE(tasks.ok());
        if (stuck && start_in(*tasks, hang) < 0) {
            GTEST_SKIP() << "needs userfaultfd";
        }
        for (int i = 0; i < count; ++i) {
            ASSERT_GT(start_in(*tasks, hop), 0);
        }
        ASSERT_TRUE(kill_all(record_, SIGKILL).ok());
        ASSERT_TRUE(empties(record_));
    }

    CgroupRecord record_;
};

TEST_F(Hoppers, AreReachedByKill)
{
    for (int round = 0; round < 20 && !HasFailure(); ++round) {
        kill_round(1, false);
    }
}

TEST_F(Hoppers, AreReachedByKillBesideOneThatCannotBeFrozen)
{
    for (int round = 0; round < 5 && !HasFailure() && !IsSkipped(); ++round) {
        kill_round(8, true);
    }
}

TEST_F(RealCgroup, DestroyTakesProcessesAndSubCgroupsAlong)
{
    for (const bool v1 : {false, true}) {
        make(true);
        for (const plan::CgroupDir &dir : plan_.dirs) {
            std::string below = dir.path;
            for (const char *name : {"/a", "/b", "/c"}) {
                ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, below += name, 0755).ok());
            }
        }
        const CgroupRecord all = cgroup_->record();
        if (v1) {
            ASSERT_TRUE(destroy(without_v2(all), kLong).ok());
        }
        const Status status = destroy(all, kLong);
        ASSERT_TRUE(status.ok()) << status.error().text();
        EXPECT_EQ(ended_by(children_.back(), true), SIGKILL);
        children_.pop_back();
        for (const std::string &dir : all.dirs) {
            EXPECT_FALSE(exists(dir)) << dir;
        }
    }
}

TEST_F(RealCgroup, DestroyThawsWhatACrashLeftFrozen)
{
    make(true);
    if (cgroup_->record().freezer.empty()) {
        GTEST_SKIP() << "needs the freezer of cgroup v1";
    }
    ASSERT_TRUE(freeze(without_v2(cgroup_->record()), kLong).ok());
    const Status status = destroy(cgroup_->record(), kLong);
    EXPECT_TRUE(status.ok()) << status.error().text();
}

TEST_F(RealCgroup, DestroyFindsProcessesThatTheUnifiedTreeLost)
{
    make(false);
    if (cgroup_->record().freezer.empty()) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    auto tasks = open_tasks(cgroup_->record());
    ASSERT_TRUE(tasks.ok());
    children_.push_back(start_child(-1, *tasks));
    EXPECT_TRUE(destroy(cgroup_->record(), kLong).ok());
    EXPECT_EQ(ended_by(children_.back(), true), SIGKILL);
    children_.clear();
}

TEST_F(RealCgroup, DestroyTwiceIsFine)
{
    make(true);
    EXPECT_TRUE(destroy(cgroup_->record(), kLong).ok());
    EXPECT_TRUE(destroy(cgroup_->record(), kLong).ok());
    EXPECT_TRUE(destroy({}, kLong).ok());
}

TEST(Destroy, TouchesNothingButCgroups)
{
    char path[] = "/tmp/rt-destroy-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    EXPECT_FALSE(destroy({.dirs = {path}}, kLong).ok());
    EXPECT_FALSE(destroy({.unified = path}, kLong).ok());
    (void)destroy({.parents = {path}}, kLong);
    EXPECT_EQ(::rmdir(path), 0);
}

TEST_F(RealCgroup, HugePagesAreLimitedInTheUnifiedTree)
{
    make(false);
    if (!plan_.born_in) {
        GTEST_SKIP() << "needs cgroup v2";
    }
    const plan::Hierarchy &v2 = host_.hierarchies[plan_.dirs[*plan_.born_in].hierarchy];
    if (std::ranges::find(v2.controllers, "hugetlb") == v2.controllers.end() ||
        !exists("/sys/kernel/mm/hugepages/hugepages-2048kB")) {
        GTEST_SKIP() << "needs hugetlb in the unified tree";
    }
    ASSERT_TRUE(destroy(cgroup_->record(), kLong).ok());
    linux_.resources->hugepage_limits = {{"2MB", 4 << 20}};
    make(true);
    EXPECT_EQ(content(plan_.dirs[*plan_.born_in].path + "/hugetlb.2MB.rsvd.max"), "4194304");
}

}  // namespace
}  // namespace rt::cgroup
