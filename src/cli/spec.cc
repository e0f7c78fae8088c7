// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/str.h"
#include "cgroup/probe.h"
#include "cli/command.h"
#include "host/id_ranges.h"
#include "kernel/calls_fs.h"
#include "oci/default_config.h"

namespace rt::cli {
namespace {

constexpr std::uint32_t kTtyGroup = 5;

Result<Fd> new_file(const std::string &bundle)
{
    auto opened = kernel::openat(kernel::kCwd, bundle, O_PATH | O_DIRECTORY).context("opening the bundle");
    if (!opened && opened.error().err() == ENOENT) {
        return std::move(opened).hint("mkdir -p DIR/rootfs makes one");
    }
    TRY_LET(dir, std::move(opened));
    auto file = kernel::openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
    if (!file && file.error().err() == EEXIST) {
        return Error::state(str("\"", bundle, "/config.json\" exists already")).hint("remove it first");
    }
    return file;
}

}  // namespace

// spec: CliSpec
Result<int> spec(const Globals & /*globals*/, const Arguments &arguments)
{
    oci::DefaultConfigOptions options;
    TRY_LET(cgroups, cgroup::probe());
    options.cgroup_namespace = cgroups.unified();
    options.tty_group = host::is_group(kTtyGroup);
    TRY_LET(file, new_file(arguments.value("bundle", ".")));
    if (arguments.on("rootless")) {
        options.rootless = oci::RootlessIds{::geteuid(), ::getegid()};
    }
    TRY(kernel::write_all(file, oci::default_config(options)));
    return 0;
}

}  // namespace rt::cli
