// SPDX-License-Identifier: Apache-2.0
#include "pages/roff.h"

#include "base/str.h"
#include "cli/version.h"

namespace rt::pages {
namespace {

std::string upper(std::string_view text)
{
    std::string out(text);
    for (char &c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

}  // namespace

std::string roff(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if ((c == '.' || c == '\'') && out.empty()) {
            out += str("\\&", c);
        } else {
            out += c;
        }
    }
    return out;
}

std::string heading(std::string_view name, unsigned section)
{
    return str(".TH ", upper(name), ' ', section, " \"\" \"runtime ", cli::kVersion,
               "\" \"Containers\"\n.SH NAME\n");
}

std::string term(std::string_view name, std::string_view text)
{
    return str(".TP\n\\fB", name, "\\fR\n", text, "\n");
}

}  // namespace rt::pages
