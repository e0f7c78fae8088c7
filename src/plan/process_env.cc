// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>

#include "base/str.h"
#include "plan/process.h"

namespace rt::plan {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The value of `name` (with its '='); of the last entry where there are several.
std::optional<std::string_view> value(const std::vector<std::string> &env, std::string_view name)
{
    for (auto entry = env.rbegin(); entry != env.rend(); ++entry) {
        if (entry->starts_with(name)) {
            return std::string_view(*entry).substr(name.size());
        }
    }
    return std::nullopt;
}

}  // namespace

// spec: ProcEnv
std::vector<std::string> environment(const oci::Process &process, std::uint32_t listen_fds)
{
    std::vector<std::string> env;
    env.reserve(process.env.size() + 3);
    env = process.env;
    if (!value(env, "HOME=")) {
        env.emplace_back(kHomeSlot);
    }
    if (listen_fds > 0) {
        env.push_back(str("LISTEN_FDS=", listen_fds));
        env.emplace_back("LISTEN_PID=1");
    }
    return env;
}

// spec: ProcArgsExecvp
std::vector<std::string> candidates(const std::string &program, const std::vector<std::string> &env)
{
    if (program.empty() || program.find('/') != std::string::npos) {
        return {program};
    }
    std::vector<std::string> out;
    std::string_view path = value(env, "PATH=").value_or(kDefaultPath);
    for (bool more = true; more;) {
        const std::size_t end = path.find(':');
        more = end != std::string_view::npos;
        const std::string_view folder = path.substr(0, end);
        out.push_back(str(folder.empty() ? "." : folder, '/', program));  // an empty entry is the cwd
        path.remove_prefix(more ? end + 1 : path.size());
    }
    return out;
}

}  // namespace rt::plan
