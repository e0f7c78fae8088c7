// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

#include "criu/session.h"

namespace rt::criu {
namespace {

TEST(ErrorsIn, KeepsTheReasonsAndDropsTheRest)
{
    EXPECT_EQ(errors_in("(00.01) Running\n"
                        "(00.02) Error (criu/files-reg.c:1): Can't lookup mount=3 for fd=0 path=/dev/null\n"
                        "(00.02) Warn  (criu/x.c:1): noise\n"
                        "(00.03)      1: Error (criu/cr-dump.c:2): Dump files (pid: 9) failed with -1\n"
                        "(00.04) Error (criu/cr-dump.c:3): Dumping FAILED.\n"),
              "Can't lookup mount=3 for fd=0 path=/dev/null | Dump files (pid: 9) failed with -1");
}

TEST(ErrorsIn, FirstOnesOfMany)
{
    std::string log;
    for (int i = 0; i < 9; ++i) {
        log += "Error (c:1): e" + std::to_string(i) + "\n";
    }
    EXPECT_EQ(errors_in(log), "e0 | e1 | e2 | e3");
}

TEST(ErrorsIn, NothingInNothing)
{
    EXPECT_EQ(errors_in(""), "");
    EXPECT_EQ(errors_in("Error (without an end"), "");
}

/// A directory that is all of $PATH.
class SessionTest : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/criu-test.XXXXXX";
        dir_ = ::mkdtemp(name);
        path_ = ::getenv("PATH");
        ::setenv("PATH", dir_.c_str(), 1);
    }
    void TearDown() override
    {
        ::unlink((dir_ + "/criu").c_str());
        ::rmdir(dir_.c_str());
        ::setenv("PATH", path_.c_str(), 1);
    }
    void program(const char *text)
    {
        std::ofstream(dir_ + "/criu") << text;
        ::chmod((dir_ + "/criu").c_str(), 0755);
    }

    std::string dir_, path_;
};

TEST_F(SessionTest, SaysThatThereIsNoCriu)
{
    auto session = Session::start("", {}, Group::kOwn);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().text(), "criu is not installed: it is not in $PATH (apt-get install criu)");
}

TEST_F(SessionTest, ACriuThatEndsAtOnceIsNoneToWaitFor)
{
    program("#!/bin/sh\nexit 3\n");
    auto session = Session::start("", {}, Group::kOwn);
    ASSERT_TRUE(session);
    Status checked = session->check_version(kOldest, "");
    ASSERT_FALSE(checked);
}

}  // namespace
}  // namespace rt::criu
