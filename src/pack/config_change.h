// SPDX-License-Identifier: Apache-2.0
//
// What a new image's config is to say otherwise, in the instructions of Dockerfiles: "CMD [\"sh\"]".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rt::pack {

/// How a member of the image's "config" takes its values (image-spec, config.md).
enum class ConfigForm : std::uint8_t {
    kText,       ///< one text, in place of the old one
    kTexts,      ///< an array, in place of the old one
    kVariables,  ///< an array of NAME=VALUE; other names stay
    kNames,      ///< an object with a member {} for each; others stay
    kPairs,      ///< an object of texts; others stay
};

struct ConfigChange {
    std::string text;         ///< the instruction, as history has it
    std::string_view member;  ///< "Cmd"
    ConfigForm form;
    std::vector<std::pair<std::string, std::string>> values;  ///< a name without a value for most
};

/// One of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR, in any case; refused if
/// the member could not hold it.
Result<ConfigChange> read_config_change(std::string_view instruction);

/// The object "config" of an image's config, or "" when it has none, with the changes made in their order. As
/// in a Dockerfile an ENTRYPOINT takes the old "Cmd" with it, unless there is a CMD beside it, before or
/// behind.
Result<std::string> changed_config(std::string_view config, const std::vector<ConfigChange> &changes);

}  // namespace rt::pack
