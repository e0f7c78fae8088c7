// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "host/program.h"

namespace rt::host {
namespace {

TEST(LastLines, SkipBlankOnes)
{
    auto output = program_output();
    ASSERT_TRUE(output);
    EXPECT_EQ(last_lines(*output), "");
    ASSERT_EQ(::write(output->get(), "a\nb c \n\n \n", 10), 10);
    EXPECT_EQ(last_lines(*output), "a | b c");
}

TEST(RunProgram, EndsOneThatHangsWithTheTimeItHas)
{
    auto output = program_output();
    ASSERT_TRUE(output);
    const auto status = run_program("/bin/sleep", {"600"}, *output, true, 50);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().err(), ETIMEDOUT);
    EXPECT_NE(status.error().text().find("waiting for \"/bin/sleep\""), std::string::npos);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

/// A directory that is all of $PATH.
class Path {
public:
    Path() : before_(::getenv("PATH"))
    {
        char name[] = "/tmp/program-test.XXXXXX";
        dir_ = ::mkdtemp(name);
        ::setenv("PATH", dir_.c_str(), 1);
    }
    ~Path()
    {
        ::rmdir((dir_ + "/tool").c_str());
        ::unlink((dir_ + "/tool").c_str());
        ::rmdir(dir_.c_str());
        ::setenv("PATH", before_.c_str(), 1);
    }
    Path(const Path &) = delete;
    Path &operator=(const Path &) = delete;
    std::string tool() const { return dir_ + "/tool"; }

private:
    std::string before_, dir_;
};

TEST(FindProgram, IsAFileThatMayBeExecuted)
{
    const Path path;
    EXPECT_FALSE(find_program("tool"));
    std::ofstream(path.tool()) << "#!/bin/sh\n";
    ::chmod(path.tool().c_str(), 0644);
    EXPECT_FALSE(find_program("tool"));
    ::chmod(path.tool().c_str(), 0755);
    const auto found = find_program("tool");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, path.tool());
}

TEST(FindProgram, IsNoDirectory)
{
    const Path path;
    ASSERT_EQ(::mkdir(path.tool().c_str(), 0755), 0);
    EXPECT_FALSE(find_program("tool"));
}

}  // namespace
}  // namespace rt::host
