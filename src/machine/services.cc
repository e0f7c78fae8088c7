// SPDX-License-Identifier: Apache-2.0
//
// Others that a container may want: systemd, CRIU.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "machine/attempt.h"
#include "machine/finding.h"
#include "machine/programs.h"

namespace rt::machine {
namespace {

constexpr int kPatience = 2000;

Finding bus(const std::string &socket)
{
    const auto connected = kernel::connect_at(kernel::kCwd, socket, SOCK_STREAM, kPatience);
    return connected ? yes(socket) : no(str("\"", socket, "\": ", in_words(connected.error().err())));
}

Finding systemd()
{
    return kernel::faccessat(kernel::kCwd, "/run/systemd/system", F_OK)
               ? yes()
               : no("process 1 is another", "--cgroup-manager cgroupfs needs none");
}

Finding system_bus() { return bus("/run/dbus/system_bus_socket"); }

Finding user_bus()
{
    const char *const folder = ::getenv("XDG_RUNTIME_DIR");
    return folder == nullptr
               ? no("XDG_RUNTIME_DIR is not set", "log in through systemd-logind, or loginctl enable-linger")
               : bus(str(folder, "/bus"));
}

Finding criu()
{
    const std::string path = find_program("criu");
    if (path.empty()) {
        return no("not installed", "install criu for checkpoint and restore");
    }
    const std::string version = version_of(path);
    return version.empty() ? no(str("\"", path, "\" does not run")) : yes(str(version, ", ", path));
}

// clang-format off
constexpr Question kQuestions[] = {
    {"systemd",    systemd},
    {"system bus", system_bus},
    {"user bus",   user_bus},
    {"CRIU",       criu},
};
// clang-format on

}  // namespace

Group services() { return {"services", kQuestions}; }

}  // namespace rt::machine
