// SPDX-License-Identifier: Apache-2.0
#include "container/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

constexpr FdRef kInput{STDIN_FILENO};
constexpr FdRef kOutput{STDOUT_FILENO};
constexpr std::size_t kPage = 4096;

}  // namespace

// spec: RunTerminal, ProcConsoleSize
Result<Console> Console::receive(FdRef socket, bool sized)
{
    char name[kPage];
    TRY_LET(received, kernel::receive(socket, name).context("receiving the terminal"));
    if (received.fds.size() != 1) {
        return Error::bug("init did not send its terminal");
    }
    Console console(std::move(received.fds[0]));
    TRY(kernel::set_fl(console.master_, O_RDWR | O_NONBLOCK));
    if (!sized) {
        console.resize();
    }
    termios ours = {};
    if (::tcgetattr(kInput.get(), &ours) == 0) {
        console.saved_ = ours;
        ::cfmakeraw(&ours);
        ::tcsetattr(kInput.get(), TCSANOW, &ours);
    }
    return console;
}

Console::Console(Console &&other) noexcept
    : master_(std::move(other.master_)), typed_(std::move(other.typed_)), printed_(std::move(other.printed_)),
      input_open_(other.input_open_), saved_(std::exchange(other.saved_, std::nullopt))
{}

Console::~Console()
{
    if (saved_) {
        ::tcsetattr(kInput.get(), TCSANOW, &*saved_);
    }
}

void Console::resize()
{
    winsize size = {};
    if (::ioctl(kInput.get(), TIOCGWINSZ, &size) == 0) {
        ::ioctl(master_.get(), TIOCSWINSZ, &size);
    }
}

void Console::from_terminal()
{
    auto typed = kernel::read(kInput, kPage);
    input_open_ = typed && !typed->empty();
    if (input_open_) {
        typed_ = std::move(typed).take();
        deliver();
    }
}

void Console::deliver()
{
    auto written = kernel::write(master_, typed_);
    if (written) {
        typed_.erase(0, *written);
    } else if (written.error().err() != EAGAIN) {
        typed_.clear();
        input_open_ = false;
    }
}

bool Console::to_terminal()
{
    auto printed = kernel::read(master_, kPage);
    if (!printed || printed->empty()) {
        return false;  // EIO: no slave is open; EAGAIN: nothing now
    }
    printed_ += *printed;
    return true;
}

void Console::print()
{
    auto written = kernel::write(kOutput, printed_);
    if (written) {
        printed_.erase(0, *written);
    } else if (written.error().err() != EAGAIN) {
        printed_.clear();  // nobody reads it any more
    }
}

}  // namespace rt::container
