// SPDX-License-Identifier: Apache-2.0
#include "pack/stack.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <utility>

#include "kernel/calls_fs.h"

namespace rt::pack {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/// What calls say of a file that has been listed, or looked at, as something else.
constexpr int kSaidOfOthers[] = {ENOENT, ENOTDIR, ELOOP, EINVAL};

template <class T>
Result<T> as_listed(Result<T> found)
{
    return !found && std::ranges::find(kSaidOfOthers, found.error().err()) != std::end(kSaidOfOthers)
               ? Result<T>(changed_while_read())
               : std::move(found);
}

}  // namespace

Error changed_while_read()
{
    return Error::state("changed while it was read").hint("pause whoever writes there");
}

Result<MergedDirectory> MergedDirectory::root(std::vector<Fd> roots, Overlay overlay)
{
    MergedDirectory out(overlay);
    for (Fd &dir : roots) {
        TRY_LET(goes_on, out.add(std::move(dir)));
        if (!goes_on) {
            break;
        }
    }
    return out;
}

/// False: what is below it does not show.
Result<bool> MergedDirectory::add(Fd dir)
{
    TRY_LET(found, kernel::fstat(dir));
    TRY_LET(opaque, overlay_word(dir, ".", overlay_, "opaque"));
    TRY_LET(redirect, overlay_word(dir, ".", overlay_, "redirect"));
    if (redirect) {
        return Error::state("overlayfs has a directory's content elsewhere")
            .hint("mount it with redirect_dir=off");
    }
    parts_.push_back({std::move(dir), found.st_dev, found.st_ino, opaque == "x"});
    return opaque != "y";
}

Result<bool> MergedDirectory::is_whiteout(std::size_t part, const std::string &name, unsigned char type) const
{
    const bool may_be =
        type == DT_CHR || type == DT_UNKNOWN || (type == DT_REG && parts_[part].xattr_whiteouts);
    if (!shows_layers(overlay_) || !may_be) {
        return false;
    }
    TRY_LET(found, kernel::fstatat(parts_[part], name, AT_SYMLINK_NOFOLLOW));
    if (S_ISREG(found.st_mode) && found.st_size == 0 && parts_[part].xattr_whiteouts) {
        TRY_LET(word, overlay_word(parts_[part], name, overlay_, "whiteout"));
        return word.has_value();
    }
    return S_ISCHR(found.st_mode) && found.st_rdev == 0;
}

Result<std::vector<MergedDirectory::Child>> MergedDirectory::children() const
{
    struct Found {
        std::size_t part;
        bool whiteout;
    };
    std::map<std::string, Found> all;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        TRY_LET(entries, kernel::list_at(parts_[part], "."));
        for (kernel::DirEntry &entry : entries) {
            if (!all.contains(entry.name)) {
                TRY_LET(whiteout, as_listed(is_whiteout(part, entry.name, entry.type)));
                all.emplace(std::move(entry.name), Found{part, whiteout});
            }
        }
    }
    std::vector<Child> out;
    for (const auto &[name, found] : all) {
        if (!found.whiteout) {
            out.push_back({name, found.part});
        }
    }
    return out;
}

Result<FileFacts> MergedDirectory::facts(const Child &child) const
{
    return as_listed(read_facts(parts_[child.part], child.name, overlay_));
}

Result<Fd> MergedDirectory::open(const Child &child) const
{
    return as_listed(open_content(parts_[child.part], child.name));
}

Result<MergedDirectory> MergedDirectory::enter(const Child &child) const { return as_listed(entered(child)); }

Result<MergedDirectory> MergedDirectory::entered(const Child &child) const
{
    MergedDirectory out(overlay_);
    for (std::size_t part = child.part; part < parts_.size(); ++part) {
        auto dir = kernel::openat(parts_[part], child.name, kDirectory);
        if (!dir) {
            const int err = dir.error().err();
            if (err == ENOENT && part > child.part) {
                continue;
            }
            if ((err == ENOTDIR || err == ELOOP) && part > child.part) {
                break;
            }
            return std::move(dir).error();
        }
        TRY_LET(goes_on, out.add(std::move(dir).take()));
        if (!goes_on) {
            break;
        }
    }
    return out;
}

bool MergedDirectory::same_parts(const MergedDirectory &other) const
{
    return std::ranges::equal(parts_, other.parts_, [](const Part &one, const Part &two) {
        return one.dev == two.dev && one.ino == two.ino;
    });
}

}  // namespace rt::pack
