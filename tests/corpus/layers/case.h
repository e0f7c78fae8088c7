// SPDX-License-Identifier: Apache-2.0
//
// Images that want to do harm, or that others have stumbled over, and what has to become of each.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/layer/tar_maker.h"

namespace rt::corpus {

using T = layer::TarMaker;
using Layers = std::vector<std::string>;

/// What is put into a case's directory before the program starts.
struct File {
    enum class Kind : std::uint8_t { kRegular, kSymlink, kFifo };
    std::string path;     ///< below the directory; those above it are made
    std::string content;  ///< of a link: where it leads
    Kind kind = Kind::kRegular;
};

struct Case {
    std::string name;
    std::vector<File> files;
    std::string image;  ///< as on the command line, with @ for the case's directory
    std::string
        expected;  ///< the tree; "error: " and words of the message; "config: " and words of config.json
    std::vector<std::string> options{};
    std::string mounted{};  ///< what a store shows of it where that is something else, or ""
};

/// Where a case may do harm: an absolute path to a directory that has to stay as it is.
struct Place {
    std::string outside;
};

struct Class {
    std::string_view name, command;
    std::vector<Case> (*cases)(const Place &place);
};

std::vector<Case> tar_cases(const Place &place);
std::vector<Case> attribute_cases(const Place &place);
std::vector<Case> bad_cases(const Place &place);
std::vector<Case> whiteout_cases(const Place &place);
std::vector<Case> escape_cases(const Place &place);
std::vector<Case> differential_cases(const Place &place);
std::vector<Case> packing_cases(const Place &place);
std::vector<Case> bomb_cases(const Place &place);
std::vector<Case> layout_cases(const Place &place);
std::vector<Case> archive_cases(const Place &place);
std::vector<Case> config_cases(const Place &place);

}  // namespace rt::corpus
