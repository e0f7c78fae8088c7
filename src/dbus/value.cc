// SPDX-License-Identifier: Apache-2.0
#include "dbus/value.h"

#include "base/str.h"
#include "dbus/types.h"

namespace rt::dbus {
namespace {

/// The type at `at`, which moves behind it; false where there is none.
bool skip_type(std::string_view signature, std::size_t &at, int depth)
{
    if (at >= signature.size() || depth > kMaxDepth) {
        return false;
    }
    const char code = signature[at++];
    if (code == 'a') {
        return skip_type(signature, at, depth + 1);
    }
    if (code != '(' && code != '{') {
        return code == 'v' || is_text(code) || basic(code) != nullptr;
    }
    const char end = code == '(' ? ')' : '}';  // an entry of a dictionary is read as a structure of two
    const std::size_t first = at;
    while (at < signature.size() && signature[at] != end) {
        if (!skip_type(signature, at, depth + 1)) {
            return false;
        }
    }
    return at < signature.size() && at++ > first;
}

void print_number(std::string &out, const Basic &type, std::uint64_t number)
{
    if (type.code == 'b') {
        out += number != 0 ? "true" : "false";
        return;
    }
    out += type.code == 'i' ? std::string() : str(type.word, ' ');
    out += type.is_signed ? str(static_cast<std::int64_t>(number)) : str(number);
}

void print_text(std::string &out, std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '\'';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte == 0x7f) {
            out += str("\\u00", kHex[byte >> 4], kHex[byte & 15]);
        } else {
            out += c == '\'' || c == '\\' ? str('\\', c) : std::string(1, c);
        }
    }
    out += '\'';
}

void print_into(std::string &out, const Value &value)
{
    const char code = value.type.empty() ? '\0' : value.type.front();
    if (const Basic *type = basic(code)) {
        print_number(out, *type, value.number);
        return;
    }
    if (is_text(code)) {
        out += code == 'o' ? "objectpath " : code == 'g' ? "signature " : "";
        print_text(out, value.text);
        return;
    }
    const bool is_array = code == 'a', is_struct = code == '(';
    if (is_array && value.parts.empty()) {
        out += str('@', value.type, ' ');
    }
    out += is_array ? '[' : is_struct ? '(' : '<';
    for (std::size_t i = 0; i < value.parts.size(); ++i) {
        out += i == 0 ? "" : ", ";
        print_into(out, value.parts[i]);
    }
    out += is_struct && value.parts.size() == 1 ? "," : "";
    out += is_array ? ']' : is_struct ? ')' : '>';
}

}  // namespace

const Basic *basic(char code)
{
    for (const Basic &type : kBasics) {
        if (type.code == code) {
            return &type;
        }
    }
    return nullptr;
}

std::size_t type_length(std::string_view signature)
{
    std::size_t at = 0;
    return skip_type(signature, at, 0) ? at : 0;
}

Value::Value(std::string_view type_, std::uint64_t number_) : type(type_), number(number_) {}
Value::Value(std::string_view type_, std::string text_) : type(type_), text(std::move(text_)) {}
Value::Value(std::string_view type_, std::vector<Value> parts_) : type(type_), parts(std::move(parts_)) {}
Value::Value(const Value &) = default;
Value::Value(Value &&) noexcept = default;
Value &Value::operator=(const Value &) = default;
Value &Value::operator=(Value &&) noexcept = default;
Value::~Value() = default;
bool Value::operator==(const Value &) const = default;

Value boolean(bool value) { return Value("b", value ? 1 : 0); }
Value int32(std::int32_t value)
{
    return Value("i", static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
}
Value uint32(std::uint32_t value) { return Value("u", value); }
Value uint64(std::uint64_t value) { return Value("t", value); }
Value text(std::string value) { return Value("s", std::move(value)); }

Value variant(Value value)
{
    Value out("v");
    out.parts.push_back(std::move(value));
    return out;
}

Value structure(std::vector<Value> parts)
{
    std::string type = "(";
    for (const Value &part : parts) {
        type += part.type;
    }
    return Value(type + ')', std::move(parts));
}

Value array(std::string_view element, std::vector<Value> parts)
{
    return Value(str('a', element), std::move(parts));
}

Value words(const std::vector<std::string> &list)
{
    Value out("as");
    for (const std::string &word : list) {
        out.parts.push_back(text(word));
    }
    return out;
}

Value bytes(std::string_view bytes)
{
    Value out("ay");
    for (const char byte : bytes) {
        out.parts.push_back(Value("y", static_cast<unsigned char>(byte)));
    }
    return out;
}

std::string print(const Value &value)
{
    std::string out;
    print_into(out, value);
    return out;
}

}  // namespace rt::dbus
