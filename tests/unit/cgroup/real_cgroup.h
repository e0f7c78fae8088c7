// SPDX-License-Identifier: Apache-2.0
//
// Cgroups of the machine's own hierarchies, under names of ours, and processes in them.
#pragma once

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/frozen.h"
#include "cgroup/life.h"
#include "cgroup/probe.h"
#include "kernel/calls_fs.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

inline constexpr std::chrono::milliseconds kLong{60'000};

/// A child that waits for signals, born in the v2 directory `born_in` (or where we are, -1), that first
/// writes "0" into each of `tasks`.
inline pid_t start_child(int born_in, const std::vector<Fd> &tasks)
{
    clone_args args{};
    args.exit_signal = SIGCHLD;
    args.flags = born_in >= 0 ? CLONE_INTO_CGROUP : 0;
    args.cgroup = static_cast<std::uint64_t>(born_in);
    int ready[2];
    if (::pipe(ready) != 0) {
        return -1;
    }
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        for (const Fd &fd : tasks) {
            if (::write(fd.get(), "0", 1) != 1) {
                ::_exit(1);
            }
        }
        (void)!::write(ready[1], "x", 1);
        for (;;) {
            ::pause();
        }
    }
    ::close(ready[1]);
    char x = 0;
    const bool up = ::read(ready[0], &x, 1) == 1;
    ::close(ready[0]);
    return up ? static_cast<pid_t>(pid) : -1;
}

/// Kills and reaps a child; never one of the numbers that kill(2) takes for many.
inline void end(pid_t pid)
{
    if (pid > 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
}

/// 0 while it runs, else the signal that ended it, or -1 after an exit.
inline int ended_by(pid_t pid, bool wait)
{
    int status = 0;
    return ::waitpid(pid, &status, wait ? 0 : WNOHANG) == 0 ? 0 : WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

inline std::string content(const std::string &path)
{
    auto text = kernel::read_file(kernel::kCwd, path, 1 << 20);
    if (!text.ok()) {
        return text.error().text();
    }
    return text->substr(0, text->find_last_not_of('\n') + 1);
}

inline std::vector<std::string> words(const std::string &text)
{
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

inline bool exists(const std::string &path) { return kernel::faccessat(kernel::kCwd, path, F_OK).ok(); }

/// A plan on the machine's hierarchies, and the end of all that came of it.
class RealCgroup : public testing::Test {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "needs root";
        }
        auto host = probe();
        ASSERT_TRUE(host.ok());
        host_ = std::move(host).take();
        if (host_.hierarchies.empty()) {
            GTEST_SKIP() << "needs cgroups";
        }
        for (const plan::Hierarchy &hierarchy : host_.hierarchies) {
            if (hierarchy.v2 && host_.hierarchies.size() > 1) {
                handing_on_ = hierarchy.mount + "/cgroup.subtree_control";
                handed_on_ = words(content(handing_on_));
            }
        }
        name_ = str("/rt-test-", ::getpid());
        linux_.cgroups_path = name_;
        linux_.resources.emplace();
    }
    void TearDown() override
    {
        if (cgroup_) {
            const Status status = destroy(cgroup_->record(), kLong);
            EXPECT_TRUE(status.ok()) << status.error().text();
            for (const std::string &dir : cgroup_->record().dirs) {
                EXPECT_FALSE(exists(dir)) << dir;
            }
        }
        for (const pid_t pid : children_) {
            end(pid);
        }
        hand_on_no_more_than_before();
    }
    /// What the v2 tree of a hybrid machine hands on to any cgroup can't be mounted as v1 any more.
    void hand_on_no_more_than_before()
    {
        if (handing_on_.empty()) {
            return;
        }
        for (const std::string &controller : words(content(handing_on_))) {
            if (std::ranges::find(handed_on_, controller) == handed_on_.end()) {
                EXPECT_TRUE(kernel::write_file(kernel::kCwd, handing_on_, "-" + controller).ok());
            }
        }
    }

    Status plan()
    {
        TRY_LET(made, plan::plan_cgroup(linux_, "test", host_));
        plan_ = std::move(made);
        cgroup_ = std::make_unique<Cgroup>(plan_, host_);
        return cgroup_->look();
    }
    /// look() to make_rest(), with a child inside when `child`.
    void make(bool child)
    {
        Status planned = plan();
        ASSERT_TRUE(planned.ok()) << planned.error().text();
        auto birthplace = cgroup_->make_birthplace();
        ASSERT_TRUE(birthplace.ok()) << birthplace.error().text();
        birthplace_ = std::move(birthplace->dir);
        auto tasks = cgroup_->make_rest();
        ASSERT_TRUE(tasks.ok()) << tasks.error().text();
        if (child) {
            start(std::move(tasks).take());
        }
    }
    void start(const std::vector<Fd> &tasks)
    {
        const pid_t pid = start_child(birthplace_.get(), tasks);
        children_.push_back(pid);
        ASSERT_GT(pid, 0) << std::strerror(errno);
    }
    std::size_t hierarchy_of(std::string_view controller) const
    {
        for (std::size_t i = 0; i < host_.hierarchies.size(); ++i) {
            for (const std::string &name : host_.hierarchies[i].controllers) {
                if (name == controller && !host_.hierarchies[i].v2) {
                    return i;
                }
            }
        }
        return host_.hierarchies.size();
    }
    bool is_v1(std::string_view controller) const
    {
        return hierarchy_of(controller) < host_.hierarchies.size();
    }
    /// The directory of a v1 controller, or "".
    std::string dir_of(std::string_view controller) const
    {
        for (const plan::CgroupDir &dir : plan_.dirs) {
            if (dir.hierarchy == hierarchy_of(controller)) {
                return dir.path;
            }
        }
        return "";
    }

    plan::CgroupHost host_;
    std::string name_;
    oci::Linux linux_;
    plan::CgroupPlan plan_;
    std::unique_ptr<Cgroup> cgroup_;
    Fd birthplace_;
    std::vector<pid_t> children_;
    std::string handing_on_;  ///< the root's cgroup.subtree_control, on a hybrid machine
    std::vector<std::string> handed_on_;
};

}  // namespace rt::cgroup
