// SPDX-License-Identifier: Apache-2.0
//
// The other side of a connection as it should not be: silent, cut off, talking nonsense.  Each peer is a
// process of its own behind a real socket.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "dbus/connection.h"

namespace rt::dbus {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

Deadline in(int ms) { return std::chrono::steady_clock::now() + milliseconds(ms); }

/// Listens, and for the first who comes does what `serve` does with the connection.
class Peer {
public:
    explicit Peer(void (*serve)(int))
    {
        char dir[] = "/tmp/rt-dbus-XXXXXX";
        dir_ = ::mkdtemp(dir);
        path_ = dir_ + "/bus";
        const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(listening, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listening, 1), 0);
        child_ = ::fork();
        if (child_ == 0) {
            serve(::accept(listening, nullptr, nullptr));
            ::pause();
        }
        ::close(listening);
    }
    ~Peer()
    {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::unlink(path_.c_str());
        ::rmdir(dir_.c_str());
    }
    const std::string &path() const { return path_; }

private:
    std::string dir_, path_;
    pid_t child_ = -1;
};

void put(int fd, const std::string &bytes) { (void)!::write(fd, bytes.data(), bytes.size()); }

/// Takes the authentication, and the call behind it.
void welcome(int fd)
{
    char buffer[4096];
    (void)!::read(fd, buffer, sizeof buffer);
    put(fd, "OK 0123456789abcdef0123456789abcdef\r\n");
    (void)!::read(fd, buffer, sizeof buffer);
}

std::string word32(std::size_t number)
{
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
        bytes += static_cast<char>(number >> 8 * i & 0xff);
    }
    return bytes;
}

/// An answer (kind 2) or an error (3) to the first call, with one string: byte 20 is the serial it is for.
std::string answer(char kind, const std::string &said)
{
    const std::string to = "\5\1u\0\1\0\0\0"s, signature = "\x8\1g\0\1s\0"s;
    return "l"s + kind + "\0\1"s + word32(said.size() + 5) + word32(99) + word32(15) + to + signature + '\0' +
           word32(said.size()) + said + '\0';
}

Result<std::vector<Value>> call_of(const Peer &peer, int ms)
{
    TRY_LET(connection, Connection::open(peer.path(), Identity::kUid, in(ms)));
    return connection.call({"", "/o", "i.f", "M", {}}, in(ms));
}

TEST(Connection, GetsItsAnswer)
{
    const Peer peer([](int fd) {
        welcome(fd);
        put(fd, answer(2, "well"));
    });
    const auto said = call_of(peer, 10'000);
    ASSERT_TRUE(said.ok()) << said.error().text();
    EXPECT_EQ((*said)[0].text, "well");
}

TEST(Connection, TakesAnAnswerInPieces)
{
    const Peer peer([](int fd) {
        welcome(fd);
        for (const char c : answer(2, "well")) {
            put(fd, std::string(1, c));
        }
    });
    const auto said = call_of(peer, 10'000);
    ASSERT_TRUE(said.ok()) << said.error().text();
    EXPECT_EQ((*said)[0].text, "well");
}

TEST(Connection, TellsWhatItWasRefusedWith)
{
    const Peer peer([](int fd) {
        welcome(fd);
        put(fd, answer(3, "not today"));
    });
    const auto said = call_of(peer, 10'000);
    ASSERT_FALSE(said.ok());
    EXPECT_EQ(said.error().text(), "not today");
}

// Without limit these would wait for ever.
TEST(Connection, DoesNotWaitForOneWhoIsSilent)
{
    const Peer never([](int) {});
    const Peer then([](int fd) { welcome(fd); });
    const Peer half([](int fd) {
        welcome(fd);
        put(fd, answer(2, "well").substr(0, 20));
    });
    for (const Peer *peer : {&never, &then, &half}) {
        const auto before = std::chrono::steady_clock::now();
        const auto said = call_of(*peer, 100);
        ASSERT_FALSE(said.ok());
        EXPECT_EQ(said.error().err(), ETIMEDOUT) << said.error().text();
        EXPECT_LT(std::chrono::steady_clock::now() - before, milliseconds(20'000));
    }
}

struct Rude {
    const char *name;
    void (*serve)(int);
};

TEST(Connection, EndsWithOneWhoTalksNonsense)
{
    constexpr Rude kPeers[] = {
        {"hangs up at once", [](int fd) { ::close(fd); }},
        {"rejects", [](int fd) { put(fd, "REJECTED KERBEROS\r\n"); }},
        {"answers HTTP", [](int fd) { put(fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); }},
        {"never ends its line", [](int fd) { put(fd, std::string(100'000, 'x')); }},
        {"asks for ever", [](int fd) { put(fd, "DATA\r\nDATA\r\nDATA\r\nREJECTED\r\n"); }},
        {"hangs up later", [](int fd) { welcome(fd), ::close(fd); }},
        {"sends noise", [](int fd) { welcome(fd), put(fd, std::string(4096, '\xff')); }},
        {"sends zeros", [](int fd) { welcome(fd), put(fd, std::string(4096, '\0')); }},
        {"says it is 2 GiB long",
         [](int fd) { welcome(fd), put(fd, "l\2\0\1\xff\xff\xff\x7f\1\0\0\0\0\0\0\0"s); }},
    };
    for (const Rude &rude : kPeers) {
        const Peer peer(rude.serve);
        const auto said = call_of(peer, 10'000);
        EXPECT_FALSE(said.ok()) << rude.name;
        EXPECT_TRUE(said.ok() || said.error().err() != ETIMEDOUT) << rude.name << ": " << said.error().text();
    }
}

// Messages for others are no answer, however many there are.
TEST(Connection, LooksForItsOwnAnswer)
{
    const Peer peer([](int fd) {
        welcome(fd);
        std::string other = answer(2, "not yours");
        other[20] = 77;
        std::string signal = encode({"", "/o", "i.f", "Noise", {text("x")}}, 1);
        signal[1] = 4;
        for (int i = 0; i < 2000; ++i) {
            put(fd, i % 2 == 0 ? other : signal);
        }
        put(fd, answer(2, "yours"));
    });
    const auto said = call_of(peer, 10'000);
    ASSERT_TRUE(said.ok()) << said.error().text();
    EXPECT_EQ((*said)[0].text, "yours");
}

TEST(Connection, FindsTheSignalAmongOthers)
{
    const Peer peer([](int fd) {
        welcome(fd);
        for (const char *member : {"Other", "Wanted"}) {
            std::string signal = encode({"", "/o", "i.f", member, {text(member)}}, 1);
            signal[1] = 4;
            put(fd, signal);
        }
        put(fd, answer(2, "well"));
    });
    auto connection = Connection::open(peer.path(), Identity::kNone, in(10'000));
    ASSERT_TRUE(connection.ok()) << connection.error().text();
    ASSERT_TRUE(connection->call({"", "/o", "i.f", "M", {}}, in(10'000)).ok());
    const auto signal = connection->signal("i.f", "Wanted", in(10'000));
    ASSERT_TRUE(signal.ok() && *signal);
    EXPECT_EQ((**signal)[0].text, "Wanted");
    const auto none = connection->signal("i.f", "Wanted", in(50));
    ASSERT_TRUE(none.ok());
    EXPECT_FALSE(none->has_value());
}

TEST(Connection, SaysWhereNobodyListens)
{
    const auto connection = Connection::open("/tmp/rt-no-such-socket", Identity::kUid, in(10'000));
    ASSERT_FALSE(connection.ok());
    EXPECT_EQ(connection.error().err(), ENOENT);
}

}  // namespace
}  // namespace rt::dbus
