// SPDX-License-Identifier: Apache-2.0
//
// What a confined child can not do: each deed is done, to show that it can be, by a child that is not.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "layer/answer.h"
#include "layer/confine.h"

namespace rt::layer {
namespace {

/// True when it could be done.
using Deed = bool (*)();
struct Crime {
    const char *name;
    Deed deed;
};

constexpr int kOutside = 200;  // a descriptor of the parent's that the child is not to have

constexpr Crime kOfEveryone[] = {
    {"Fork", [] { return ::fork() >= 0; }},
    {"Execute",
     [] {
         ::execl("/bin/true", "true", nullptr);
         return false;
     }},
    {"Socket", [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }},
    {"KillItsParent", [] { return ::kill(::getppid(), 0) == 0; }},
    {"ReadADescriptorOfTheParent",
     [] {
         char byte = 0;
         return ::pread(kOutside, &byte, 1, 0) == 1;
     }},
};
constexpr Crime kOfFiles[] = {
    {"OpenAFileOfTheHost", [] { return ::open("/etc/passwd", O_RDONLY) >= 0; }},
    {"OpenAboveTheRoot", [] { return ::open("../../../../../../etc/passwd", O_RDONLY) >= 0; }},
    {"OpenProc", [] { return ::open("/proc/self/status", O_RDONLY) >= 0; }},
};

/// "done", "not done", or the signal that ended it.
std::string unconfined(Deed deed)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGCHLD, SIG_DFL);
        ::_exit(deed() ? 42 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    // who executes /bin/true ends as it does
    return WIFEXITED(status) && (WEXITSTATUS(status) == 42 || WEXITSTATUS(status) == 0) ? "done" : "not done";
}

std::string confined_to(FdRef root, Deed deed)
{
    const Confined what = {root, 1 << 20,
                           [](FdRef, void *argument) -> Result<std::string> {
                               return std::string((*static_cast<Deed *>(argument))() ? "done" : "not done");
                           },
                           &deed};
    const auto said = confined(what, {});
    return said ? *said : said.error().text();
}

class Confinements : public testing::Test {
protected:
    void SetUp() override
    {
        file_ = Fd(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
        ASSERT_EQ(::dup2(file_.get(), kOutside), kOutside);
    }
    void TearDown() override { ::close(kOutside); }

    Fd file_;
};

constexpr const char *kKilled =
    "the confined child was ended by signal 31 (it made a system call that it has no use for: a bug, or an "
    "attack)";

TEST_F(Confinements, TheDeedsCanBeDone)
{
    for (const Crime &crime : kOfEveryone) {
        EXPECT_EQ(unconfined(crime.deed), "done") << crime.name;
    }
    for (const Crime &crime : kOfFiles) {
        EXPECT_EQ(unconfined(crime.deed), "done") << crime.name;
    }
}

TEST_F(Confinements, WhoReadsDescriptorsDoesNothingElse)
{
    for (const Crime &crime : kOfFiles) {
        EXPECT_EQ(confined_to(kNoFiles, crime.deed), kKilled) << crime.name;
    }
    for (const Crime &crime : kOfEveryone) {
        const std::string said = confined_to(kNoFiles, crime.deed);
        EXPECT_TRUE(said == kKilled || said == "not done") << crime.name << ": " << said;
    }
}

TEST_F(Confinements, WhoMakesFilesSeesNoneButItsOwn)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "namespaces take root";
    }
    std::string path = testing::TempDir() + "rt-confined-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    const Fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const Crime &crime : kOfFiles) {
        EXPECT_EQ(confined_to(root, crime.deed), "not done") << crime.name;
    }
    for (const Crime &crime : kOfEveryone) {
        const std::string said = confined_to(root, crime.deed);
        EXPECT_TRUE(said == kKilled || said == "not done") << crime.name << ": " << said;
    }
    ::rmdir(path.c_str());
}

TEST(Confined, AnswersWhateverTheLength)
{
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{3} << 20}) {
        auto size = length;
        const auto said = confined({kNoFiles, 0,
                                    [](FdRef, void *argument) -> Result<std::string> {
                                        return std::string(*static_cast<std::size_t *>(argument), 'x');
                                    },
                                    &size},
                                   {});
        ASSERT_TRUE(said) << said.error().text();
        EXPECT_EQ(*said, std::string(length, 'x'));
    }
}

TEST(Confined, TooLongAnAnswerEndsIt)
{
    const auto said = confined(
        {kNoFiles, 0,
         [](FdRef, void *) -> Result<std::string> { return std::string(kLongestAnswer + (1 << 20), 'x'); },
         nullptr},
        {});
    ASSERT_FALSE(said);
}

TEST(Confined, AnErrorIsAsIfItHadBeenMadeHere)
{
    const auto said = confined({kNoFiles, 0,
                                [](FdRef, void *) -> Result<std::string> {
                                    return Error::kernel(ENOSPC, "write()").context("here").hint("there");
                                },
                                nullptr},
                               {});
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().text(), "here: write(): No space left on device (there)");
    EXPECT_EQ(said.error().err(), ENOSPC);
}

TEST(Answers, AreReadAsTheyWereWritten)
{
    AnswerWriter writer;
    writer.number(7).text(std::string("a\0b", 3)).text("");
    const std::string answer = std::move(writer).take();
    AnswerReader reader(answer);
    EXPECT_EQ(*reader.number(), 7U);
    EXPECT_EQ(*reader.text(), std::string("a\0b", 3));
    EXPECT_EQ(*reader.text(), "");
    EXPECT_TRUE(reader.at_end());
    EXPECT_FALSE(reader.number());
}

TEST(Answers, CutAnywhereAreErrors)
{
    AnswerWriter writer;
    writer.text("words");
    const std::string answer = std::move(writer).take();
    for (std::size_t length = 0; length < answer.size(); ++length) {
        AnswerReader reader(std::string_view(answer).substr(0, length));
        EXPECT_FALSE(reader.text()) << length;
    }
    AnswerWriter liar;
    liar.number(~std::uint64_t{0}).number(0);
    const std::string lies = std::move(liar).take();
    EXPECT_FALSE(AnswerReader(lies).text());
}

}  // namespace
}  // namespace rt::layer
