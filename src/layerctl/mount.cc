// SPDX-License-Identifier: Apache-2.0
//
// mount and umount: an image's tree in a directory, with a writable layer.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_tree.h"
#include "layerctl/command.h"
#include "layerctl/id_options.h"
#include "layerctl/output.h"
#include "layerctl/own_namespace.h"
#include "layerctl/store_options.h"
#include "store/chain.h"
#include "store/overlay.h"

namespace rt::layerctl {
namespace {

Result<std::string> id_for(const Arguments &arguments)
{
    if (!arguments.has("id")) {
        return store::new_container_id();
    }
    std::string id = arguments.value("id");
    TRY(store::check_container_id(id));
    return id;
}

/// The container of --id, when there is one already; or a new one.
Result<store::Container> container_for(const store::Store &store, const Arguments &arguments,
                                       const store::MappedIds &mapped)
{
    TRY_LET(image, store.find_image(arguments.positionals[0]));
    TRY_LET(id, id_for(arguments));
    if (arguments.has("id")) {
        auto there = store::find_container(store, id);
        if (there && there->manifest != image.manifest) {
            return Error::in_use(
                str("container ", json::quote(id), " is of another image, ", json::quote(there->image)));
        }
        if (there && !mapped.uids.empty() && (there->uids != mapped.uids || there->gids != mapped.gids)) {
            return Error::in_use(str("container ", json::quote(id), " has other ids"));
        }
        if (there || there.error().blame() != Blame::kAbsent) {
            return there;
        }
    }
    TRY_LET(documents, store.documents(image.manifest));
    TRY_LET(lowerdirs, store::lowerdirs(store, documents.config.diff_ids));
    store::ContainerWish wish = {id,    image.name, image.manifest, !arguments.on("read-only"),
                                 false, {},         mapped};
    if (arguments.on("init")) {
        wish.init.emplace();
    }
    return store::create_container(store, wish, lowerdirs);
}

/// Taken away again, when it was made for nothing.
Status attach(const store::Store &store, const store::Container &container, const Arguments &arguments,
              FdRef place)
{
    TRY_LET(mapped, mapped_ids(container, false));
    const store::OverlayWish wish = {arguments.on("read-only"), arguments.on("volatile"),
                                     mapped ? FdRef(mapped->ids) : FdRef(-1)};
    TRY_LET(mount, store::mount_container(store, container, wish));
    return kernel::move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

Status check_not_run(const store::Container &container)
{
    return container.temporary && !store::is_abandoned(container)
               ? Error::in_use(str("container ", json::quote(container.id), " is run")).hint("end it first")
               : Status();
}

Status check_not_used(const store::Container &container)
{
    TRY_LET(all, store::mounted_containers());
    return std::ranges::find(all, container.id, &store::Mounted::id) != all.end()
               ? Error::in_use(str("container ", json::quote(container.id), " is mounted"))
               : check_not_run(container);
}

/// What is ended at a place is what is on top there.
Status check_uncovered(const std::vector<store::Mounted> &mounts)
{
    const auto covered = std::ranges::find(mounts, true, &store::Mounted::covered);
    return covered == mounts.end()
               ? Status()
               : Error::in_use(str("something else is mounted on ", json::quote(covered->place)))
                     .hint("umount that first");
}

}  // namespace

Result<int> mount(const Arguments &arguments)
{
    if (is_in_own_namespace()) {
        return Error::state("what an ordinary user mounts is seen by nobody else, and ends with us")
            .hint("layerctl unshare, and mount it there; or layerctl run, or bundle");
    }
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(place, kernel::openat(kernel::kCwd, arguments.positionals[1], O_PATH | O_DIRECTORY)
                       .context("opening the mount point")
                       .hint("DIR has to be a directory: mkdir it"));
    const bool known = arguments.has("id") && store::find_container(store, arguments.value("id"));
    TRY_LET(mapped, mapped_ids(arguments));
    TRY_LET(container, container_for(store, arguments, mapped ? mapped->of_the_store() : store::MappedIds()));
    if (known) {
        TRY(check_not_used(container));
    }
    if (Status attached = attach(store, container, arguments, place); !attached) {
        if (!known) {
            (void)store::remove_container(store, container.id);
        }
        return std::move(attached).error().context(str("mounting ", json::quote(arguments.positionals[0])));
    }
    TRY(print_one(arguments, "id", container.id));
    return kDone;
}

Result<int> umount(const Arguments &arguments)
{
    const std::string &what = arguments.positionals[0];
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(all, store::mounted_containers());
    const auto path = kernel::realpath(what);  // as mountinfo has it
    // Of several the one that is seen.
    std::ranges::stable_partition(all, [](const store::Mounted &one) { return !one.covered; });
    const auto there = path ? std::ranges::find(all, *path, &store::Mounted::place) : all.end();
    const std::string id = there != all.end() ? there->id : what;
    TRY_LET(container, store::find_container(store, id));
    TRY(check_not_run(container));
    std::erase_if(all, [&](const store::Mounted &one) { return one.id != id; });
    TRY(check_uncovered(all));
    for (const store::Mounted &one : all) {
        if (Status done = kernel::umount2(one.place, UMOUNT_NOFOLLOW); !done) {
            return done.error().err() == EBUSY
                       ? Error::in_use(str(json::quote(one.place), " is in use")).hint("end who works there")
                       : std::move(done).error();
        }
    }
    if (!arguments.on("keep") || !container.writable) {
        TRY(store::remove_container(store, id));
    }
    return kDone;
}

}  // namespace rt::layerctl
