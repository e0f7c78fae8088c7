// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/json.h"
#include "base/str.h"

namespace rt::json {
namespace {

unsigned byte_at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

/// How many bytes the UTF-8 sequence at the front of `s` has; 0 when it is none.
std::size_t utf8_length(std::string_view s)
{
    struct Lead {
        unsigned from, to, length, second_from, second_to;
    };
    // The table of well-formed sequences, Unicode 15 section 3.9.
    constexpr auto kLeads = std::to_array<Lead>({
        {0x00, 0x7f, 1, 0, 0},
        {0xc2, 0xdf, 2, 0x80, 0xbf},
        {0xe0, 0xe0, 3, 0xa0, 0xbf},
        {0xe1, 0xec, 3, 0x80, 0xbf},
        {0xed, 0xed, 3, 0x80, 0x9f},
        {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf},
        {0xf1, 0xf3, 4, 0x80, 0xbf},
        {0xf4, 0xf4, 4, 0x80, 0x8f},
    });
    for (const Lead &lead : kLeads) {
        if (byte_at(s, 0) < lead.from || byte_at(s, 0) > lead.to) {
            continue;
        }
        if (s.size() < lead.length) {
            return 0;
        }
        for (std::size_t i = 1; i < lead.length; ++i) {
            const unsigned from = i == 1 ? lead.second_from : 0x80;
            const unsigned to = i == 1 ? lead.second_to : 0xbf;
            if (byte_at(s, i) < from || byte_at(s, i) > to) {
                return 0;
            }
        }
        return lead.length;
    }
    return 0;
}

void append_escaped(std::string &out, char c)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
        out += str("\\u00", kHex[byte >> 4U], kHex[byte & 15U]);
    } else {
        out += c;
    }
}

void append_quoted(std::string &out, std::string_view text)
{
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text.substr(i));
        switch (length) {
        case 0:
            out += "\xef\xbf\xbd";
            break;
        case 1:
            append_escaped(out, text[i]);
            break;
        default:
            out += text.substr(i, length);
        }
        i += length == 0 ? 1 : length;
    }
    out += '"';
}

}  // namespace

std::string quote(std::string_view text)
{
    std::string out;
    append_quoted(out, text);
    return out;
}

Writer &Writer::name(std::string_view name)
{
    before_value();
    append_quoted(out_, name);
    out_ += layout_ == Layout::kIndented ? ": " : ":";
    after_name_ = true;
    return *this;
}

Writer &Writer::string(std::string_view value)
{
    before_value();
    append_quoted(out_, value);
    return *this;
}

Writer &Writer::number(std::int64_t value) { return raw(str(value)); }
Writer &Writer::number_unsigned(std::uint64_t value) { return raw(str(value)); }
Writer &Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer &Writer::null() { return raw("null"); }

Writer &Writer::raw(std::string_view value)
{
    before_value();
    out_ += value;
    return *this;
}

Writer &Writer::open(char bracket)
{
    before_value();
    out_ += bracket;
    ++depth_;
    first_ = true;
    return *this;
}

Writer &Writer::close(char bracket)
{
    --depth_;
    if (!first_) {
        new_line();
    }
    out_ += bracket;
    first_ = false;
    return *this;
}

void Writer::before_value()
{
    if (after_name_) {
        after_name_ = false;
        return;
    }
    if (!first_) {
        out_ += ',';
    }
    if (depth_ != 0) {
        new_line();
    }
    first_ = false;
}

void Writer::new_line()
{
    if (layout_ == Layout::kIndented) {
        out_ += '\n';
        out_.append(2 * depth_, ' ');
    }
}

}  // namespace rt::json
