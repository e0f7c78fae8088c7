// SPDX-License-Identifier: Apache-2.0
#include "pack/copy_tree.h"

#include <fcntl.h>

#include <utility>
#include <vector>

#include "kernel/calls_fs.h"
#include "layer/apply.h"
#include "pack/changes.h"
#include "pack/pack_changes.h"
#include "pack/stack.h"

namespace rt::pack {
namespace {

Status make_files_of(const MergedDirectory &tree, FdRef to)
{
    TRY_LET(all, changes(nullptr, tree));
    layer::Apply files(to, layer::LayerForm::kFlat);
    TRY(pack_changes(tree, all, files));
    return files.finish();
}

}  // namespace

Status copy_tree(FdRef from, FdRef to)
{
    TRY_LET(dir, kernel::openat(from, ".", O_RDONLY | O_DIRECTORY));
    std::vector<Fd> roots;
    roots.push_back(std::move(dir));
    TRY_LET(tree, MergedDirectory::root(std::move(roots), Overlay::kNone));
    TRY_LET(here, kernel::openat(kernel::kCwd, ".", O_PATH | O_DIRECTORY));
    Status copied = make_files_of(tree, to);
    TRY(kernel::fchdir(here));  // layer::Apply goes about
    return copied;
}

}  // namespace rt::pack
