// SPDX-License-Identifier: Apache-2.0
#include "oci/sysctl.h"

#include <algorithm>
#include <array>

namespace rt::oci {
namespace {

struct Row {
    std::string_view path;  ///< ends in '/' where everything below is meant
    NamespaceType type;
};

// What the kernel keeps per namespace.  kernel/hostname is not here: it is `hostname`'s.
// spec: LinuxSysctlNamespaced
constexpr auto kRows = std::to_array<Row>({
    {"fs/mqueue/", NamespaceType::kIpc},
    {"kernel/domainname", NamespaceType::kUts},
    {"kernel/msgmax", NamespaceType::kIpc},
    {"kernel/msgmnb", NamespaceType::kIpc},
    {"kernel/msgmni", NamespaceType::kIpc},
    {"kernel/sem", NamespaceType::kIpc},
    {"kernel/shm_rmid_forced", NamespaceType::kIpc},
    {"kernel/shmall", NamespaceType::kIpc},
    {"kernel/shmmax", NamespaceType::kIpc},
    {"kernel/shmmni", NamespaceType::kIpc},
    {"net/", NamespaceType::kNetwork},
    {"user/", NamespaceType::kUser},
});

bool is_component(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c != '\x7f'; });
}

}  // namespace

std::optional<std::string> sysctl_path(std::string_view key)
{
    std::string path(key);
    const std::size_t first = path.find_first_of("./");
    if (first != path.npos && path[first] == '.') {
        for (char &c : path) {
            c = c == '.' ? '/' : c == '/' ? '.' : c;
        }
    }
    std::string_view rest = path;
    for (;;) {
        const std::size_t end = rest.find('/');
        if (!is_component(rest.substr(0, end))) {
            return std::nullopt;
        }
        if (end == rest.npos) {
            return path;
        }
        rest.remove_prefix(end + 1);
    }
}

std::optional<NamespaceType> sysctl_namespace(std::string_view path)
{
    for (const Row &row : kRows) {
        if (row.path.ends_with('/') ? path.starts_with(row.path) : path == row.path) {
            return row.type;
        }
    }
    return std::nullopt;
}

}  // namespace rt::oci
