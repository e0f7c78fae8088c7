// SPDX-License-Identifier: Apache-2.0
//
// Finds a value in a text that is known to be JSON, so that parsing need not keep positions.
#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

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

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// The step of a pointer that leads to the member called `quoted`.
std::string step_to(std::string_view quoted)
{
    if (quoted.find('\\') == quoted.npos) {
        return str('/', escape_pointer(quoted.substr(1, quoted.size() - 2)));
    }
    // As a value: a bad name would be located in its turn, and so on.
    const Result<Document> decoded = Document::parse(str(R"({"name":)", quoted, '}'), "");
    return decoded ? str('/', escape_pointer(*decoded->root().member("name")->string())) : std::string("/");
}

/// Goes through the text once and notes where the wanted values begin.
class Search {
public:
    Search(std::string_view text, std::span<const std::string_view> pointers) : scanner_(text)
    {
        for (const std::string_view pointer : pointers) {
            for (std::size_t end = pointer.find('/', 1); end < pointer.size();
                 end = pointer.find('/', end + 1)) {
                found_.emplace(pointer.substr(0, end), text.npos);
            }
            found_.emplace(pointer, text.npos);
        }
        scanner_.skip_blanks();
        top_ = scanner_.at();
        visit();
    }

    /// Offset of the value, or of the nearest one around it.
    std::size_t offset(std::string_view pointer) const
    {
        while (!pointer.empty()) {
            const auto at = found_.find(pointer);
            if (at != found_.end() && at->second != pointer.npos) {
                return at->second;
            }
            pointer = pointer.substr(0, std::min(pointer.rfind('/'), pointer.size() - 1));
        }
        return top_;
    }

private:
    /// The object or array here, whose pointer is at_.
    void visit()
    {
        const bool object = scanner_.peek() == '{';
        if (!object && scanner_.peek() != '[') {
            return scanner_.skip_value();
        }
        const std::size_t depth = at_.size();
        scanner_.take(scanner_.peek());
        for (std::size_t i = 0; scanner_.peek() != '\0' && scanner_.peek() != '}' && scanner_.peek() != ']';
             ++i) {
            at_ += object ? step_to(scanner_.take_string()) : str('/', i);
            scanner_.take(':');
            const auto wanted = found_.find(at_);
            if (wanted == found_.end()) {
                scanner_.skip_value();
            } else {
                // Of a name that is there twice it is the last one that is to blame.
                wanted->second = scanner_.at();
                visit();
            }
            at_.resize(depth);
            scanner_.take(',');
        }
        scanner_.take(scanner_.peek());
    }

    Scanner scanner_;
    std::size_t top_ = 0;
    std::string at_;
    std::unordered_map<std::string_view, std::size_t> found_;  ///< the pointers and all that is around them
};

}  // namespace

Position position_of(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {.line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
            .column = 1 + before.size() - line_start};
}

std::vector<Position> locate(std::string_view text, std::span<const std::string_view> pointers)
{
    const Search search(text, pointers);
    std::vector<std::pair<std::size_t, std::size_t>> order;  // offset, index
    for (std::size_t i = 0; i < pointers.size(); ++i) {
        order.emplace_back(search.offset(pointers[i]), i);
    }
    std::ranges::sort(order);
    std::vector<Position> out(pointers.size());
    Position now;
    std::size_t before = 0;
    for (const auto &[offset, index] : order) {
        const Position step = position_of(text.substr(before), offset - before);
        now = {.line = now.line + step.line - 1,
               .column = step.line == 1 ? now.column + step.column - 1 : step.column};
        before = offset;
        out[index] = now;
    }
    return out;
}

Position locate(std::string_view text, std::string_view pointer)
{
    return locate(text, std::span(&pointer, 1)).front();
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
