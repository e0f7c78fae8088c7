// SPDX-License-Identifier: Apache-2.0
#include "layerctl/bundle.h"

#include <fcntl.h>

#include <algorithm>

#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/new_directory.h"
#include "layer/runtime_config.h"
#include "layer/unpack_image.h"
#include "layerctl/command.h"
#include "layerctl/container_options.h"
#include "layerctl/image_options.h"
#include "layerctl/output.h"
#include "layerctl/own_namespace.h"
#include "layerctl/progress.h"
#include "layerctl/stored_bundle.h"
#include "layerctl/volumes.h"

namespace rt::layerctl {

Result<std::optional<Mapped>> take_ids(const Arguments &arguments, layer::ContainerWishes &wishes)
{
    TRY_LET(mapped, mapped_ids(arguments));
    if (mapped) {
        wishes.uid_mappings = mapped->maps.uids;
        wishes.gid_mappings = mapped->maps.gids;
        constexpr std::uint32_t kTty = 5;
        wishes.tty_group = std::ranges::any_of(mapped->maps.gids, [](const oci::IdMapping &one) {
            return one.container_id <= kTty && kTty - one.container_id < one.size;
        });
    }
    return mapped;
}

Result<BundlePlan> plan_bundle(const Arguments &arguments, std::size_t words)
{
    if (arguments.has("uidmap") || arguments.has("gidmap")) {
        return Error::input("--uidmap and --gidmap are for images of the store").hint("layerctl import");
    }
    TRY_LET(wishes, wishes_of(arguments, words));
    TRY_LET(opened, open_image(arguments));
    if (opened.image.config.empty()) {
        return Error::input("a layer alone has no config")
            .hint("layerctl import tar:FILE NAME makes an image of it, for a COMMAND of yours");
    }
    return BundlePlan{std::move(opened), std::move(wishes)};
}

Status make_bundle(FdRef directory, const BundlePlan &plan)
{
    TRY(kernel::mkdirat(directory, "rootfs", 0700));
    TRY_LET(root, kernel::openat(directory, "rootfs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(kernel::fchmod(root, 0755));
    TRY(layer::unpack_image(plan.opened.image, root, plan.opened.limits));
    TRY_LET(facts, layer::read_image_config(plan.opened.image.config, "config"));
    TRY_LET(wishes, with_volumes(plan.wishes, facts, root, {directory, ""}));
    TRY_LET(config, layer::runtime_config(plan.opened.image.config, root, wishes));
    return kernel::write_new(directory, "config.json", config, 0644);
}

namespace {

/// Nothing is copied: the root file system is mounted, until umount.
Result<int> bundle_of_stored(const StoredImage &image, layer::ContainerWishes wishes,
                             const Arguments &arguments)
{
    TRY_LET(mapped, take_ids(arguments, wishes));
    const std::string &path = arguments.positionals[1];
    TRY_LET(directory, layer::NewDirectory::begin(path));
    const store::MappedIds ids = mapped ? mapped->of_the_store() : store::MappedIds();
    TRY_LET(root, new_root(image, {false, wishes, ids}));
    Status made = make_stored_bundle(directory.dir(), image, root, wishes);
    if (made) {
        made = directory.commit(!arguments.on("no-sync"));
    }
    if (made) {
        made = attach_root(directory.dir(), root);
    }
    if (!made) {
        (void)store::remove_container(image.store, root.container.id);
        return std::move(made).error();
    }
    TRY(print_one(arguments, "id", root.container.id));
    return kDone;
}

}  // namespace

// spec: LayerRootlessMount
Result<int> bundle(const Arguments &arguments)
{
    TRY_LET(stored, find_stored(arguments));
    if (stored && !is_in_own_namespace()) {
        TRY_LET(wishes, wishes_of(arguments, 2));
        return bundle_of_stored(*stored, wishes, arguments);
    }
    TRY_LET(plan, plan_bundle(arguments, 2));
    if (is_in_own_namespace()) {  // whoever runs it is outside
        plan.wishes.uid_mappings = our_maps().uids;
        plan.wishes.gid_mappings = our_maps().gids;
    }
    TRY_LET(directory, layer::NewDirectory::begin(arguments.positionals[1]));
    TRY_LET(progress, Progress::start(arguments));
    TRY(make_bundle(directory.dir(), plan));
    TRY(directory.commit(!arguments.on("no-sync")));
    return kDone;
}

}  // namespace rt::layerctl
