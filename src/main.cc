// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    // One brk(2) for the whole of our short life, and nothing given back before its end.
    ::mallopt(M_TOP_PAD, 512 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
    return rt::cli::main(
        std::span<char *const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
