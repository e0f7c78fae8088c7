// SPDX-License-Identifier: Apache-2.0
#include "store/overlay.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_tree.h"
#include "store/chain.h"
#include "store/staging.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr std::string_view kSource = "layerctl:";

/// What overlayfs lays on each other.
struct Layers {
    std::string source;
    std::vector<Fd> lower;  ///< from the top
    Fd upper, work;         ///< or not open
    bool no_sync = false;
    bool user = false;  ///< of a user namespace
};

struct Setting {
    const char *name, *value;
};
/// Layers come from anywhere: none of them may say where the content of a file is.
constexpr Setting kSettings[] = {{"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "nofollow"}};

std::string by_number(FdRef fd) { return str("/proc/self/fd/", fd.get()); }

/// By descriptor; where the kernel takes none (before 6.13), by a name that leads to it.
Status set_directory(FdRef context, const char *key, FdRef directory)
{
    Status done = kernel::fsconfig(context, key, directory);
    return done || done.error().err() != EINVAL ? std::move(done)
                                                : kernel::fsconfig(context, key, by_number(directory));
}

/// From Linux 6.8 on.
Result<Fd> new_mount(const Layers &layers)
{
    TRY_LET(context, kernel::fsopen("overlay"));
    TRY(kernel::fsconfig(context, "source", layers.source));
    for (const Setting &setting : kSettings) {
        TRY(kernel::fsconfig(context, setting.name, std::string(setting.value)));
    }
    if (layers.user) {
        TRY(kernel::fsconfig_flag(context, "userxattr"));
    }
    for (const Fd &lower : layers.lower) {
        TRY(set_directory(context, "lowerdir+", lower));
    }
    if (layers.upper.open()) {
        TRY(set_directory(context, "upperdir", layers.upper));
        TRY(set_directory(context, "workdir", layers.work));
    }
    if (layers.no_sync) {
        TRY(kernel::fsconfig_flag(context, "volatile"));
    }
    TRY(kernel::fsconfig_create(context));
    return kernel::fsmount(context, layers.upper.open() ? 0 : MOUNT_ATTR_RDONLY);
}

/// mount(2) takes a page of options: with /proc/self/fd for working directory the names are numbers.
Result<Fd> old_mount(const Store &store, const Layers &layers)
{
    std::string options = "index=off,metacopy=off,redirect_dir=nofollow,lowerdir=";
    for (const Fd &lower : layers.lower) {
        options += str(&lower == &layers.lower.front() ? "" : ":", lower.get());
    }
    if (layers.upper.open()) {
        options += str(",upperdir=", layers.upper.get(), ",workdir=", layers.work.get());
    }
    options += layers.no_sync ? ",volatile" : "";
    options += layers.user ? ",userxattr" : "";
    TRY_LET(place, Staging::fresh(store));
    TRY_LET(before, kernel::openat(kernel::kCwd, ".", O_PATH | O_DIRECTORY));
    TRY_LET(numbers, kernel::openat(kernel::kCwd, "/proc/self/fd", O_RDONLY | O_DIRECTORY));
    TRY(kernel::fchdir(numbers));
    Status mounted = kernel::mount_new("overlay", layers.source, by_number(place.dir()),
                                       layers.upper.open() ? 0 : MS_RDONLY, options);
    TRY(kernel::fchdir(before));
    TRY(std::move(mounted));
    TRY_LET(root, kernel::openat(store.staging(), place.name(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
    auto tree = kernel::open_tree(root, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    TRY(kernel::umount2(by_number(root), MNT_DETACH));
    return tree;
}

Status open_writable(Layers &layers, FdRef dir)
{
    TRY_LET(upper, kernel::openat(dir, "upper", kDirectory));
    TRY_LET(work, kernel::openat(dir, "work", kDirectory));
    if (kernel::faccessat(work, "work/incompat/volatile", F_OK)) {
        return Error::damaged(
                   "it was mounted --volatile, and not unmounted: what was written may be half there")
            .hint("layerctl umount removes it");
    }
    layers.upper = std::move(upper);
    layers.work = std::move(work);
    return {};
}

Result<Layers> layers_of(const Store &store, const Container &container, const OverlayWish &wish)
{
    Layers out;
    out.source = str(kSource, container.id);
    out.user = store.form() == layer::LayerForm::kUserOverlay;
    TRY_LET(documents, store.documents(container.manifest));
    TRY_LET(lower, lowerdirs(store, documents.config.diff_ids));
    if (auto init = kernel::openat(container.dir, "init", kDirectory); init) {
        out.lower.push_back(std::move(init).take());
    }
    for (Fd &one : lower) {
        out.lower.push_back(std::move(one));
    }
    // spec: LayerIds
    if (wish.ids.get() >= 0) {
        for (Fd &one : out.lower) {  // they lie in the store as they are in the image, and are shared
            TRY_LET(mapped, with_ids(one, wish.ids));
            one = std::move(mapped);
        }
    }
    if (container.writable && !wish.read_only) {
        TRY(open_writable(out, container.dir));
        out.no_sync = wish.no_sync;
    }
    // Overlayfs wants two of them.
    if (out.lower.empty() || (out.lower.size() == 1 && !out.upper.open())) {
        TRY_LET(empty, kernel::openat(store.root(), "empty", kDirectory));
        out.lower.push_back(std::move(empty));
    }
    return out;
}

}  // namespace

Result<Fd> mount_container(const Store &store, const Container &container, const OverlayWish &wish)
{
    TRY_LET(layers, layers_of(store, container, wish));
    auto mounted = new_mount(layers);
    if (!mounted && (mounted.error().err() == EINVAL || mounted.error().err() == ENOSYS)) {
        auto again = old_mount(store, layers);
        return again ? std::move(again) : std::move(mounted);
    }
    if (!mounted && wish.ids.get() >= 0) {
        return std::move(mounted).error().hint(
            "this kernel may take no layers with other ids: Linux 6.18 does");
    }
    if (!mounted && mounted.error().err() == EPERM && layers.user) {
        return std::move(mounted).error().hint("in a user namespace that takes Linux 5.11");
    }
    return mounted;
}

}  // namespace rt::store
