// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::container {

/// The terminal `run` was started from, lent to the container while it lives.
class Console {
public:
    /// Takes the pty master that init sent over `socket`.  Our size becomes its size, unless `sized`:
    /// then config.json gave it one.
    static Result<Console> receive(FdRef socket, bool sized);
    Console(Console &&) noexcept;
    Console &operator=(Console &&) = delete;
    ~Console();  ///< gives our terminal back as it was

    FdRef master() const { return master_; }
    bool wants_input() const { return input_open_ && typed_.empty(); }
    bool wants_output() const { return !typed_.empty(); }
    bool wants_to_print() const { return !printed_.empty(); }
    void resize();         ///< our size becomes the container's
    void from_terminal();  ///< reads what was typed
    void deliver();        ///< hands on what was typed
    bool to_terminal();    ///< takes what there is to print, up to a page; false: nothing, or never again
    void print();          ///< prints it: one write(2), which does not block once poll(2) has said so

private:
    explicit Console(Fd master) : master_(std::move(master)) {}
    Fd master_;
    std::string typed_, printed_;
    bool input_open_ = true;
    std::optional<termios> saved_;
};

}  // namespace rt::container
