// SPDX-License-Identifier: Apache-2.0
//
// Finds a value in a text that is known to be JSON, so that parsing need not keep positions.
#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace rt::json {
namespace {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_blanks()
    {
        const std::size_t next = text_.find_first_not_of(" \t\r\n", at_);
        at_ = next == text_.npos ? text_.size() : next;
    }

    /// The string here, with its quotes, as it is written.
    std::string_view take_string()
    {
        const std::size_t from = at_++;
        while (at_ < text_.size() && text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        at_ = std::min(at_ + 1, text_.size());
        return text_.substr(from, at_ - from);
    }

    void take(char wanted)
    {
        skip_blanks();
        at_ += peek() == wanted ? 1 : 0;
        skip_blanks();
    }

    void skip_value()
    {
        std::size_t depth = 0;
        do {
            switch (peek()) {
            case '"':
                take_string();
                break;
            case '{':
            case '[':
                ++depth;
                ++at_;
                break;
            case '}':
            case ']':
                --depth;
                ++at_;
                break;
            case ',':
            case ':':
                ++at_;
                break;
            default:
                at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
            }
            skip_blanks();
        } while (depth != 0 && at_ < text_.size());
    }

    /// Goes to the value of `token` in the object or array here.  The last one of that name: it is
    /// the one to blame.
    bool enter(std::string_view token)
    {
        const bool object = peek() == '{';
        if (!object && peek() != '[') {
            return false;
        }
        std::size_t found = text_.npos;
        take(peek());
        for (std::size_t i = 0; peek() != '\0' && peek() != '}' && peek() != ']'; ++i) {
            const bool match = object ? same(take_string(), token) : str(i) == token;
            take(':');
            found = match ? at_ : found;
            skip_value();
            take(',');
        }
        at_ = found == text_.npos ? at_ : found;
        return found != text_.npos;
    }

private:
    static bool same(std::string_view quoted, std::string_view token)
    {
        if (quoted.find('\\') == quoted.npos) {
            return quoted.substr(1, quoted.size() - 2) == token;
        }
        // As a value: a bad name would be located in its turn, and so on.
        const Result<Document> decoded = Document::parse(str(R"({"name":)", quoted, '}'), "");
        return decoded && decoded->root().member("name")->string() == token;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string unescape(std::string_view token)
{
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size()) {
            out += token[++i] == '1' ? '/' : '~';
        } else {
            out += token[i];
        }
    }
    return out;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {.line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
            .column = 1 + before.size() - line_start};
}

Position locate(std::string_view text, std::string_view pointer)
{
    Scanner scanner(text);
    scanner.skip_blanks();
    std::size_t best = scanner.at();
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        if (!scanner.enter(unescape(token))) {
            break;
        }
        best = scanner.at();
    }
    return position_of(text, best);
}

std::string escape_pointer(std::string_view token)
{
    std::string out;
    out.reserve(token.size());
    for (const char c : token) {
        switch (c) {
        case '~':
            out += "~0";
            break;
        case '/':
            out += "~1";
            break;
        default:
            out += c;
        }
    }
    return out;
}

}  // namespace rt::json
