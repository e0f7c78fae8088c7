// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pages/pages.h"

namespace rt::pages {
namespace {

constexpr std::string_view kFiles = R"(.SH FILES
.TP
\fI/run/runtime\fR
The state of root's containers; of others \fI$XDG_RUNTIME_DIR/runtime\fR.
.TP
\fIconfig.json\fR
What a container is: config.md of the OCI runtime specification, and \fBruntime\-config\fR(5).
.SH EXIT STATUS
0 for success, 1 for a failure. \fBrun\fR and \fBexec\fR in the foreground end like the program: with its code, or with 128 and the
number of the signal that ended it; where \fBexec\fR itself fails, 255. \fBvalidate\fR ends with 1 when config.json is
refused and with 2 when it cannot be read.
.SH SEE ALSO
\fBruntime\-config\fR(5), \fBlayerctl\fR(8)
)";

constexpr std::string_view kIds = "_runtime_ids() { compadd -- ${(f)\"$(runtime list -q 2>/dev/null)\"} }\n";

constexpr Completed kCompleted[] = {
    {"BUNDLE", ":bundle:_files -/", "-a '(__fish_complete_directories)'"},
    {"ID", ":container:_runtime_ids", "-a '(runtime list -q 2>/dev/null)'"},
};

}  // namespace

Program runtime()
{
    return {.name = "runtime",
            .purpose = "create and run containers from OCI bundles",
            .commands = options::described(cli::commands()),
            .globals = cli::global_options(),
            .ending = kFiles,
            .completed = kCompleted,
            .zsh_functions = kIds};
}

}  // namespace rt::pages
