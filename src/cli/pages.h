// SPDX-License-Identifier: Apache-2.0
//
// Manual pages and completions, made from the table of commands when the program is built.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace rt::cli {

/// A file to install, below the directory for data (/usr/local/share).
struct Page {
    std::string path;  ///< "man/man8/runtime-create.8"
    std::string text;
};

/// runtime(8), a page for each command, and runtime-config(5).
std::vector<Page> manual_pages();
std::vector<Page> completions();

}  // namespace rt::cli
