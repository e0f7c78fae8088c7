// SPDX-License-Identifier: Apache-2.0
//
// JSON front to back and without a tree: for what a Writer of ours has written, at a tenth of the price of a
// Document.  What a Document refuses in what others write, a name that is there twice above all, is for the
// caller to see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace rt::json {

/// Reads a text, which has to outlive it.  Each call takes the next value; false when that is another kind
/// of value, or none.  The place is then anywhere: who wants to go on from there keeps a copy of the Reader.
class Reader {
public:
    /// A text with a NUL byte in it is taken for none: a name or a value would end there for the kernel.
    explicit Reader(std::string_view text);

    bool string(std::string &value);
    bool boolean(bool &value);
    bool number(std::int64_t &value);
    bool number_unsigned(std::uint64_t &value);
    /// This one leaves the place where it was when there is something else.
    bool null();
    /// Any value, with all that is in it.
    bool skip();

    /// `each(std::string_view name)` takes a member's value, and tells whether it could.
    template <class Each>
    bool object(Each each)
    {
        Step step = enter('{', '}');
        for (Name name; step == Step::kNext; step = next('}')) {
            if (!take_name(name) || !each(name.text)) {
                return false;
            }
        }
        return leave(step);
    }
    /// `each()` takes an element, and tells whether it could.
    template <class Each>
    bool array(Each each)
    {
        Step step = enter('[', ']');
        for (; step == Step::kNext; step = next(']')) {
            if (!each()) {
                return false;
            }
        }
        return leave(step);
    }

    /// Nothing but blanks is left.
    bool at_end();
    /// Bytes of the text that are left.
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

private:
    enum class Step : std::uint8_t { kNext, kEnd, kDamage };

    /// Of a member: a piece of the text, or what came out of one with escapes.
    struct Name {
        std::string_view text;
        std::string decoded;
    };

    Step enter(char open, char close);
    Step next(char close);
    bool leave(Step step);
    bool take(std::string_view word);
    bool take_name(Name &name);
    /// A string without escapes; false, and nothing taken, where there are some or there is none.
    bool take_plain(std::string_view &value);
    bool take_escaped(std::string &value);
    bool take_escape(std::string &value);
    template <class Number>
    bool take_number(Number &value);
    /// The next byte that is no blank, or 0.
    char peek();

    const char *at_, *end_;  ///< what is left
    std::size_t depth_ = 0;
};

}  // namespace rt::json
