// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return rt::cli::main(
        std::span<char *const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
