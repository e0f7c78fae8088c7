// SPDX-License-Identifier: Apache-2.0
#include "cgroup/frozen.h"

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/release.h"

namespace rt::cgroup {
namespace {

/// What says in a directory that all in it stand, and what says that this was asked of the directory itself.
struct Freezer {
    const char *now;
    const char *stands;
    const char *own;
};
constexpr Freezer kV2{"/cgroup.events", "frozen 1\n", "/cgroup.freeze"};
constexpr Freezer kV1{"/freezer.state", "FROZEN\n", "/freezer.self_freezing"};

/// A small file of the directory `path`; "" where there is none.  Asked by every `state`: two calls, and a
/// path that is no cgroup tells nothing.
Result<std::string> value_at(const std::string &path, const char *file)
{
    constexpr std::size_t kSmall = 256;
    auto text = path.empty() ? Result<std::string>(std::string())
                             : kernel::read_brief(kernel::kCwd, path + file, kSmall);
    const int err = text ? 0 : text.error().err();
    return err == ENOENT || err == ENODEV ? Result<std::string>(std::string()) : std::move(text);
}

/// A process that v1 has frozen shows it: since TASK_FROZEN, of which /proc makes "D" (or "R", until 6.6).
bool freezer_shows()
{
    static const bool shows = kernel::release_of(kernel::release()) >= kernel::Release{6, 1};
    return shows;
}

Result<Frozen> frozen_in(const std::string &path, const Freezer &freezer)
{
    TRY_LET(now, value_at(path, freezer.now));
    if (now.find(freezer.stands) == std::string::npos) {
        return Frozen::kNo;
    }
    TRY_LET(own, value_at(path, freezer.own));
    return own == "1\n" ? Frozen::kByItself : Frozen::kFromAbove;
}

/// The nearest directory above `path` that it was asked of; "": none that we see.
std::string asked_above(const std::string &path, const Freezer &freezer)
{
    std::string above = path;
    for (std::string own = "0\n"; own == "0\n";) {
        above.resize(std::min(above.rfind('/'), above.size()));
        auto value = value_at(above, freezer.own);
        own = value ? std::move(value).take() : "";
        if (own == "1\n") {
            return above;
        }
    }
    return "";
}
std::string asked_above(const CgroupRecord &record)
{
    std::string path = asked_above(record.freezer, kV1);
    return path.empty() ? asked_above(record.unified, kV2) : path;
}

}  // namespace

// spec: StatePaused
Result<Frozen> frozen(const CgroupRecord &record, char state)
{
    TRY_LET(by_v2, frozen_in(record.unified, kV2));
    if (by_v2 == Frozen::kByItself || (state == 'S' && freezer_shows())) {
        return by_v2;
    }
    TRY_LET(by_v1, frozen_in(record.freezer, kV1));
    return std::max(by_v1, by_v2);
}

bool is_frozen_above(const CgroupRecord &record) { return !asked_above(record).empty(); }

std::string frozen_above(const CgroupRecord &record)
{
    const std::string path = asked_above(record);
    return path.empty() ? "a cgroup above the container's is frozen"
                        : str("the cgroup \"", path, "\" above the container's is frozen");
}

bool frozen_by_v1_above(const CgroupRecord &record)
{
    const auto from_above = value_at(record.freezer, "/freezer.parent_freezing");
    return from_above && *from_above == "1\n";
}

}  // namespace rt::cgroup
