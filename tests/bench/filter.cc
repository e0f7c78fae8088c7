// SPDX-License-Identifier: Apache-2.0
//
// filter < config.json > FILE: the compiled seccomp profile as sock_filter[], for the floor.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "oci/load.h"
#include "plan/seccomp.h"

int main()
{
    std::string text;
    std::array<char, 65536> chunk{};
    for (ssize_t n = 0; (n = read(0, chunk.data(), chunk.size())) > 0;) {
        text.append(chunk.data(), static_cast<std::size_t>(n));
    }
    const auto config = rt::oci::load_config(text, "config.json");
    if (!config.ok() || !config->linux_.seccomp) {
        (void)std::fputs(config.ok() ? "filter: no profile\n" : config.error().text().c_str(), stderr);
        return 1;
    }
    const auto program = rt::plan::compile_seccomp(*config->linux_.seccomp);
    if (!program.ok()) {
        return 1;
    }
    const auto &code = program->instructions;
    const auto size = code.size() * sizeof(sock_filter);
    return write(1, code.data(), size) == static_cast<ssize_t>(size) ? 0 : 1;
}
