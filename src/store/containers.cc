// SPDX-License-Identifier: Apache-2.0
#include "store/containers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>

#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_process.h"
#include "kernel/calls_tree.h"
#include "layer/tree.h"
#include "store/copy_file.h"
#include "store/init_layer.h"
#include "store/staging.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr const char *kRecord = "container.json";
constexpr std::size_t kLargestRecord = 1 << 16;

std::string record_of(const ContainerWish &wish)
{
    json::Writer writer(json::Layout::kIndented);
    writer.begin_object().name("image").string(wish.image).name("manifest").string(wish.manifest.text());
    writer.name("writable").boolean(wish.writable).name("temporary").boolean(wish.temporary);
    if (!wish.mapped.uids.empty()) {
        writer.name("uids").string(wish.mapped.uids).name("gids").string(wish.mapped.gids);
    }
    writer.end_object();
    return std::move(writer).take() + "\n";
}

Result<Container> read_record(std::string id, Fd dir)
{
    TRY_LET(text, kernel::read_file(dir, kRecord, kLargestRecord));
    TRY_LET(document, json::Document::parse(text, kRecord));
    const json::Node root = document.root();
    const auto manifest = root.member("manifest");
    TRY_LET(digest, Digest::parse(manifest ? manifest->string().value_or("") : ""));
    const auto image = root.member("image");
    const auto writable = root.member("writable");
    const auto temporary = root.member("temporary");
    const auto uids = root.member("uids");
    const auto gids = root.member("gids");
    return Container{std::move(id),
                     std::string(image ? image->string().value_or("") : ""),
                     std::move(digest),
                     writable && writable->boolean() == true,
                     temporary && temporary->boolean() == true,
                     std::move(dir),
                     std::string(uids ? uids->string().value_or("") : ""),
                     std::string(gids ? gids->string().value_or("") : "")};
}

/// A new directory, with the attributes of the topmost of `lowerdirs`: whose root is topmost has the whole
/// tree's.
Result<Fd> make_root(FdRef dir, const std::string &name, const std::vector<Fd> &lowerdirs,
                     FdRef user_namespace = FdRef(-1))
{
    TRY(kernel::mkdirat(dir, name, 0700));
    TRY_LET(made, kernel::openat(dir, name, kDirectory));
    if (lowerdirs.empty()) {
        TRY(kernel::fchmod(made, 0755));
    } else if (user_namespace.get() < 0) {
        TRY(copy_attributes(lowerdirs.front(), made));
    } else {
        TRY_LET(tree, with_ids(lowerdirs.front(), user_namespace));
        TRY_LET(like, kernel::openat(tree, ".", kDirectory));
        TRY(copy_attributes(like, made));
    }
    return made;
}

}  // namespace

Result<Fd> with_ids(FdRef dir, FdRef user_namespace)
{
    TRY_LET(tree, kernel::open_tree(dir, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
    Status mapped = kernel::mount_setattr_idmap(tree, user_namespace);
    if (!mapped && mapped.error().err() == EINVAL) {
        return std::move(mapped).error().hint(
            "the store is on a file system that takes no other ids: not ext4, xfs, btrfs");
    }
    TRY(std::move(mapped));
    return tree;
}

Status check_container_id(std::string_view id)
{
    constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    constexpr std::size_t kLongest = 128;
    const bool good = !id.empty() && id.size() <= kLongest && kFirst.find(id[0]) != std::string_view::npos &&
                      id.find_first_not_of(str(kFirst, "_.-")) == std::string_view::npos;
    return good ? Status()
                : Error::input(str(json::quote(id), " is no name of a container"))
                      .hint("letters and digits, and _.- behind the first");
}

Result<std::string> new_container_id()
{
    constexpr std::string_view kHex = "0123456789abcdef";
    TRY_LET(number, kernel::getrandom());
    std::string out;
    for (unsigned shift = 0; shift < 48; shift += 4) {
        out += kHex[number >> shift & 15];
    }
    return out;
}

Result<Container> create_container(const Store &store, const ContainerWish &wish,
                                   const std::vector<Fd> &lowerdirs)
{
    TRY(check_container_id(wish.id));
    TRY_LET(staging, Staging::fresh(store));
    TRY(kernel::write_new(staging.dir(), kRecord, record_of(wish), 0600));
    if (wish.init) {
        TRY_LET(init, make_root(staging.dir(), "init", lowerdirs));
        TRY(fill_init_layer(init, lowerdirs, wish.init->mount_points));
    }
    if (wish.writable) {
        TRY(kernel::mkdirat(staging.dir(), "work", 0700));
        TRY(make_root(staging.dir(), "upper", lowerdirs, wish.mapped.user_namespace));
    }
    if (!wish.temporary) {
        TRY(kernel::syncfs(staging.dir()));
    }
    TRY_LET(made, staging.commit(store.containers(), wish.id));
    if (!made) {
        return Error::in_use(str("there is a container ", json::quote(wish.id)));
    }
    return read_record(wish.id, std::move(staging).take_dir());
}

Result<Container> find_container(const Store &store, const std::string &id)
{
    TRY(check_container_id(id));
    auto dir = kernel::openat(store.containers(), id, kDirectory);
    if (!dir && dir.error().err() == ENOENT) {
        return Error::absent(str("there is no container ", json::quote(id))).hint("layerctl ps lists them");
    }
    TRY_LET(found, std::move(dir));
    auto read = read_record(id, std::move(found));
    return read ? std::move(read) : std::move(read).error().context(str("container ", json::quote(id)));
}

Result<std::vector<Container>> containers(const Store &store)
{
    TRY_LET(entries, kernel::list(store.containers()));
    std::vector<Container> out;
    for (const kernel::DirEntry &entry : entries) {
        auto one = find_container(store, entry.name);
        if (!one && one.error().blame() == Blame::kAbsent) {
            continue;  // it has just gone
        }
        TRY_LET(found, std::move(one));
        out.push_back(std::move(found));
    }
    return out;
}

bool is_abandoned(const Container &container)
{
    return container.temporary && kernel::flock(container.dir, LOCK_EX | LOCK_NB);
}

Status remove_container(const Store &store, const std::string &id)
{
    TRY_LET(fresh, new_container_id());
    const std::string name = str("container-", id, "-", fresh);
    TRY(kernel::renameat(store.containers(), id, store.trash(), name));
    return layer::remove_tree(store.trash(), name);
}

}  // namespace rt::store
