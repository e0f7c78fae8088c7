// SPDX-License-Identifier: Apache-2.0
#include "layer/unpack_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/confine.h"
#include "layer/tree.h"

namespace rt::layer {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const std::string kRoot = "root";

volatile bool given_up = false;

/// A directory of ours that nobody else looks into, gone when it goes out of scope.
class Staging {
public:
    static Result<Staging> make(FdRef parent, const std::string &name)
    {
        constexpr int kTries = 16;
        for (int i = 0; i < kTries; ++i) {
            const Status made = kernel::mkdirat(parent, name, 0700);
            if (!made && made.error().err() != EEXIST) {
                return Error::kernel(made.error().err(), str("mkdir(", json::quote(name), ")"));
            }
            auto opened = kernel::openat(parent, name, kDirectory);
            if (!opened) {
                if (opened.error().err() == ENOENT) {
                    continue;
                }
                return std::move(opened).error();
            }
            if (!kernel::flock(*opened, LOCK_EX | LOCK_NB)) {
                return Error::state("another layerctl unpacks there").hint("wait for it");
            }
            if (!made) {
                TRY(remove_tree(parent, name));  // who made it was killed: the lock was free
            } else if (is_at(parent, name, *opened)) {
                return Staging(parent, name, std::move(opened).take());
            }
        }
        return Error::state("others keep removing what is unpacked there");
    }
    Staging(Staging &&) = default;
    Staging &operator=(Staging &&) = delete;
    ~Staging()
    {
        if (dir_.open()) {
            (void)remove_tree(parent_, name_);
        }
    }
    FdRef dir() const { return dir_; }

private:
    Staging(FdRef parent, std::string name, Fd dir)
        : parent_(parent), name_(std::move(name)), dir_(std::move(dir))
    {}

    /// The name still leads to what we have locked.
    static bool is_at(FdRef parent, const std::string &name, FdRef dir)
    {
        const auto named = kernel::fstatat(parent, name, AT_SYMLINK_NOFOLLOW);
        const auto held = kernel::fstat(dir);
        return named && held && named->st_ino == held->st_ino && named->st_dev == held->st_dev;
    }

    FdRef parent_;
    std::string name_;
    Fd dir_;
};

/// Where a new directory goes: the one above, and its name there.
struct Place {
    Fd parent;
    std::string name;
};

Result<Place> place_of(std::string path)
{
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    const std::size_t slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    const std::string name = path.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") {
        return Error::input(str(json::quote(path), " names no new directory"));
    }
    TRY_LET(parent, kernel::openat(kernel::kCwd, above, O_RDONLY | O_DIRECTORY));
    return Place{std::move(parent), name};
}

/// Refused now rather than when everything is unpacked.
Status check_room(const Place &place)
{
    auto there = kernel::list_at(place.parent, place.name);
    if (!there) {
        return there.error().err() == ENOENT ? Status() : Status(std::move(there).error());
    }
    return there->empty() ? Status()
                          : Error::state("is not empty").hint("name a directory that is not there");
}

Status unpack_layers(const Image &image, FdRef root, const UnpackLimits &limits)
{
    std::size_t number = 0;
    for (const Image::Layer &layer : image.layers) {
        ++number;
        if (given_up) {
            return Error::kernel(EINTR, "");
        }
        if (Status done = unpack_layer(layer.packed(), root, LayerForm::kFlat, limits); !done) {
            return std::move(done).error().context(str("layer ", number, " of ", image.layers.size()));
        }
    }
    return {};
}

}  // namespace

void give_up()
{
    given_up = true;
    end_confined();
}

Status unpack_image(const Image &image, const std::string &directory, const UnpackLimits &limits,
                    bool durable)
{
    const auto told = [&](Error error) { return std::move(error).context(json::quote(directory)); };
    auto place = place_of(directory);
    if (!place) {
        return std::move(place).error();
    }
    if (Status room = check_room(*place); !room) {
        return told(std::move(room).error());
    }
    auto staging = Staging::make(place->parent, str(".", place->name, ".layerctl"));
    if (!staging) {
        return told(std::move(staging).error());
    }
    TRY(kernel::mkdirat(staging->dir(), kRoot, 0755));
    TRY_LET(root, kernel::openat(staging->dir(), kRoot, kDirectory));
    TRY(kernel::fchmod(root, 0755));
    TRY(unpack_layers(image, root, limits));
    if (durable) {
        TRY(kernel::syncfs(root));
    }
    if (Status moved = kernel::renameat(staging->dir(), kRoot, place->parent, place->name); !moved) {
        return told(std::move(moved).error());
    }
    return durable ? kernel::syncfs(root) : Status();
}

}  // namespace rt::layer
