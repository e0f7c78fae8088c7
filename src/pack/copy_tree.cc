// SPDX-License-Identifier: Apache-2.0
#include "pack/copy_tree.h"

#include <fcntl.h>

#include <string_view>
#include <utility>
#include <vector>

#include "kernel/calls_fs.h"
#include "layer/apply.h"
#include "layer/tar_reader.h"
#include "pack/byte_sink.h"
#include "pack/changes.h"
#include "pack/pack_changes.h"
#include "pack/stack.h"
#include "pack/tar_writer.h"

namespace rt::pack {
namespace {

class Unpacker final : public ByteSink {
public:
    explicit Unpacker(FdRef to) : apply_(to, layer::LayerForm::kFlat), reader_(apply_) {}

    Status put(std::string_view bytes) override { return reader_.push(bytes); }
    Status finish() override
    {
        TRY(reader_.finish());
        return apply_.finish();
    }

private:
    layer::Apply apply_;
    layer::TarReader reader_;
};

Status unpack_archive_of(const MergedDirectory &tree, FdRef to)
{
    TRY_LET(all, changes(nullptr, tree));
    Unpacker unpacker(to);
    TarWriter tar(unpacker);
    TRY(pack_changes(tree, all, tar));
    return tar.finish();
}

}  // namespace

Status copy_tree(FdRef from, FdRef to)
{
    TRY_LET(dir, kernel::openat(from, ".", O_RDONLY | O_DIRECTORY));
    std::vector<Fd> roots;
    roots.push_back(std::move(dir));
    TRY_LET(tree, MergedDirectory::root(std::move(roots), Overlay::kNone));
    TRY_LET(here, kernel::openat(kernel::kCwd, ".", O_PATH | O_DIRECTORY));
    Status copied = unpack_archive_of(tree, to);
    TRY(kernel::fchdir(here));  // layer::Apply goes about
    return copied;
}

}  // namespace rt::pack
