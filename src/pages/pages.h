// SPDX-License-Identifier: Apache-2.0
//
// Manual pages and completions, made from the programs' tables of commands when they are installed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/command.h"

namespace rt::pages {

/// A file to install, below the directory for data (/usr/local/share).
struct Page {
    std::string path;  ///< "man/man8/runtime-create.8"
    std::string text;
};

/// What a word of a synopsis, "ID" or "DIR", is completed with.
struct Completed {
    std::string_view word, zsh, fish;
};

/// What there is to say of a program.
struct Program {
    std::string_view name;
    std::string_view purpose;  ///< behind its name, in lower case
    std::vector<options::Command> commands;
    std::span<const options::Option> globals;
    std::string_view ending;               ///< of its manual page, in man(7)
    std::span<const Completed> completed;  ///< the first that a synopsis has is taken
    std::string_view zsh_functions;        ///< that `completed` names
};

Program runtime();
Program layerctl();

/// runtime-config(5): what we make of config.json where the specification leaves it open.
Page config_page();

/// PROGRAM(8), and a page for each of its commands.
std::vector<Page> manual_pages(const Program &program);
/// For zsh and fish; bash has its own, which asks --help (contrib/completions).
std::vector<Page> completions(const Program &program);

/// All there is to install.
std::vector<Page> all_pages();

}  // namespace rt::pages
