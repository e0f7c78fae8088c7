// SPDX-License-Identifier: Apache-2.0
#include "layerctl/layerctl.h"

int main(int argc, char **argv)
{
    return rt::layerctl::main(
        std::span<char *const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
