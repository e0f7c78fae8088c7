// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace rt {

/// Who is to blame; decides the exit status and the `code` of the JSON log.
enum class Blame : std::uint8_t {
    kKernel,   ///< a system call said no; err() is its errno
    kInput,    ///< config.json, a flag or an argument is wrong
    kState,    ///< the container is not in a state that allows this
    kAbsent,   ///< what was named is not there
    kDamaged,  ///< what is there is not what its digest says
    kInUse,    ///< somebody uses it
    kBug,      ///< an invariant of ours does not hold
};

/// Why something failed, innermost cause first.  One pointer wide, so that Result<T> costs a
/// register and not a string.
class [[nodiscard]] Error {
public:
    static Error kernel(int err, std::string what);
    static Error input(std::string what);
    /// `pointer` is the JSON pointer of the value in config.json that is wrong: "/process/cwd".
    static Error input_at(std::string pointer, std::string what);
    /// Of several values, a line each, free of control characters; `pointer` is that of the first, or "".
    static Error input_lines(std::string pointer, std::string lines);
    static Error state(std::string what);
    static Error absent(std::string what);
    static Error damaged(std::string what);
    static Error in_use(std::string what);
    static Error bug(std::string what);

    Error(Error &&other) noexcept : rep_(other.rep_)
    {
        if (rep_ != nullptr) {
            other.rep_ = moved();
        }
    }
    Error &operator=(Error &&other) noexcept;
    ~Error()
    {
        if (rep_ != nullptr) {
            destroy();
        }
    }

    /// Says what we were doing: "mounting /proc" + "move_mount: Operation not permitted".
    Error context(std::string doing) &&;
    /// Names the value of config.json that led here, as a JSON pointer.  The first one given stays.
    Error at(std::string pointer) &&;
    /// What the reader can do about it; printed behind the message.  The first hint given stays.
    Error hint(std::string advice) &&;

    Blame blame() const;
    int err() const;                     ///< errno, or 0 when the kernel is not to blame
    const std::string &pointer() const;  ///< JSON pointer, or ""
    const std::string &phase() const;    ///< the outermost context, or ""
    const std::string &advice() const;   ///< the hint, or ""
    std::string text() const;            ///< "doing: doing: cause: errno in words (hint)"
    /// text() for a terminal, control characters escaped: one line, but of input_lines() each.
    std::string printable_text() const;

private:
    template <class T>
    friend class Result;
    struct Rep;

    explicit Error(Rep *rep) : rep_(rep) {}
    static Rep *moved() noexcept;
    void destroy() noexcept;

    // Null in a successful Result and nowhere else; an Error that was moved from keeps a marker, or
    // its Result would take itself for a success.
    Rep *rep_;
};

}  // namespace rt
