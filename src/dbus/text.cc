// SPDX-License-Identifier: Apache-2.0
//
// GVariant's text format, as far as D-Bus has types for it.
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/str.h"
#include "dbus/types.h"
#include "dbus/value.h"

namespace rt::dbus {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::string_view kTextWords[] = {"string", "objectpath", "signature"};
constexpr const char *kTextTypes[] = {"s", "o", "g"};

constexpr bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The type that the word before a value names; "" when it is none.
std::string type_of_word(std::string_view word)
{
    for (const Basic &type : kBasics) {
        if (type.word == word) {
            return std::string(1, type.code);
        }
    }
    for (std::size_t i = 0; i < std::size(kTextWords); ++i) {
        if (kTextWords[i] == word) {
            return kTextTypes[i];
        }
    }
    return "";
}

void put_utf8(std::string &out, std::uint32_t point)
{
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
    }
}

class Parser {
public:
    explicit Parser(std::string_view text) : rest_(text) {}

    Result<Value> whole()
    {
        TRY_LET(value, one("", 0));
        skip_blanks();
        if (!rest_.empty()) {
            return bad(str("nothing may follow the value, got \"", rest_, '"'));
        }
        return value;
    }

private:
    static Error bad(std::string why) { return Error::input(std::move(why)); }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

    bool take(char c)
    {
        skip_blanks();
        const bool there = rest_.starts_with(c);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }

    std::string_view take_word()
    {
        std::size_t end = 0;
        while (end < rest_.size() && (is_letter(rest_[end]) || is_digit(rest_[end]))) {
            ++end;
        }
        const std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return word;
    }

    /// A value of the type `wanted`, or of whatever type it says itself when that is "".
    Result<Value> one(const std::string &wanted, int depth)
    {
        skip_blanks();
        if (depth > kMaxDepth) {
            return bad("is nested too deeply");
        }
        if (rest_.empty()) {
            return bad("a value is missing");
        }
        const char first = rest_.front();
        if (first == '@') {
            return annotated(wanted, depth);
        }
        if (is_letter(first)) {
            return worded(wanted, depth);
        }
        if (first == '\'' || first == '"') {
            return quoted(wanted.empty() ? "s" : wanted);
        }
        if (first == '[') {
            return list(wanted, depth);
        }
        if (first == '(') {
            return tuple(wanted, depth);
        }
        if (first == '<') {
            return boxed(wanted, depth);
        }
        return plain_number(wanted);
    }

    Result<Value> agreed(Value value, const std::string &wanted)
    {
        if (!wanted.empty() && value.type != wanted) {
            return bad(str("is of type \"", value.type, "\" where \"", wanted, "\" is wanted"));
        }
        return value;
    }

    Result<Value> annotated(const std::string &wanted, int depth)
    {
        rest_.remove_prefix(1);
        const std::size_t length = type_length(rest_);
        if (length == 0) {
            return bad(str("no type of D-Bus follows the \"@\" of \"@", rest_, '"'));
        }
        const std::string type(rest_.substr(0, length));
        rest_.remove_prefix(length);
        TRY_LET(value, one(type, depth + 1));
        return agreed(std::move(value), wanted);
    }

    Result<Value> worded(const std::string &wanted, int depth)
    {
        const std::string_view word = take_word();
        if (word == "true" || word == "false") {
            return agreed(boolean(word == "true"), wanted);
        }
        const std::string type = type_of_word(word);
        if (type.empty()) {
            return bad(str("\"", word, "\" is no value (a string is quoted: 'text')"));
        }
        TRY_LET(value, one(type, depth + 1));
        return agreed(std::move(value), wanted);
    }

    /// \uXXXX and \UXXXXXXXX
    Status escape_point(std::string &out, std::size_t digits)
    {
        std::uint32_t point = 0;
        const char *from = rest_.data();
        const std::size_t length = std::min(digits, rest_.size());
        const auto [end, error] = std::from_chars(from, from + length, point, 16);
        if (length < digits || error != std::errc() || end != from + digits || point == 0 ||
            point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
            return bad("has a \\u that names no character");
        }
        rest_.remove_prefix(digits);
        put_utf8(out, point);
        return {};
    }

    Status escape(std::string &out)
    {
        constexpr std::string_view kLetters = "abfnrtv\\'\"?", kMeant = "\a\b\f\n\r\t\v\\'\"?";
        const char c = rest_.empty() ? '\0' : rest_.front();
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        if (c == 'u' || c == 'U') {
            return escape_point(out, c == 'u' ? 4 : 8);
        }
        const std::size_t at = kLetters.find(c);
        if (at == kLetters.npos) {
            return bad("has a backslash before nothing that needs one");
        }
        out += kMeant[at];
        return {};
    }

    Result<Value> quoted(const std::string &type)
    {
        if (type.size() != 1 || !is_text(type.front())) {
            return bad(str("is text where \"", type, "\" is wanted"));
        }
        const char quote = rest_.front();
        rest_.remove_prefix(1);
        Value value(type);
        while (!rest_.empty() && rest_.front() != quote) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '\\') {
                TRY(escape(value.text));
            } else if (c == '\0') {
                return bad("a string cannot have a NUL");
            } else {
                value.text += c;
            }
        }
        if (rest_.empty()) {
            return bad(str("the closing ", quote, " is missing"));
        }
        rest_.remove_prefix(1);
        return value;
    }

    Result<Value> plain_number(const std::string &wanted)
    {
        const std::string_view token = rest_.substr(0, rest_.find_first_of(" \t\n\r,)]>"));
        const std::string type = wanted.empty() ? "i" : wanted;
        const Basic *basic_type = type.size() == 1 ? basic(type.front()) : nullptr;
        if (basic_type == nullptr || basic_type->code == 'b' || basic_type->code == 'd') {
            return bad(str("\"", token, "\" is no value of type \"", type, '"'));
        }
        const auto number = integer_of(token, *basic_type);
        if (!number) {
            return bad(str("\"", token, "\" is no ", basic_type->word));
        }
        rest_.remove_prefix(token.size());
        return Value(type, *number);
    }

    static std::optional<std::uint64_t> integer_of(std::string_view token, const Basic &type)
    {
        const bool negative = token.starts_with('-');
        token.remove_prefix(negative || token.starts_with('+') ? 1 : 0);
        const bool hex = token.starts_with("0x") || token.starts_with("0X");
        token.remove_prefix(hex ? 2 : 0);
        const int base = hex ? 16 : token.size() > 1 && token.starts_with('0') ? 8 : 10;
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value, base);
        if (token.empty() || error != std::errc() || end != token.data() + token.size()) {
            return std::nullopt;
        }
        if (value > type.most + (negative && type.is_signed ? 1 : 0) ||
            (negative && !type.is_signed && value != 0)) {
            return std::nullopt;
        }
        return negative ? 0 - value : value;
    }

    Result<Value> list(const std::string &wanted, int depth)
    {
        if (!wanted.empty() && wanted.front() != 'a') {
            return bad(str("is a list where \"", wanted, "\" is wanted"));
        }
        rest_.remove_prefix(1);
        std::string element = wanted.empty() ? "" : wanted.substr(1);
        std::vector<Value> parts;
        while (!take(']')) {
            if (!parts.empty() && !take(',')) {
                return bad("a list needs a comma between its values and a \"]\" at its end");
            }
            TRY_LET(part, one(element, depth + 1));
            element = part.type;
            parts.push_back(std::move(part));
        }
        if (element.empty()) {
            return bad("an empty list has to say its type (@as [])");
        }
        return array(element, std::move(parts));
    }

    Result<Value> tuple(const std::string &wanted, int depth)
    {
        if (!wanted.empty() && wanted.front() != '(') {
            return bad(str("is a tuple where \"", wanted, "\" is wanted"));
        }
        rest_.remove_prefix(1);
        std::string_view types = wanted;
        types.remove_prefix(wanted.empty() ? 0 : 1);
        std::vector<Value> parts;
        while (!take(')')) {
            if (!parts.empty() && !take(',')) {
                return bad("a tuple needs a comma between its values and a \")\" at its end");
            }
            if (parts.size() == 1 && take(')')) {  // "(1,)"
                break;
            }
            const std::string type(types.substr(0, type_length(types)));
            types.remove_prefix(type.size());
            TRY_LET(part, one(type, depth + 1));
            parts.push_back(std::move(part));
        }
        if (parts.empty()) {
            return bad("D-Bus has no empty tuple");
        }
        return agreed(structure(std::move(parts)), wanted);
    }

    Result<Value> boxed(const std::string &wanted, int depth)
    {
        rest_.remove_prefix(1);
        TRY_LET(inner, one("", depth + 1));
        if (!take('>')) {
            return bad("the closing > is missing");
        }
        return agreed(variant(std::move(inner)), wanted);
    }

    std::string_view rest_;
};

}  // namespace

Result<Value> parse(std::string_view text) { return Parser(text).whole(); }

}  // namespace rt::dbus
