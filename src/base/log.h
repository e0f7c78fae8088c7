// SPDX-License-Identifier: Apache-2.0
//
// Where errors and warnings are told: `PROGRAM: <text>` on stderr, and the file of --log, as text or
// as a JSON object on each line (docs/log.md).  Everything is written with one write(2) a line.
//
// Errors go to both: some engines read the log, others stderr.  The rest goes to the log if there is one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace rt::log {

enum class Format : std::uint8_t { kText, kJson };
enum class Level : std::uint8_t { kError, kWarning, kInfo, kDebug };

struct Options {
    std::string_view program = "runtime";  ///< a literal: what lines on stderr begin with
    std::string file;                      ///< --log; "" is stderr
    Format format = Format::kText;
    Level level = Level::kInfo;
};

/// "text" and "json".
Result<Format> parse_format(std::string_view word);
/// "error", "warn", "warning", "info", "debug"; also "panic", "fatal" and "trace" of peers.
Result<Level> parse_level(std::string_view word);

/// Opens the log, once, at the start.  The file is appended to, made with mode 0644, close-on-exec.
Status open(const Options &options);

/// Warnings that are held back by then go to stderr alone: podman takes a log of more than one line for none.
void error(const Error &error);
/// Held back until settle(), since an error may follow.
void warn(std::string_view text);
void info(std::string_view text);
void debug(std::string_view text);

/// The command has done what it was to do: warnings are written, those to come at once.
void settle();

/// The fd of --log, or -1 when there is none.
int fd();

/// A line as it is written, without the newline; `time` is seconds and nanoseconds since 1970.
struct Moment {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
};
std::string text_line(Level level, std::string_view message, Moment time);
std::string json_line(Level level, std::string_view message, Moment time, const Error *error);
/// "2026-07-01T10:00:00.123456789Z".
std::string rfc3339(Moment time);

}  // namespace rt::log
