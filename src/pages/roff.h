// SPDX-License-Identifier: Apache-2.0
//
// Manual pages in the language of man(7).
#pragma once

#include <string>
#include <string_view>

namespace rt::pages {

/// Text for a line of its own: no dash becomes a hyphen, no line a request.
std::string roff(std::string_view text);

/// The first lines of a page, up to where its name and what it is follow.
std::string heading(std::string_view name, unsigned section);

/// An entry of a list: the term, in bold, and below it the text.  Both are taken as they are.
std::string term(std::string_view name, std::string_view text);

}  // namespace rt::pages
