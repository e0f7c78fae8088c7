// SPDX-License-Identifier: Apache-2.0
#include "pack/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/new_name.h"

namespace rt::pack {
namespace {

constexpr mode_t kMode = 0644;

Result<Fd> already_there(const std::string &path)
{
    if (path == "-") {
        if (::isatty(STDOUT_FILENO) == 1) {
            return Error::input("an archive is nothing for a terminal").hint("name a file");
        }
        return kernel::dup(FdRef(STDOUT_FILENO));
    }
    auto found = kernel::fstatat(kernel::kCwd, path, 0);
    if (!found) {
        return found.error().err() == ENOENT ? Result<Fd>(Fd()) : std::move(found).error();
    }
    if (S_ISREG(found->st_mode) || S_ISDIR(found->st_mode)) {
        return Error::state("is there already").hint("remove it, or name another file");
    }
    return kernel::openat(kernel::kCwd, path, O_WRONLY | O_NOCTTY);
}

}  // namespace

Result<NewFile> NewFile::begin(const std::string &path)
{
    NewFile out;
    out.path_ = path;
    auto there = already_there(path);
    if (!there) {
        return std::move(there).error().context(json::quote(path));
    }
    out.file_ = std::move(there).take();
    if (out.file_.open()) {
        return out;
    }
    const layer::NewName name = layer::new_name(path);
    out.name_ = name.name;
    if (out.name_.empty()) {
        return Error::input(str(json::quote(path), " names no file"));
    }
    TRY_LET(parent, layer::open_above(name, "writing", path));
    auto file = kernel::openat(parent, ".", O_TMPFILE | O_WRONLY, kMode);
    if (!file && (file.error().err() == EOPNOTSUPP || file.error().err() == EISDIR)) {
        out.temporary_ = str(".", out.name_, ".layerctl-", ::getpid());
        TRY_LET(named,
                kernel::openat(parent, out.temporary_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kMode));
        out.file_ = std::move(named);
    } else {
        TRY_LET(nameless, std::move(file));
        out.file_ = std::move(nameless);
    }
    out.parent_ = std::move(parent);
    return out;
}

NewFile::~NewFile()
{
    if (parent_.open() && !temporary_.empty()) {
        (void)kernel::unlinkat(parent_, temporary_, 0);
    }
}

Status NewFile::commit(bool durable)
{
    if (!parent_.open()) {
        return {};
    }
    if (durable) {
        TRY(kernel::fsync(file_));
    }
    Status named = temporary_.empty() ? kernel::linkat(file_, parent_, name_)
                                      : kernel::linkat(parent_, temporary_, parent_, name_);
    if (!named) {
        return std::move(named).error().context(json::quote(path_));
    }
    return durable ? kernel::fsync(parent_) : Status();
}

}  // namespace rt::pack
