// SPDX-License-Identifier: Apache-2.0
#include "layerctl/stored_bundle.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_tree.h"
#include "layerctl/output.h"
#include "layerctl/store_options.h"
#include "layerctl/volumes.h"
#include "store/chain.h"
#include "store/overlay.h"

namespace rt::layerctl {

Result<std::optional<StoredImage>> find_stored(const Arguments &arguments)
{
    const std::string &name = arguments.positionals[0];
    if (!store::Store::check_name(name)) {  // a path, oci:DIR, ...
        return std::optional<StoredImage>();
    }
    auto opened = open_store(arguments, store::Store::Use::kRead);
    if (!opened && opened.error().blame() == Blame::kAbsent) {
        return std::optional<StoredImage>();
    }
    TRY_LET(store, std::move(opened));
    TRY_LET(image, store.look_up_image(name));
    if (!image) {
        return std::optional<StoredImage>();
    }
    TRY_LET(documents, store.documents(image->manifest));
    return std::optional<StoredImage>(StoredImage{std::move(store), *std::move(image), std::move(documents)});
}

namespace {

/// Where there will be mounts besides the usual ones.
Result<std::vector<store::MountPoint>> mount_points(const layer::ImageConfig &config,
                                                    const layer::ContainerWishes &wishes)
{
    TRY_LET(volumes, volumes_of(config, wishes));
    std::vector<store::MountPoint> out;
    for (layer::EntryPath &path : volumes) {
        out.push_back({std::move(path), true});
    }
    for (const layer::BindWish &bind : wishes.binds) {
        TRY_LET(source, kernel::fstatat(kernel::kCwd, bind.source, 0));
        if (auto path = layer::EntryPath::parse(bind.destination); path && !path->is_root()) {
            out.push_back({std::move(path).take(), S_ISDIR(source.st_mode)});
        }
    }
    return out;
}

}  // namespace

Result<StoredRoot> new_root(const StoredImage &image, const NewRoot &how)
{
    TRY_LET(lowerdirs, store::lowerdirs(image.store, image.documents.config.diff_ids));
    TRY_LET(points, mount_points(image.documents.config, how.wishes));
    TRY_LET(id, store::new_container_id());
    const store::ContainerWish wish = {
        id, image.name.name, image.name.manifest, true, how.temporary, {{std::move(points)}}, how.mapped};
    TRY_LET(container, store::create_container(image.store, wish, lowerdirs));
    const store::OverlayWish overlay = {false, how.temporary, how.mapped.user_namespace};
    auto mount = store::mount_container(image.store, container, overlay);
    if (!mount) {
        (void)store::remove_container(image.store, container.id);
    }
    TRY_LET(mounted, std::move(mount));
    return StoredRoot{std::move(container), std::move(mounted)};
}

Status make_stored_bundle(FdRef directory, const StoredImage &image, const StoredRoot &root,
                          const layer::ContainerWishes &wishes)
{
    const store::Container &container = root.container;
    TRY_LET(path, kernel::readlinkat(kernel::kCwd, str("/proc/self/fd/", container.dir.get())));
    TRY_LET(all, with_volumes(wishes, image.documents.config, root.mount, {container.dir, path + "/"}));
    if (!container.temporary) {
        TRY(kernel::syncfs(container.dir));
    }
    TRY_LET(config, layer::runtime_config(image.documents.config_text, root.mount, all));
    TRY(kernel::mkdirat(directory, "rootfs", 0700));
    return kernel::write_new(directory, "config.json", config, 0644);
}

Status attach_root(FdRef directory, const StoredRoot &root)
{
    TRY_LET(place, kernel::openat(directory, "rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW));
    return kernel::move_mount(root.mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

}  // namespace rt::layerctl
