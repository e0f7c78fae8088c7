// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/fd.h"
#include "ebpf_evaluator.h"
#include "plan/bpf_devices.h"

namespace rt::plan {
namespace {

using enum oci::DeviceType;

constexpr std::uint32_t kRead = BPF_DEVCG_ACC_READ;
constexpr std::uint32_t kWrite = BPF_DEVCG_ACC_WRITE;
constexpr std::uint32_t kMknod = BPF_DEVCG_ACC_MKNOD;

bpf_cgroup_dev_ctx request(std::uint32_t type, std::uint32_t major, std::uint32_t minor, std::uint32_t access)
{
    return {.access_type = (access << 16) | type, .major = major, .minor = minor};
}
bpf_cgroup_dev_ctx character(std::uint32_t major, std::uint32_t minor, std::uint32_t access)
{
    return request(BPF_DEVCG_DEV_CHAR, major, minor, access);
}
bpf_cgroup_dev_ctx block(std::uint32_t major, std::uint32_t minor, std::uint32_t access)
{
    return request(BPF_DEVCG_DEV_BLOCK, major, minor, access);
}

struct Asked {
    bpf_cgroup_dev_ctx request;
    bool allowed;
};

struct Case {
    const char *what;
    std::vector<oci::DeviceRule> rules;
    std::vector<Asked> asked;
};

void PrintTo(const Case &c, std::ostream *out) { *out << c.what; }

const std::vector<Case> kCases = {
    {"NoRulesRefuseAll", {}, {{character(1, 3, kRead), false}, {block(8, 0, kMknod), false}}},
    {"AllowedDeviceIsJustThatOne",
     {{true, kChar, 1, 3, "rw"}},
     {{character(1, 3, kRead), true},
      {character(1, 3, kRead | kWrite), true},
      {character(1, 3, kMknod), false},
      {character(1, 3, kRead | kMknod), false},
      {character(1, 5, kRead), false},
      {character(2, 3, kRead), false},
      {block(1, 3, kRead), false}}},
    {"AllRulesCanGiveTheirLetters",
     {{true, kChar, 1, 3, "r"}, {true, kChar, 1, std::nullopt, "w"}},
     {{character(1, 3, kRead | kWrite), true},
      {character(1, 4, kRead | kWrite), false},
      {character(1, 4, kWrite), true}}},
    // spec: DevicesApplyInOrder
    {"LaterRuleOverridesEarlier",
     {{true, kChar, 1, 3, "rwm"}, {false, kChar, 1, 3, "w"}},
     {{character(1, 3, kRead | kMknod), true},
      {character(1, 3, kWrite), false},
      {character(1, 3, kRead | kWrite), false}}},
    {"EarlierRuleDoesNotOverrideLater",
     {{false, kChar, 1, 3, "w"}, {true, kChar, 1, 3, "rwm"}},
     {{character(1, 3, kRead | kWrite | kMknod), true}}},
    {"DeniedLetterAlreadyGivenDoesNotMatter",
     {{false, kChar, 1, -1, "rw"}, {true, kChar, 1, 3, "r"}},
     {{character(1, 3, kRead), true},
      {character(1, 3, kWrite), false},
      {character(1, 3, kRead | kWrite), false}}},
    {"AbsentAndMinusOneAreAny",
     {{true, kBlock, -1, std::nullopt, "m"}},
     {{block(8, 17, kMknod), true},
      {block(259, 0, kMknod), true},
      {block(8, 17, kRead), false},
      {character(8, 17, kMknod), false}}},
    // spec: DevicesRuleAllTypes
    {"AllTypesForgetsWhatCameBefore",
     {{true, kChar, 1, 3, "rwm"}, {false, kAll, {}, {}, "rwm"}, {true, kChar, 1, 5, "rwm"}},
     {{character(1, 3, kRead), false}, {character(1, 5, kRead), true}}},
    {"AllTypesAllowsAll",
     {{false, kChar, 1, 3, "rwm"}, {true, kAll, {}, {}, "rwm"}, {false, kBlock, {}, {}, "m"}},
     {{character(1, 3, kRead | kWrite | kMknod), true},
      {block(8, 0, kRead), true},
      {block(8, 0, kMknod), false}}},
    {"AllTypesIgnoresTheRest", {{true, kAll, 1, 3, "r"}}, {{block(8, 0, kRead | kWrite | kMknod), true}}},
    {"UnbufferedIsACharacterDevice", {{true, kUnbuffered, 1, 3, "r"}}, {{character(1, 3, kRead), true}}},
    {"RulesThatMatchNothingAreSkipped",
     {{true, kFifo, 1, 3, "r"},
      {true, kChar, 1, 3, ""},
      {true, kChar, std::int64_t{1} << 32, 3, "r"},
      {true, kChar, 1, -2, "r"}},
     {{character(1, 3, kRead), false}, {character(0, 3, kRead), false}}},
};

class DeviceFilter : public testing::TestWithParam<Case> {};

TEST_P(DeviceFilter, DecidesAsAsked)
{
    const std::vector<bpf_insn> program = compile_device_filter(GetParam().rules);
    for (const Asked &asked : GetParam().asked) {
        EXPECT_EQ(evaluate(program, asked.request), asked.allowed ? 1U : 0U)
            << "type and access " << std::hex << asked.request.access_type << std::dec << " device "
            << asked.request.major << ":" << asked.request.minor;
    }
}

INSTANTIATE_TEST_SUITE_P(, DeviceFilter, testing::ValuesIn(kCases),
                         [](const auto &of) { return std::string(of.param.what); });

/// The semantics said forwards, letter by letter, as the program does not do it.
bool allowed(const std::vector<oci::DeviceRule> &rules, const bpf_cgroup_dev_ctx &asked)
{
    bool all = true;
    for (const auto &[letter, bit] :
         {std::pair('r', kRead), std::pair('w', kWrite), std::pair('m', kMknod)}) {
        bool granted = false;
        for (const oci::DeviceRule &rule : rules) {
            const bool type = rule.type == kAll ||
                              (rule.type == kBlock) == ((asked.access_type & 0xffff) == BPF_DEVCG_DEV_BLOCK);
            const bool device = rule.major.value_or(asked.major) == asked.major &&
                                rule.minor.value_or(asked.minor) == asked.minor;
            if (rule.type == kAll || (type && device && rule.access.find(letter) != std::string::npos)) {
                granted = rule.allow;
            }
        }
        all = all && (granted || ((asked.access_type >> 16) & bit) == 0);
    }
    return all;
}

TEST(DeviceFilterRandom, RulesDecideAsReadForwards)
{
    std::mt19937 random(7);
    const auto below = [&](unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(random);
    };
    static constexpr const char *kAccess[] = {"r", "w", "m", "rw", "rm", "wm", "rwm", ""};
    for (int round = 0; round < 500; ++round) {
        std::vector<oci::DeviceRule> rules(below(8));
        for (oci::DeviceRule &rule : rules) {
            rule = {below(2) == 0,
                    below(8) == 0   ? kAll
                    : below(2) == 0 ? kBlock
                                    : kChar,
                    {},
                    {},
                    kAccess[below(8)]};
            if (below(3) != 0) {
                rule.major = below(2);
            }
            if (below(3) != 0) {
                rule.minor = below(2);
            }
        }
        const std::vector<bpf_insn> program = compile_device_filter(rules);
        for (std::uint32_t bits = 0; bits < 2 * 2 * 2 * 7; ++bits) {
            const auto asked = request(bits % 2 + 1, bits / 2 % 2, bits / 4 % 2, bits / 8 + 1);
            ASSERT_EQ(evaluate(program, asked), allowed(rules, asked) ? 1U : 0U) << round << " " << bits;
        }
    }
}

// ---- the kernel's own verdicts ------------------------------------------------------------------

/// bpf(2) with an attribute as large as any kernel's, all zero where nothing is said.
template <class Fill>
int bpf(int command, Fill fill)
{
    union {
        bpf_attr attr;
        char room[256];
    } padded = {};
    fill(padded.attr);
    return static_cast<int>(::syscall(SYS_bpf, command, &padded, sizeof(padded)));
}

Fd load(const std::vector<bpf_insn> &program)
{
    return Fd(bpf(BPF_PROG_LOAD, [&](bpf_attr &attr) {
        attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
        attr.insns = reinterpret_cast<std::uintptr_t>(program.data());
        attr.insn_cnt = static_cast<std::uint32_t>(program.size());
        attr.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
    }));
}

/// A cgroup of our own on the unified hierarchy, gone when we are.
class Cgroup {
public:
    Cgroup()
    {
        for (const char *root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
            path_ = std::string(root) + "/rt-test-" + std::to_string(::getpid());
            if (::access((std::string(root) + "/cgroup.procs").c_str(), F_OK) == 0 &&
                ::mkdir(path_.c_str(), 0755) == 0) {
                fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
                return;
            }
        }
    }
    ~Cgroup()
    {
        if (fd_.open()) {
            ::rmdir(path_.c_str());
        }
    }
    bool exists() const { return fd_.open(); }
    int fd() const { return fd_.get(); }

    /// What `calls` gives in a child that lives in this cgroup; -1 when it could not move there.
    int inside(const std::function<int()> &calls) const
    {
        const pid_t child = ::fork();
        if (child == 0) {
            const Fd procs(::openat(fd(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
            ::_exit(::write(procs.get(), "0", 1) == 1 ? calls() : 255);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
    }

private:
    std::string path_;
    Fd fd_;
};

int opened(const char *path, int flags)
{
    const Fd device(::open(path, flags | O_CLOEXEC));
    return device.open() ? 0 : errno;
}

TEST(DeviceFilterKernel, OpenObeysTheRules)
{
    const Fd program = load(compile_device_filter(std::vector<oci::DeviceRule>{
        {false, kAll, {}, {}, "rwm"}, {true, kChar, 1, 3, "rwm"}, {true, kChar, 1, 5, "r"}}));
    if (!program.open() && (errno == EPERM || errno == ENOSYS)) {
        GTEST_SKIP() << "may not load programs here";
    }
    ASSERT_TRUE(program.open()) << errno;
    const Cgroup cgroup;
    if (!cgroup.exists() || bpf(BPF_PROG_ATTACH, [&](bpf_attr &attr) {
                                attr.target_fd = static_cast<std::uint32_t>(cgroup.fd());
                                attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
                                attr.attach_type = BPF_CGROUP_DEVICE;
                            }) != 0) {
        GTEST_SKIP() << "no unified cgroup of our own";
    }
    struct Row {
        const char *path;
        int flags, err;
    };
    static constexpr Row kRows[] = {
        {"/dev/null", O_RDWR, 0},     {"/dev/zero", O_RDONLY, 0},        {"/dev/zero", O_WRONLY, EPERM},
        {"/dev/zero", O_RDWR, EPERM}, {"/dev/urandom", O_RDONLY, EPERM},
    };
    for (const Row &row : kRows) {
        EXPECT_EQ(cgroup.inside([&row] { return opened(row.path, row.flags); }), row.err)
            << row.path << " " << row.flags;
    }
}

TEST(DeviceFilterKernel, VerifierTakesEveryShape)
{
    for (const Case &each : kCases) {
        const Fd program = load(compile_device_filter(each.rules));
        if (!program.open() && (errno == EPERM || errno == ENOSYS)) {
            GTEST_SKIP() << "may not load programs here";
        }
        EXPECT_TRUE(program.open()) << each.what << ": " << errno;
    }
}

TEST(DeviceFilterKernel, VerifierTakesThousandsOfRulesAtOnce)
{
    std::vector<oci::DeviceRule> rules;
    for (int i = 0; i < 4096; ++i) {
        rules.push_back({i % 2 == 0, i % 3 == 0 ? kBlock : kChar, i, i / 2, i % 5 == 0 ? "rw" : "rwm"});
    }
    const Fd program = load(compile_device_filter(rules));
    if (!program.open() && (errno == EPERM || errno == ENOSYS)) {
        GTEST_SKIP() << "may not load programs here";
    }
    EXPECT_TRUE(program.open()) << errno;
}

}  // namespace
}  // namespace rt::plan
