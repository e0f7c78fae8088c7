// SPDX-License-Identifier: Apache-2.0
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "container/program.h"

namespace rt::container {
namespace {

/// What is behind the words of the errno, or "".
class Program : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_NE(::mkdtemp(path_.data()), nullptr);
        root_ = Fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    void TearDown() override { std::filesystem::remove_all(path_); }

    void put(const std::string &name, std::string_view bytes) const
    {
        std::ofstream(path_ + "/" + name, std::ios::binary | std::ios::trunc)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        ASSERT_EQ(::chmod((path_ + "/" + name).c_str(), 0755), 0);
    }
    std::string text(int err, std::string candidate = "/p") const
    {
        Sought sought;
        sought.root = root_;
        sought.candidates = {std::move(candidate)};
        sought.cwd = "/";
        return explain_program(sought, "/p", err).text();
    }
    std::string reason(int err, std::string candidate = "/p") const
    {
        const std::string all = text(err, std::move(candidate));
        const std::size_t from = all.find(" (");
        return from == all.npos ? "" : all.substr(from + 2, all.size() - from - 3);
    }

    std::string path_ = "/tmp/rt-program-XXXXXX";
    Fd root_;
};

template <class Ehdr, class Phdr>
std::string elf(unsigned char bits, std::uint16_t machine, std::string_view interpreter)
{
    Ehdr header = {};
    ::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = bits;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = machine;
    header.e_phoff = sizeof(Ehdr);
    header.e_phentsize = sizeof(Phdr);
    header.e_phnum = 2;
    Phdr entries[2] = {};
    entries[1].p_type = PT_INTERP;
    entries[1].p_offset = sizeof(Ehdr) + sizeof(entries);
    entries[1].p_filesz = static_cast<decltype(entries[1].p_filesz)>(interpreter.size() + 1);
    std::string out(reinterpret_cast<const char *>(&header), sizeof header);
    out.append(reinterpret_cast<const char *>(entries), sizeof entries);
    return out.append(interpreter).append(1, '\0');
}
std::string elf64(std::string_view interpreter, std::uint16_t machine = EM_X86_64)
{
    return elf<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, machine, interpreter);
}

constexpr const char *kUsual = "the program, or the interpreter it names, is not in the container";

// spec: ErrorsProgram
TEST_F(Program, InterpreterOfEitherWidthIsNamed)
{
    put("p", elf64("/lib/a.so"));
    EXPECT_EQ(text(ENOENT),
              "no such file or directory (its ELF interpreter \"/lib/a.so\" is not in the container)");
    put("p", elf<Elf32_Ehdr, Elf32_Phdr>(ELFCLASS32, EM_386, "/lib/b.so"));
    EXPECT_EQ(reason(ENOENT), "its ELF interpreter \"/lib/b.so\" is not in the container");
    put("a.so", "");
    put("p", elf64("/a.so"));
    EXPECT_EQ(reason(ENOENT), kUsual);
}

TEST_F(Program, ScriptIsReadAsTheKernelReadsIt)
{
    put("p", "#! \t/x -e\n");
    EXPECT_EQ(reason(ENOENT), "the interpreter of its #! line \"/x\" is not in the container");
    put("p", "#!/x\ry\r\n");
    EXPECT_NE(reason(ENOENT).find("\"/x\\u000dy\" ends in a carriage return"), std::string::npos);
    for (const char *odd : {"#!", "#!\n", "#! ", "#"}) {
        put("p", odd);
        EXPECT_EQ(reason(ENOENT), kUsual) << odd;
    }
    put("p", "#!" + std::string(5000, 'x'));
    EXPECT_LT(reason(ENOENT).size(), 400U);
}

TEST_F(Program, MachineIsNamed)
{
    put("p", elf64("/x", EM_S390));
    EXPECT_EQ(reason(ENOEXEC).find("made for s390x, this machine is "), 0U);
    put("p", elf64("/x", 54321));
    EXPECT_EQ(reason(ENOEXEC).find("made for machine 54321, "), 0U);
    std::string big = elf64("/x");
    big[EI_DATA] = ELFDATA2MSB;
    big[offsetof(Elf64_Ehdr, e_machine)] = 0;
    big[offsetof(Elf64_Ehdr, e_machine) + 1] = EM_PPC64;
    put("p", big);
    EXPECT_EQ(reason(ENOEXEC).find("made for ppc64, "), 0U);
}

TEST_F(Program, EveryCutAndEveryByteIsSurvived)
{
    const std::string whole = elf64("/lib/a.so");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put("p", whole.substr(0, size));
        EXPECT_NE(text(ENOENT), "");
        EXPECT_NE(text(ENOEXEC), "");
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char byte : {'\x00', '\x7f', '\x80', '\xff'}) {
            std::string bad = whole;
            bad[at] = byte;
            put("p", bad);
            EXPECT_LT(text(ENOENT).size(), 5000U);
        }
    }
}

TEST_F(Program, OffsetsBeyondAllReasonAreSurvived)
{
    for (const std::size_t field :
         {offsetof(Elf64_Ehdr, e_phoff),
          sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_offset),
          sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_filesz)}) {
        for (const std::uint64_t value :
             {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{1} << 62}) {
            std::string bad = elf64("/lib/a.so");
            ::memcpy(bad.data() + field, &value, sizeof value);
            put("p", bad);
            EXPECT_EQ(reason(ENOENT), kUsual);
        }
    }
}

TEST_F(Program, OnlyRegularFilesAreOpened)
{
    ASSERT_EQ(::mkfifo((path_ + "/p").c_str(), 0755), 0);
    EXPECT_EQ(reason(ENOENT), kUsual);  // and does not hang
    EXPECT_EQ(reason(EACCES), "it is no regular file");
}

TEST_F(Program, LinksLeadNowhereElse)
{
    ASSERT_EQ(::symlink("/etc/passwd", (path_ + "/p").c_str()), 0);
    EXPECT_EQ(text(ENOENT, "p"), std::string("no such file or directory (") + kUsual + ")");
    ASSERT_EQ(::symlink("../../../../etc/passwd", (path_ + "/q").c_str()), 0);
    EXPECT_EQ(reason(ENOEXEC, "/q"), "made for another machine, or a script without #!");
}

TEST_F(Program, ModeIsTold)
{
    put("p", "");
    ASSERT_EQ(::chmod((path_ + "/p").c_str(), 0640), 0);
    EXPECT_EQ(text(EACCES), "permission denied (its mode is 0640: nobody may execute it)");
    EXPECT_EQ(reason(EACCES, "/"), "it is a directory");
}

TEST(ProgramWithoutRoot, SaysWhatTheErrnoSays)
{
    EXPECT_EQ(explain_program({}, "sh", ENOENT).text(), "executable file not found in $PATH");
    EXPECT_EQ(explain_program({}, "/sh", EACCES).text(), "permission denied");
}

}  // namespace
}  // namespace rt::container
