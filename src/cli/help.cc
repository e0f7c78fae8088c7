// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <unistd.h>

#include <seccomp.h>

#include "base/str.h"
#include "cli/version.h"
#include "kernel/calls_fs.h"
#include "oci/load.h"

namespace rt::cli {

std::string help()
{
    return options::help("runtime", "Creates and runs containers from OCI bundles.",
                         options::described(commands()), global_options());
}

std::string help(const Command &command) { return options::help("runtime", command); }

// spec: CliHelp
Result<int> print_help(const Globals & /*globals*/, const Arguments &arguments)
{
    std::string text = help();
    if (!arguments.positionals.empty()) {
        TRY_LET(index,
                options::find(options::described(commands()), arguments.positionals.front(), habits()));
        text = help(commands()[index]);
    }
    TRY(kernel::write_all(FdRef(STDOUT_FILENO), text));
    return 0;
}

// spec: CliVersion
std::string version()
{
    return str("runtime version ", kVersion, "\ncommit: ", kCommit, "\nspec: ", oci::kVersionMax,
               "\nlibseccomp: ", libseccomp_version(), "\n");
}

std::string libseccomp_version()
{
    const scmp_version *linked = ::seccomp_version();
    return str(linked->major, ".", linked->minor, ".", linked->micro);
}

}  // namespace rt::cli
