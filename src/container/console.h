// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace rt::container {

/// The terminal `run` was started from, lent to the container while it lives.
class Console {
public:
    /// Takes the pty master that init sent over `socket`.
    static Result<Console> receive(FdRef socket, const std::optional<oci::ConsoleSize> &size);
    Console(Console &&) noexcept;
    ~Console();  ///< gives our terminal back as it was

    FdRef master() const { return master_; }
    void resize();         ///< our size becomes the container's
    bool from_terminal();  ///< moves what was typed; false: nothing more will come
    bool to_terminal();    ///< moves what was printed; false: every slave is closed

private:
    explicit Console(Fd master) : master_(std::move(master)) {}
    Fd master_;
    std::optional<termios> saved_;
};

}  // namespace rt::container
