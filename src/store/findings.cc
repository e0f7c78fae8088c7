// SPDX-License-Identifier: Apache-2.0
#include "store/findings.h"

#include <fcntl.h>

#include <algorithm>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "store/containers.h"
#include "store/overlay.h"

namespace rt::store {

/// Whether a container of the store runs, or is mounted where we see it.
Result<bool> Findings::in_use()
{
    if (!in_use_) {
        TRY_LET(mounted, mounted_containers());
        TRY_LET(entries, kernel::list(store_.containers()));
        in_use_ = std::ranges::any_of(entries, [&](const kernel::DirEntry &entry) {
            const auto container = find_container(store_, entry.name);
            return std::ranges::find(mounted, entry.name, &Mounted::id) != mounted.end() ||
                   (container && container->temporary && !is_abandoned(*container));
        });
    }
    return *in_use_;
}

Status Findings::damaged(const std::string &directory, const std::string &name, std::string what,
                         std::optional<Staging> instead)
{
    Flaw flaw{str(directory, "/", name), std::move(what), repair_};
    if (repair_ && (directory == "layers" || directory == "chains")) {
        TRY_LET(used, in_use());
        flaw.mended = !used;
        flaw.what += used ? ", and containers are mounted: umount them first" : "";
    }
    flaws_.push_back(flaw);
    if (!flaw.mended) {
        return {};
    }
    TRY(kernel::syncfs(store_.root()));
    TRY_LET(dir, kernel::openat(store_.root(), directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY_LET(fresh, new_container_id());
    TRY(kernel::renameat(dir, name, store_.trash(), str(fresh, "-", name)));
    if (instead) {
        TRY(instead->commit(dir, name));
    }
    return kernel::fsync(dir);
}

}  // namespace rt::store
