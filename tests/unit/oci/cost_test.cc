// SPDX-License-Identifier: Apache-2.0
//
// What a text costs grows with its size and not with its square, whoever wrote it.  How long 1 MiB takes is
// for `make cost` to say, on a quiet machine.
#include <time.h>

#include "bad_config.h"
#include "oci/print_findings.h"

namespace rt::oci {
namespace {

constexpr std::size_t kSmall = std::size_t{1} << 17, kLarge = std::size_t{1} << 20;

struct Text {
    std::string before;
    std::string entry;  ///< as often as it fits; '#' becomes a number
    std::string after;
};

std::string fill(const Text &text, std::size_t size)
{
    std::string out = text.before;
    for (std::size_t i = 0; out.size() + text.entry.size() + text.after.size() + 16 < size; ++i) {
        out += i == 0 ? "" : ",";
        for (const char c : text.entry) {
            out += c == '#' ? std::to_string(i) : std::string(1, c);
        }
    }
    return out + text.after;
}

/// Seconds of processor time, whatever else the machine does.
double now()
{
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double cost(const std::string &text)
{
    const double start = now();
    Report report;
    if (check_config(text, "config.json", report)) {
        Findings all = std::move(report.findings);
        all.append(std::move(report.unknown));
        EXPECT_FALSE(print_json(all, text, "config.json").empty());
    }
    (void)load_config(text, "config.json");
    return (now() - start) / 2;
}

const std::string kStart = R"({"ociVersion": "1.0.0", "root": {"path": "r"}, )";

class Cost : public testing::TestWithParam<Text> {};

TEST_P(Cost, GrowsWithTheSize)
{
    constexpr double kNoise = 0.001;
    const std::string small = fill(GetParam(), kSmall), large = fill(GetParam(), kLarge);
    double of_small = cost(small), of_large = cost(large);
    const auto grows_too_fast = [&] {
        const double growth = static_cast<double>(kLarge) / kSmall;
        return of_large > 3 * growth * std::max(of_small, kNoise);  // the square would be `growth` times
    };
    for (int tries = 0; grows_too_fast() && tries < 8; ++tries) {
        of_small = std::min(of_small, cost(small));
        of_large = std::min(of_large, cost(large));
    }
    EXPECT_FALSE(grows_too_fast()) << of_small << " and " << of_large << " seconds: " << GetParam().before
                                   << GetParam().entry;
    RecordProperty("milliseconds_of_a_mebibyte", std::to_string(1000 * of_large));
}

INSTANTIATE_TEST_SUITE_P(
    Worst, Cost,
    testing::Values(Text{kStart + R"("mounts": [)", R"({"destination": "/m#", "type": "tmpfs"})", "]}"},
                    Text{kStart + R"("mounts": [)", "{}", "]}"},  // findings
                    Text{kStart + R"("mounts": [)", "1", "]}"},   // findings of the reader
                    Text{kStart + R"("x": [)", "1", "]}"},        // small values
                    Text{kStart, R"("x#": 1)", "}"},              // unknown properties
                    Text{kStart, R"("namespcaes#": 1)", "}"},     // and near to known ones
                    Text{kStart, R"("\u0061#": {})", "}"},        // with escapes
                    Text{kStart, R"("x": 1)", "}"},               // one name over and over
                    Text{kStart + R"("annotations": {)", R"("k#": 1)", "}}"},
                    Text{kStart + R"("process": {"cwd": "/", "args": ["a"], "capabilities": {"ambient": [)",
                         R"("CAP_CHWON")", "]}}}"},
                    Text{kStart + R"("process": {"cwd": "/", "args": ["a"], "rlimits": [)",
                         R"({"type": "RLIMIT_CPUU", "soft": 2, "hard": 1})", "]}}"},
                    Text{kStart + R"("linux": {"namespaces": [)", R"({"type": "pid"})", "]}}"},
                    Text{kStart + R"("linux": {"namespaces": [)", R"({"type": "nettwork"})", "]}}"},
                    Text{kStart + R"("linux": {"devices": [)",
                         R"({"type": "c", "path": "x", "major": -1, "minor": 1})", "]}}"},
                    Text{kStart + R"("linux": {"uidMappings": [)",
                         R"({"containerID": #, "hostID": #, "size": 1})", "]}}"},
                    Text{kStart + R"("linux": {"sysctl": {)", R"("net.#": "1")", "}}}"},
                    Text{kStart + R"("linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "flags": [)",
                         R"("SECCOMP_FILTER_FLAG_LOGG")", "]}}}"},
                    Text{"", "[", ""}, Text{"{\"a\": ", "[[[[[[[[", ""}));

}  // namespace
}  // namespace rt::oci
