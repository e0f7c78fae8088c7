// SPDX-License-Identifier: Apache-2.0
//
// Others that a container may want: systemd, CRIU.
#include <linux/capability.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_socket.h"
#include "machine/attempt.h"
#include "machine/finding.h"

namespace rt::machine {
namespace {

constexpr int kPatience = 2000;
/// `criu check` tries some fifty things, and takes seconds where the processor is emulated.
constexpr int kProgramPatience = 60000;

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

/// What a program said when it was asked something.
struct Answer {
    bool ended_well = false;
    std::string line;  ///< the first, without its newline; or why it said nothing
};

/// Runs the program at `path` with that argument alone.
Answer ask(const std::string &path, const std::string &argument)
{
    constexpr std::size_t kMost = 4096;
    const auto output = host::program_output();
    const auto status =
        output ? host::run_program(path, {argument}, *output, true, kProgramPatience) : Result<int>(-1);
    if (!status) {
        return {false, status.error().text()};
    }
    const auto text = kernel::pread(*output, kMost, 0);
    return {*status == 0, text ? text->substr(0, text->find('\n')) : ""};
}

Finding criu()
{
    const auto path = host::find_program("criu");
    if (!path) {
        return no("not installed", "install criu for checkpoint and restore");
    }
    if (!kernel::is_in_initial_user_namespace() || !kernel::has_capability(CAP_SYS_ADMIN)) {
        return no("only root of the machine can checkpoint containers");
    }
    const Answer version = ask(*path, "--version");
    if (!version.ended_well) {
        return no(str("\"", *path, " --version\": ", version.line));
    }
    const Answer check = ask(*path, "check");
    return check.ended_well
               ? yes(str(version.line, ", ", *path))
               : no(str("\"", *path, " check\": ", check.line), "it says what it lacks of the kernel");
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
