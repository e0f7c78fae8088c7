// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_tree.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
/// Of a store's format.
constexpr std::int64_t kOfTheMachine = 1, kOfAUser = 2;
constexpr std::size_t kSmall = 4096;
constexpr const char *kElsewhere = "--root DIR or LAYERCTL_ROOT names another place";

/// The lines of a file in /proc, with one blank between two words.
Result<std::string> words_of(const char *file)
{
    TRY_LET(text, kernel::read_file(kernel::kCwd, file, std::size_t{1} << 16));
    std::string out;
    for (const char c : text) {
        const bool again = out.empty() || out.back() == ' ' || out.back() == '\n';
        if ((c != ' ' && c != '\n') || !again) {
            out += c;
        }
    }
    return out;
}

/// What files of ours are to the machine; "" where nothing is mapped.
Result<std::string> our_ids()
{
    if (kernel::is_in_initial_user_namespace()) {
        return std::string();
    }
    TRY_LET(uids, words_of("/proc/self/uid_map"));
    TRY_LET(gids, words_of("/proc/self/gid_map"));
    return str(uids, "\n", gids);
}

std::string format_text(const std::string &ids)
{
    json::Writer writer(json::Layout::kCompact);
    writer.begin_object().name("version").number(ids.empty() ? kOfTheMachine : kOfAUser);
    if (!ids.empty()) {
        writer.name("ids").string(ids);
    }
    return std::move(writer.end_object()).take() + "\n";
}

struct Directory {
    const char *name;
    Fd Store::*fd;
};

/// Written whole, or left as it is.
Status write_once(FdRef dir, const std::string &name, std::string_view text)
{
    TRY_LET(file, kernel::openat(dir, ".", O_TMPFILE | O_WRONLY, 0600));
    TRY(kernel::write_all(file, text));
    TRY(kernel::fsync(file));
    Status named = kernel::linkat(file, dir, name);
    return named || named.error().err() == EEXIST ? Status() : Status(std::move(named).error());
}

Status make_directory(FdRef dir, const std::string &name)
{
    Status made = kernel::mkdirat(dir, name, 0700);
    return made || made.error().err() == EEXIST ? Status() : Status(std::move(made).error());
}

/// `path` and what is missing above it.
Status make_path(const std::string &path)
{
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        TRY(make_directory(kernel::kCwd, path.substr(0, slash)));
    }
    return make_directory(kernel::kCwd, path);
}

}  // namespace

std::string directory_name(const Digest &digest) { return str(digest.algorithm(), "-", digest.encoded()); }

Result<Store> Store::open(const std::string &root, Use use, const Patience &patience)
{
    if (use == Use::kWrite) {
        TRY(make_path(root).context("making the store").hint(kElsewhere));
    }
    Store out;
    out.path_ = root;
    out.patience_ = patience;
    auto dir = kernel::openat(kernel::kCwd, root, O_RDONLY | O_DIRECTORY);
    if (!dir && dir.error().err() == ENOENT) {
        return Error::absent(str("there is no store ", json::quote(root))).hint("layerctl import makes one");
    }
    TRY_LET(opened, std::move(dir).context("opening the store").hint(kElsewhere));
    out.root_ = std::move(opened);
    if (use == Use::kWrite) {
        if (Status made = out.make(); !made) {
            return std::move(made).error().context(str("store ", json::quote(root)));
        }
    }
    if (Status known = out.read_format(); !known) {
        return std::move(known).error().context(str("store ", json::quote(root)));
    }
    const Directory directories[] = {{"layers", &Store::layers_},
                                     {"chains", &Store::chains_},
                                     {"staging", &Store::staging_},
                                     {"containers", &Store::containers_},
                                     {"trash", &Store::trash_}};
    for (const Directory &one : directories) {
        TRY_LET(fd, kernel::openat(out.root_, one.name, kDirectory));
        out.*one.fd = std::move(fd);
    }
    TRY_LET(file, kernel::openat(out.root_, "lock", O_RDONLY | O_NOFOLLOW));
    TRY(lock(file, use == Use::kAlone ? LOCK_EX : LOCK_SH, patience, str("store ", json::quote(root))));
    out.lock_ = std::move(file);
    return out;
}

/// The format comes last: what has one is whole.
Status Store::make() const
{
    if (kernel::faccessat(root_, "format", F_OK)) {
        return {};
    }
    TRY_LET(there, kernel::list(root_));
    if (!there.empty() && !kernel::faccessat(root_, "lock", F_OK)) {
        return Error::state("is no store, and not empty").hint("name another directory with --root");
    }
    (void)kernel::fremovexattr(root_, "system.posix_acl_default");  // nothing in it is to inherit one
    TRY(write_once(root_, "lock", ""));
    for (const char *name :
         {"blobs", "blobs/sha256", "layers", "chains", "staging", "containers", "trash", "empty"}) {
        TRY(make_directory(root_, name));
    }
    TRY(write_once(root_, "oci-layout", pack::kLayout));
    TRY(write_once(root_, "index.json", pack::index_json({})));
    TRY(kernel::syncfs(root_));
    TRY_LET(ids, our_ids());
    TRY(write_once(root_, "format", format_text(ids)));
    return kernel::fsync(root_);
}

Status Store::read_format()
{
    auto text = kernel::read_file(root_, "format", kSmall);
    if (!text && text.error().err() == ENOENT) {
        return Error::state("is no store").hint("name another directory with --root");
    }
    TRY_LET(content, std::move(text));
    TRY_LET(document, json::Document::parse(content, "format"));
    const auto version = document.root().member("version");
    const std::int64_t number = version ? version->int64().value_or(0) : 0;
    const auto ids = document.root().member("ids");
    if (number != kOfTheMachine && (number != kOfAUser || !ids)) {
        return Error::state("is of a format that is not known").hint("a newer layerctl made it");
    }
    form_ = number == kOfAUser ? layer::LayerForm::kUserOverlay : layer::LayerForm::kOverlay;
    if (kernel::is_in_initial_user_namespace() && ::geteuid() != 0) {
        return {};  // who reads documents only
    }
    TRY_LET(ours, our_ids());
    return ours == (ids ? ids->string().value_or("") : "")
               ? Status()
               : Error::state("its files are of other ids than we have")
                     .hint("it is another user's, or /etc/subuid has changed: name another directory with "
                           "--root");
}

bool Store::has_layer(const Digest &diff_id) const
{
    return static_cast<bool>(kernel::faccessat(layers_, directory_name(diff_id), F_OK));
}

Result<Fd> Store::open_layer(const Digest &diff_id) const
{
    auto dir = kernel::openat(layers_, str(directory_name(diff_id), "/", layer::kFilesDirectory), kDirectory);
    if (!dir && dir.error().err() == ENOENT) {
        return Error::damaged(str("layer ", diff_id.text(), " is not in the store"))
            .hint("import the image again");
    }
    return dir;
}

Result<layer::LayerNotes> Store::layer_notes(const Digest &diff_id) const
{
    constexpr std::size_t kMost = 1U << 30;
    TRY_LET(text, kernel::read_file(layers_, str(directory_name(diff_id), "/", layer::kNotesFile), kMost));
    auto notes = layer::read_layer_notes(text);
    if (!notes || notes->diff_id != diff_id) {
        return Error::damaged(str("the notes of layer ", diff_id.text(), " are damaged"))
            .hint("layerctl fsck --repair");
    }
    return notes;
}

}  // namespace rt::store
