// SPDX-License-Identifier: Apache-2.0
//
// What somebody has made of an image: a writable layer above it, or just the wish that it stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "store/init_layer.h"
#include "store/store.h"

namespace rt::store {

/// A user namespace by which the files of layers are shown: what is 0 in an image is another id then.
struct MappedIds {
    FdRef user_namespace{-1};
    std::string uids, gids;  ///< its maps, as the kernel has them; "": none
};
/// `dir` as a mount that is nowhere yet, with the ids of `user_namespace`: an O_PATH descriptor.
Result<Fd> with_ids(FdRef dir, FdRef user_namespace);

/// containers/ID: "container.json", and if it can be written to "upper" and "work", the directories that
/// overlayfs takes for that; "init", a lowerdir above the image's, when there is one; "volumes", of those who
/// run it.
struct Container {
    std::string id;
    std::string image;  ///< the name it was asked for by
    Digest manifest;    ///< what that was
    bool writable = false;
    bool temporary = false;  ///< whoever has locked `dir` uses it; nobody: it may go
    Fd dir;
    std::string uids{}, gids{};  ///< MappedIds
};

/// "a name of letters, digits, and _.- after the first", up to 128.
Status check_container_id(std::string_view id);
/// One that no container has.
Result<std::string> new_container_id();

struct ContainerWish {
    std::string id, image;
    Digest manifest;
    bool writable = false, temporary = false;
    /// The lowerdir "init", and what fill_init_layer() is told.
    struct Init {
        std::vector<MountPoint> mount_points;
    };
    std::optional<Init> init;
    MappedIds mapped{};
};
/// In use, when there is one of that name.  `lowerdirs`: of the image; the writable layer's root is as
/// theirs.
Result<Container> create_container(const Store &store, const ContainerWish &wish,
                                   const std::vector<Fd> &lowerdirs);
/// Absent, if there is none.
Result<Container> find_container(const Store &store, const std::string &id);
/// All of them, in no order.
Result<std::vector<Container>> containers(const Store &store);
/// It is temporary, and nobody uses it; nobody will for as long as `container` lives then.  Who uses it has
/// it in a mount namespace of its own, where no mountinfo of ours shows it.
bool is_abandoned(const Container &container);
/// Nobody has it mounted, and nobody runs it.
Status remove_container(const Store &store, const std::string &id);

}  // namespace rt::store
