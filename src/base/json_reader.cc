// SPDX-License-Identifier: Apache-2.0
#include "base/json_reader.h"

#include <charconv>

namespace rt::json {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// What may stand behind a number: at the end of the text it may have been cut off.
bool ends_number(char c) { return is_blank(c) || c == ',' || c == '}' || c == ']'; }

struct Escape {
    char letter, meaning;
};
constexpr Escape kEscapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'n', '\n'},
                               {'r', '\r'}, {'t', '\t'},  {'b', '\b'}, {'f', '\f'}};

}  // namespace

Reader::Reader(std::string_view text) : at_(text.data()), end_(at_ + text.size())
{
    end_ = text.find('\0') == text.npos ? end_ : at_;
}

char Reader::peek()
{
    while (at_ != end_ && is_blank(*at_)) {
        ++at_;
    }
    return at_ == end_ ? '\0' : *at_;
}

bool Reader::take(std::string_view word)
{
    (void)peek();
    if (!std::string_view(at_, end_).starts_with(word)) {
        return false;
    }
    at_ += word.size();
    return true;
}

bool Reader::take_plain(std::string_view &value)
{
    if (peek() != '"') {
        return false;
    }
    const char *first = at_ + 1;
    const std::string_view rest(first, end_);
    const std::size_t quote = rest.find('"');
    if (quote == rest.npos || rest.substr(0, quote).find('\\') != rest.npos) {
        return false;
    }
    value = rest.substr(0, quote);
    at_ = first + quote + 1;
    return true;
}

/// Behind the backslash.  Of \uXXXX, what a Writer writes: \u0001 to \u007f.
bool Reader::take_escape(std::string &value)
{
    for (const Escape &escape : kEscapes) {
        if (at_ != end_ && *at_ == escape.letter) {
            ++at_;
            value += escape.meaning;
            return true;
        }
    }
    constexpr std::ptrdiff_t kLength = 5;
    unsigned code = 0;
    if (end_ - at_ < kLength || *at_ != 'u') {
        return false;
    }
    const auto [end, error] = std::from_chars(at_ + 1, at_ + kLength, code, 16);
    if (error != std::errc() || end != at_ + kLength || code == 0 || code > 0x7f) {
        return false;
    }
    at_ = end;
    value += static_cast<char>(code);
    return true;
}

bool Reader::take_escaped(std::string &value)
{
    value.clear();
    if (!take("\"")) {
        return false;
    }
    while (at_ != end_) {
        const char c = *at_++;
        if (c == '"') {
            return true;
        }
        if (c != '\\') {
            value += c;
        } else if (!take_escape(value)) {
            return false;
        }
    }
    return false;
}

bool Reader::string(std::string &value)
{
    std::string_view plain;
    if (take_plain(plain)) {
        value.assign(plain);
        return true;
    }
    return take_escaped(value);
}

bool Reader::take_name(Name &name)
{
    if (!take_plain(name.text)) {
        if (!take_escaped(name.decoded)) {
            return false;
        }
        name.text = name.decoded;
    }
    if (peek() != ':') {
        return false;
    }
    ++at_;
    return true;
}

bool Reader::boolean(bool &value)
{
    value = peek() == 't';
    return take(value ? "true" : "false");
}

bool Reader::null() { return take("null"); }

template <class Number>
bool Reader::take_number(Number &value)
{
    (void)peek();
    const auto [end, error] = std::from_chars(at_, end_, value);
    if (error != std::errc() || end == end_ || !ends_number(*end)) {
        return false;
    }
    at_ = end;
    return true;
}

bool Reader::number(std::int64_t &value) { return take_number(value); }
bool Reader::number_unsigned(std::uint64_t &value) { return take_number(value); }

bool Reader::skip()
{
    std::string_view plain;
    std::string text;
    bool flag = false;
    switch (peek()) {
    case '{':
        return object([this](std::string_view) { return skip(); });
    case '[':
        return array([this] { return skip(); });
    case '"':
        return take_plain(plain) || take_escaped(text);
    case 't':
    case 'f':
        return boolean(flag);
    case 'n':
        return null();
    default:
        break;
    }
    const std::string_view rest(at_, end_);
    const std::size_t digits = rest.find_first_not_of("-+.eE0123456789");
    if (digits == 0 || digits == rest.npos || !ends_number(rest[digits])) {
        return false;
    }
    at_ += digits;
    return true;
}

Reader::Step Reader::enter(char open, char close)
{
    if (depth_ == kMaxDepth || peek() != open) {
        return Step::kDamage;
    }
    ++depth_;
    ++at_;
    if (peek() != close) {
        return Step::kNext;
    }
    ++at_;
    return Step::kEnd;
}

Reader::Step Reader::next(char close)
{
    const char c = peek();
    if (c != ',' && c != close) {
        return Step::kDamage;
    }
    ++at_;
    return c == ',' ? Step::kNext : Step::kEnd;
}

bool Reader::leave(Step step)
{
    --depth_;
    return step == Step::kEnd;
}

bool Reader::at_end() { return peek() == '\0' && at_ == end_; }

}  // namespace rt::json
