// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"

namespace rt::log {
namespace {

struct Log {
    std::string_view program = "runtime";
    Fd file;
    Format format = Format::kText;
    Level level = Level::kInfo;
    bool settled = false;
    std::vector<std::string> held;  ///< warnings
};

Log &the_log()
{
    static Log log;
    return log;
}

template <class Value>
struct Word {
    std::string_view word;
    Value value;
};

constexpr auto kFormats = std::to_array<Word<Format>>({{"json", Format::kJson}, {"text", Format::kText}});

constexpr auto kLevels = std::to_array<Word<Level>>({
    {"error", Level::kError},
    {"warning", Level::kWarning},
    {"info", Level::kInfo},
    {"debug", Level::kDebug},
    {"warn", Level::kWarning},
    {"fatal", Level::kError},
    {"panic", Level::kError},
    {"trace", Level::kDebug},
});

/// The word an engine expects: the first of the table.
std::string_view in_words(Level level)
{
    for (const Word<Level> &row : kLevels) {
        if (row.value == level) {
            return row.word;
        }
    }
    return "";
}

std::string_view in_words(Blame blame)
{
    constexpr std::string_view kWords[] = {"kernel", "input", "state", "absent", "damaged", "in-use", "bug"};
    static_assert(std::size(kWords) == static_cast<std::size_t>(Blame::kBug) + 1);
    return kWords[static_cast<std::size_t>(blame)];
}

/// What the error is about: the first thing in double quotes, by the rule for error texts.
std::string_view object_of(std::string_view text)
{
    const std::size_t from = text.find('"');
    const std::size_t to = from == text.npos ? text.npos : text.find('"', from + 1);
    return to == text.npos ? std::string_view() : text.substr(from + 1, to - from - 1);
}

/// Gives up on a pipe that nobody empties for a second.
bool write_all(int fd, std::string_view bytes)
{
    constexpr int kPatienceMs = 1000;
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        pollfd room = {fd, POLLOUT, 0};
        if (n < 0 && errno == EAGAIN && ::poll(&room, 1, kPatienceMs) == 1) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

Moment now()
{
    struct timespec ts = {};
    ::clock_gettime(CLOCK_REALTIME, &ts);
    return {.seconds = ts.tv_sec, .nanoseconds = ts.tv_nsec};
}

/// One prefix for a person; what is no error says so.
void put_on_stderr(Level level, std::string_view message)
{
    const std::string kind = level == Level::kError ? "" : str(in_words(level), ": ");
    (void)write_all(STDERR_FILENO, str(the_log().program, ": ", kind, message, '\n'));
}

/// False where there is none, or it can't be written to.
bool put_in_log(Level level, std::string_view message, const Error *error)
{
    const Log &log = the_log();
    if (!log.file.open()) {
        return false;
    }
    const std::string line = log.format == Format::kJson ? json_line(level, message, now(), error)
                                                         : text_line(level, message, now());
    return write_all(log.file.get(), line + '\n');
}

/// `--log /dev/stderr`
bool log_is_stderr()
{
    struct stat log = {};
    struct stat err = {};
    return ::fstat(fd(), &log) == 0 && ::fstat(STDERR_FILENO, &err) == 0 && log.st_dev == err.st_dev &&
           log.st_ino == err.st_ino;
}

void put(Level level, std::string_view message)
{
    if (level <= the_log().level && !put_in_log(level, message, nullptr)) {
        put_on_stderr(level, printable(message));
    }
}

void append_digits(std::string &out, std::int64_t value, std::size_t width)
{
    const std::string digits = str(value);
    out.append(digits.size() < width ? width - digits.size() : 0, '0');
    out += digits;
}

}  // namespace

Result<Format> parse_format(std::string_view word)
{
    for (const Word<Format> &row : kFormats) {
        if (row.word == word) {
            return row.value;
        }
    }
    return Error::input(str("parsing log format ", json::quote(word), ": expected \"text\" or \"json\""));
}

Result<Level> parse_level(std::string_view word)
{
    for (const Word<Level> &row : kLevels) {
        if (row.word == word) {
            return row.value;
        }
    }
    return Error::input(str("parsing log level ", json::quote(word),
                            ": expected \"error\", \"warning\", \"info\" or \"debug\""));
}

Status open(const Options &options)
{
    Log &log = the_log();
    log.program = options.program;
    log.format = options.format;
    log.level = options.level;
    if (options.file.empty()) {
        log.file = Fd();
        return {};
    }
    // A fifo without a reader is an error, and a full one holds nobody up.
    constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    Fd file(::open(options.file.c_str(), kFlags, 0644));
    if (!file.open()) {
        return Error::kernel(errno, str("opening the log: open(", json::quote(options.file), ')'));
    }
    log.file = std::move(file);
    return {};
}

// spec: ErrorsBoth, ErrorsOneLine, WarningsOnce
void error(const Error &error)
{
    const std::string text = error.text();
    if (!put_in_log(Level::kError, text, &error) || !log_is_stderr()) {
        put_on_stderr(Level::kError, error.printable_text());
    }
    for (const std::string &warning : std::exchange(the_log().held, {})) {
        if (the_log().level >= Level::kWarning) {
            put_on_stderr(Level::kWarning, printable(warning));
        }
    }
}

void warn(std::string_view text)
{
    Log &log = the_log();
    if (log.settled) {
        put(Level::kWarning, text);
    } else {
        log.held.emplace_back(text);
    }
}

void settle()
{
    the_log().settled = true;
    for (const std::string &warning : std::exchange(the_log().held, {})) {
        put(Level::kWarning, warning);
    }
}

void info(std::string_view text) { put(Level::kInfo, text); }
void debug(std::string_view text) { put(Level::kDebug, text); }
int fd() { return the_log().file.get(); }

std::string text_line(Level level, std::string_view message, Moment time)
{
    return str("time=\"", rfc3339(time), "\" level=", in_words(level), " msg=", json::quote(message));
}

// spec: ErrorsLogFields
std::string json_line(Level level, std::string_view message, Moment time, const Error *error)
{
    json::Writer w(json::Layout::kCompact);
    w.begin_object();
    const auto put_text = [&w](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            w.name(name).string(value);
        }
    };
    w.name("level").string(in_words(level));
    w.name("msg").string(message);
    w.name("time").string(rfc3339(time));
    if (error != nullptr) {
        const char *symbol = error->err() == 0 ? nullptr : ::strerrorname_np(error->err());
        put_text("code", in_words(error->blame()));
        put_text("phase", error->phase());
        put_text("object", object_of(error->text()));
        put_text("errno", symbol == nullptr ? "" : symbol);
        put_text("pointer", error->pointer());
        put_text("hint", error->advice());
    }
    w.end_object();
    return std::move(w).take();
}

std::string rfc3339(Moment time)
{
    // Not gmtime_r(3), which reads the time zone's file to tell UTC.
    using std::chrono::floor;
    const std::chrono::sys_seconds moment{std::chrono::seconds(time.seconds)};
    const auto day = floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(moment - day);
    std::string out;
    append_digits(out, static_cast<int>(date.year()), 4);
    const std::array<std::pair<char, int>, 5> rest = {{
        {'-', static_cast<int>(static_cast<unsigned>(date.month()))},
        {'-', static_cast<int>(static_cast<unsigned>(date.day()))},
        {'T', static_cast<int>(clock.hours().count())},
        {':', static_cast<int>(clock.minutes().count())},
        {':', static_cast<int>(clock.seconds().count())},
    }};
    for (const auto &[separator, value] : rest) {
        out += separator;
        append_digits(out, value, 2);
    }
    out += '.';
    append_digits(out, time.nanoseconds, 9);
    return out + 'Z';
}

}  // namespace rt::log
