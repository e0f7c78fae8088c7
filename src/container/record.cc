// SPDX-License-Identifier: Apache-2.0
#include "container/record.h"

#include <fcntl.h>

#include <cerrno>

#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::container {
namespace {

constexpr const char *kConfig = "config.json";
constexpr const char *kTemporary = "record.json.new";
constexpr std::size_t kMaxSize = 64 * 1024 * 1024;  // annotations may be many

/// The temporary file, new; one that a killed writer left goes first.  We hold the lock, so nobody
/// else is writing now.
Result<Fd> make_temporary(FdRef dir)
{
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    auto file = kernel::openat(dir, kTemporary, kFlags, 0600);
    if (file || file.error().err() != EEXIST) {
        return file;
    }
    TRY(kernel::unlinkat(dir, kTemporary, 0));
    return kernel::openat(dir, kTemporary, kFlags, 0600);
}

}  // namespace

Status write_record(FdRef dir, const Record &record)
{
    TRY_LET(file, make_temporary(dir));
    TRY(kernel::write_all(file, print_record(record)));
    return kernel::renameat(dir, kTemporary, dir, kRecordFile);
}

Result<std::optional<Record>> salvage_record(FdRef dir)
{
    auto text = kernel::read_file(dir, kRecordFile, kMaxSize);
    if (!text && (text.error().err() == ENOENT || text.error().err() == EISDIR)) {
        return std::optional<Record>();
    }
    TRY_LET(whole, std::move(text));
    return std::optional(salvage(whole));
}

Result<Record> read_record_file(FdRef file)
{
    TRY_LET(text, kernel::read_regular(file, kMaxSize).context("reading record.json"));
    return parse_record(text);
}

Result<Record> read_record(FdRef dir)
{
    TRY_LET(file, kernel::openat(dir, kRecordFile, O_RDONLY));
    return read_record_file(file);
}

// spec: ConfigUpdatesWithoutAffect
Status write_config(FdRef dir, std::string_view text) { return kernel::write_new(dir, kConfig, text, 0600); }

Result<std::string> read_config(FdRef dir)
{
    TRY_LET(file, kernel::openat(dir, kConfig, O_RDONLY));
    return kernel::read_regular(file, kMaxSize).context("reading config.json");
}

}  // namespace rt::container
