// SPDX-License-Identifier: Apache-2.0
#include "cli/checkpoint.h"

#include <fcntl.h>
#include <sched.h>

#include <limits>

#include "base/json.h"
#include "base/str.h"
#include "cli/numbers.h"
#include "container/checkpoint.h"

namespace rt::cli {
namespace {

struct Switch {
    std::string_view option;
    bool criu::Options::*member;
};

constexpr Switch kSwitches[] = {
    {"leave-running", &criu::Options::leave_running},
    {"tcp-established", &criu::Options::tcp_established},
    {"tcp-skip-in-flight", &criu::Options::tcp_skip_in_flight},
    {"tcp-close", &criu::Options::tcp_close},
    {"link-remap", &criu::Options::link_remap},
    {"ext-unix-sk", &criu::Options::ext_unix_sk},
    {"shell-job", &criu::Options::shell_job},
    {"lazy-pages", &criu::Options::lazy_pages},
    {"file-locks", &criu::Options::file_locks},
    {"auto-dedup", &criu::Options::auto_dedup},
};

struct Text {
    std::string_view option;
    std::string criu::Options::*member;
};

constexpr Text kTexts[] = {
    {"parent-path", &criu::Options::parent_images},
    {"lsm-profile", &criu::Options::lsm_profile},
    {"lsm-mount-context", &criu::Options::lsm_mount_context},
};

Error no_such(std::string_view option, std::string_view takes, std::string_view got)
{
    return Error::input(str("option \"--", option, "\" takes ", takes, ", got ", json::quote(got)));
}

Result<std::optional<criu::PageServer>> page_server(const Arguments &arguments)
{
    constexpr std::string_view kOption = "page-server";
    const std::string text = arguments.value(kOption);
    if (text.empty()) {
        return std::optional<criu::PageServer>();
    }
    const std::size_t colon = text.rfind(':');
    auto port = number("--page-server", colon == text.npos ? "" : std::string_view(text).substr(colon + 1));
    if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max() || colon == 0) {
        return no_such(kOption, "ADDRESS:PORT", text);
    }
    return std::optional(criu::PageServer{text.substr(0, colon), static_cast<std::uint16_t>(*port)});
}

Status take_modes(const Arguments &arguments, criu::Options &options)
{
    const std::string mode = arguments.value("manage-cgroups-mode", "soft");
    options.cgroup_mode = criu::cgroup_mode(mode);
    if (!options.cgroup_mode) {
        return no_such("manage-cgroups-mode", "\"soft\", \"full\", \"strict\" or \"ignore\"", mode);
    }
    const std::string lock = arguments.value("network-lock");
    options.network_lock = criu::network_lock(lock);
    if (!options.network_lock && !lock.empty()) {
        return no_such("network-lock", "\"iptables\", \"nftables\" or \"skip\"", lock);
    }
    for (const std::string &ns : arguments.values("empty-ns")) {
        if (ns != "network") {
            return no_such("empty-ns", "\"network\"", ns);
        }
        options.empty_namespaces = CLONE_NEWNET;
    }
    return {};
}

Result<int> status_fd(const Arguments &arguments)
{
    if (!arguments.has("status-fd")) {
        return -1;
    }
    TRY_LET(fd, number("--status-fd", arguments.value("status-fd")));
    const int status = fd > 2 && fd < 65536 ? static_cast<int>(fd) : -1;
    if (::fcntl(status, F_SETFD, FD_CLOEXEC) == -1) {
        return no_such("status-fd", "an open file descriptor above 2", arguments.value("status-fd"));
    }
    return status;
}

}  // namespace

Result<criu::Options> criu_options(const Globals &globals, const Arguments &arguments)
{
    criu::Options options;
    options.program = globals.criu;
    for (const Switch &one : kSwitches) {
        options.*one.member = arguments.on(one.option);
    }
    for (const Text &one : kTexts) {
        options.*one.member = arguments.value(one.option);
    }
    TRY(take_modes(arguments, options));
    TRY_LET(server, page_server(arguments));
    options.page_server = std::move(server);
    return options;
}

Result<int> checkpoint(const Globals &globals, const Arguments &arguments)
{
    container::CheckpointOptions options;
    options.root = globals.root;
    options.id = arguments.positionals[0];
    options.image_path = arguments.value("image-path", options.image_path);
    options.work_path = arguments.value("work-path");
    options.pre_dump = arguments.on("pre-dump");
    TRY_LET(status, status_fd(arguments));
    options.status_fd = status;
    TRY_LET(criu, criu_options(globals, arguments));
    options.criu = std::move(criu);
    TRY(container::checkpoint(options));
    return 0;
}

}  // namespace rt::cli
