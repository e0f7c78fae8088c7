// SPDX-License-Identifier: Apache-2.0
//
// The field tables as a list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace rt::oci {

struct Property {
    std::string pointer;    ///< "/linux/namespaces/*/type"; '*' is an index, or the key of a map
    std::string_view name;  ///< "type"; "" of an element
    json::Kind kind;        ///< kInteger, kBool, kString, kArray or kObject
    bool required;
};

/// Every property of config.json, in the order of the tables.
const std::vector<Property> &properties();

}  // namespace rt::oci
