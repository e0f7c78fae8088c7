// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <string.h>

#include <string_view>
#include <utility>

#include "base/str.h"

namespace rt {

struct Error::Rep {
    Blame blame;
    int err;
    std::string text;
    std::string pointer;
    std::string phase;
    std::string hint;
    bool lines = false;
};

[[gnu::cold]] Error Error::kernel(int err, std::string what)
{
    return Error(new Rep{Blame::kKernel, err, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::input(std::string what)
{
    return Error(new Rep{Blame::kInput, 0, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::input_at(std::string pointer, std::string what)
{
    return Error(new Rep{Blame::kInput, 0, std::move(what), std::move(pointer), {}, {}});
}

[[gnu::cold]] Error Error::input_lines(std::string pointer, std::string lines)
{
    return Error(new Rep{Blame::kInput, 0, std::move(lines), std::move(pointer), {}, {}, true});
}

[[gnu::cold]] Error Error::state(std::string what)
{
    return Error(new Rep{Blame::kState, 0, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::absent(std::string what)
{
    return Error(new Rep{Blame::kAbsent, 0, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::damaged(std::string what)
{
    return Error(new Rep{Blame::kDamaged, 0, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::in_use(std::string what)
{
    return Error(new Rep{Blame::kInUse, 0, std::move(what), {}, {}, {}});
}

[[gnu::cold]] Error Error::bug(std::string what)
{
    return Error(new Rep{Blame::kBug, 0, std::move(what), {}, {}, {}});
}

Error &Error::operator=(Error &&other) noexcept
{
    std::swap(rep_, other.rep_);
    return *this;
}

Error Error::context(std::string doing) &&
{
    rep_->text.insert(0, doing + ": ");
    rep_->phase = std::move(doing);
    return std::move(*this);
}

Error Error::at(std::string pointer) &&
{
    if (rep_->pointer.empty()) {
        rep_->pointer = std::move(pointer);
    }
    return std::move(*this);
}

Error Error::hint(std::string advice) &&
{
    if (rep_->hint.empty()) {
        rep_->hint = std::move(advice);
    }
    return std::move(*this);
}

Blame Error::blame() const { return rep_->blame; }
int Error::err() const { return rep_->err; }
const std::string &Error::pointer() const { return rep_->pointer; }
const std::string &Error::phase() const { return rep_->phase; }
const std::string &Error::advice() const { return rep_->hint; }

std::string Error::text() const
{
    std::string out = rep_->text;
    if (rep_->err != 0) {
        const char *words = ::strerrordesc_np(rep_->err);
        out += words != nullptr ? std::string(": ") + words : ": errno " + std::to_string(rep_->err);
    }
    if (!rep_->hint.empty()) {
        out += " (" + rep_->hint + ")";
    }
    return out;
}

std::string Error::printable_text() const
{
    const std::string all = text();
    if (!rep_->lines) {
        return printable(all);
    }
    std::string out;
    for (std::string_view rest = all;;) {
        const std::size_t end = rest.find('\n');
        out += printable(rest.substr(0, end));
        if (end == rest.npos) {
            return out;
        }
        out += '\n';
        rest.remove_prefix(end + 1);
    }
}

Error::Rep *Error::moved() noexcept
{
    static Rep marker{Blame::kBug, 0, {}, {}, {}, {}};
    return &marker;
}

void Error::destroy() noexcept
{
    if (rep_ != moved()) {
        delete rep_;
    }
}

}  // namespace rt
