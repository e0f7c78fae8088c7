// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "store/store.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

std::string name_of(const Digest &digest) { return std::string(digest.encoded()); }

}  // namespace

/// The directory that a blob is in, or is to be in.
Result<Fd> Store::blobs(const Digest &digest, bool make) const
{
    const std::string path = str("blobs/", digest.algorithm());
    if (make) {
        if (Status made = kernel::mkdirat(root_, path, 0700); made) {
            TRY_LET(above, kernel::openat(root_, "blobs", kDirectory));
            TRY(kernel::fsync(above));
        } else if (made.error().err() != EEXIST) {
            return std::move(made).error();
        }
    }
    return kernel::openat(root_, path, kDirectory);
}

bool Store::has_blob(const Digest &digest) const
{
    return static_cast<bool>(kernel::faccessat(root_, digest.blob_path(), F_OK));
}

Result<Fd> Store::open_blob(const Digest &digest) const
{
    auto file = kernel::openat(root_, digest.blob_path(), O_RDONLY | O_NOFOLLOW);
    if (!file && file.error().err() == ENOENT) {
        return Error::damaged(str("blob ", digest.text(), " is not in the store"))
            .hint("import the image again");
    }
    return file;
}

Result<std::string> Store::read_blob(const Digest &digest) const
{
    TRY_LET(file, open_blob(digest));
    TRY_LET(text, kernel::read_all(file, layer::kLargestDocument));
    TRY(digest.check_verifiable());
    if (!digest.is_of(text)) {
        return Error::damaged(str("blob ", digest.text(), " is damaged")).hint("layerctl fsck --repair");
    }
    return text;
}

Result<Fd> Store::new_blob() const { return kernel::openat(root_, "blobs", O_TMPFILE | O_RDWR, 0400); }

Status Store::name_blob(FdRef file, const Digest &digest) const
{
    TRY_LET(dir, blobs(digest, true));
    Status named = kernel::linkat(file, dir, name_of(digest));
    return named || named.error().err() == EEXIST ? Status() : Status(std::move(named).error());
}

Status Store::sync_blobs() const
{
    TRY_LET(above, kernel::openat(root_, "blobs", kDirectory));
    TRY_LET(all, kernel::list(above));
    for (const kernel::DirEntry &entry : all) {
        TRY_LET(dir, kernel::openat(above, entry.name, kDirectory));
        TRY(kernel::fsync(dir));
    }
    return {};
}

Result<Digest> Store::add_blob(std::string_view bytes) const
{
    const Digest digest = Digest::of(bytes);
    TRY_LET(file, new_blob());
    TRY(kernel::write_all(file, bytes));
    TRY(kernel::fsync(file));
    TRY(name_blob(file, digest));
    TRY(sync_blobs());
    return digest;
}

}  // namespace rt::store
