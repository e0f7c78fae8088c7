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
    const std::string name = words.size() == 2 ? words[1] : "TERM";
    const auto signal = oci::signal_number(name);
    if (!signal) {
        return Error::input(str("unknown signal \"", name, "\""))
            .hint("a number, or a name like TERM, SIGTERM, RTMIN+1");
    }
    TRY(container::kill(globals.root, id, *signal, arguments.on("all")));
    return 0;
}

}  // namespace rt::cli
