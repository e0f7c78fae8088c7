// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "cli/command.h"
#include "container/container.h"
#include "oci/names.h"

namespace rt::cli {

// spec: KillWithoutIDGenError, KillSignalImplement
Result<int> kill(const Globals &globals, const Arguments &arguments)
{
    const auto &words = arguments.positionals;
    TRY_LET(id, oci::ContainerId::parse(words[0]));
    std::optional<int> signal;
    if (words.size() == 2) {
        signal = oci::signal_number(words[1]);
        if (!signal && oci::signal_number(words[0])) {
            return Error::input(str("unknown signal \"", words[1], "\""))
                .hint(str("the container comes first: kill ", words[1], ' ', words[0]));
        }
        if (!signal) {
            return Error::input(str("unknown signal \"", words[1], "\""))
                .hint("a number, or a name like TERM, SIGTERM, RTMIN+1");
        }
    }
    TRY(container::kill(globals.root, id, signal, arguments.on("all")));
    return 0;
}

}  // namespace rt::cli
