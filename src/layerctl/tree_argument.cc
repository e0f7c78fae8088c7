// SPDX-License-Identifier: Apache-2.0
#include "layerctl/tree_argument.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/json.h"
#include "kernel/calls_fs.h"
#include "layer/unpack_image.h"
#include "layerctl/stored.h"
#include "layerctl/temporary.h"

namespace rt::layerctl {
namespace {

Result<pack::MergedDirectory> plain(Fd dir)
{
    std::vector<Fd> roots;
    roots.push_back(std::move(dir));
    return pack::MergedDirectory::root(std::move(roots), pack::Overlay::kNone);
}

bool has(FdRef dir, const std::string &name) { return static_cast<bool>(kernel::faccessat(dir, name, F_OK)); }

/// The directory itself; or of a bundle what is in it.
Result<Fd> root_in(Fd dir)
{
    constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    if (!has(dir, "config.json") || !has(dir, "rootfs")) {
        return dir;
    }
    return kernel::openat(dir, "rootfs", kDirectory);
}

/// Of a container or an image of the store; nothing, when there is none of this name.
Result<std::optional<TreeArgument>> stored_tree(const Arguments &arguments, const std::string &name)
{
    TRY_LET(store, find_store(arguments));
    if (!store) {
        return std::optional<TreeArgument>();
    }
    if (store::check_container_id(name)) {
        auto container = store::find_container(*store, name);
        if (container) {
            TRY_LET(trees, container_trees(*store, *container));
            return std::optional<TreeArgument>({std::move(trees.after), std::nullopt});
        }
        if (container.error().blame() != Blame::kAbsent) {
            return std::move(container).error();
        }
    }
    TRY_LET(image, store->look_up_image(name));
    if (!image) {
        return std::optional<TreeArgument>();
    }
    TRY_LET(tree, image_tree(*store, image->manifest));
    return std::optional<TreeArgument>({std::move(tree), std::nullopt});
}

}  // namespace

Result<TreeArgument> unpack_tree(const OpenedImage &opened)
{
    TRY_LET(directory, temporary("layerctl-tree"));
    TRY(layer::unpack_image(opened.image, directory.dir(), opened.limits));
    TRY_LET(dir, kernel::dup(directory.dir()));
    TRY_LET(tree, plain(std::move(dir)));
    return TreeArgument{std::move(tree), std::move(directory)};
}

Result<TreeArgument> open_tree(const Arguments &arguments, std::size_t which)
{
    const std::string &path = arguments.positionals[which];
    auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
    if (!dir && dir.error().err() == ENOENT) {
        TRY_LET(stored, stored_tree(arguments, path));
        if (stored) {
            return *std::move(stored);
        }
    }
    if (!dir || has(*dir, "oci-layout")) {
        TRY_LET(opened, open_image(arguments, which));
        return unpack_tree(opened);
    }
    auto root = root_in(std::move(dir).take());
    if (!root) {
        return std::move(root).error().context(json::quote(path));
    }
    TRY_LET(tree, plain(std::move(root).take()));
    return TreeArgument{std::move(tree), std::nullopt};
}

}  // namespace rt::layerctl
