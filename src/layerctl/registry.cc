// SPDX-License-Identifier: Apache-2.0
#include "layerctl/registry.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_tree.h"
#include "layer/digest.h"
#include "layer/meter.h"
#include "layer/new_directory.h"
#include "layer/unpack_image.h"
#include "layerctl/output.h"
#include "layerctl/progress.h"
#include "layerctl/temporary.h"
#include "pack/image_index.h"
#include "pack/image_writer.h"
#include "pack/raw_json.h"

namespace rt::layerctl {
namespace {

constexpr std::string_view kPrefix = "docker://";

/// The bytes in a directory of files, as many as have come.
std::uint64_t size_of(FdRef dir)
{
    std::uint64_t out = 0;
    const auto files = kernel::list_at(dir, ".");
    for (std::size_t i = 0; files && i < files->size(); ++i) {
        const auto found = kernel::fstatat(dir, (*files)[i].name, AT_SYMLINK_NOFOLLOW);
        out += found ? static_cast<std::uint64_t>(found->st_size) : 0;
    }
    return out;
}

/// Until it has ended; when we are to end, it is to end first, and may take a little for that.  Meanwhile
/// layer::meter() has what is in `watched`, if that is a directory.
Status wait_or_end(FdRef pidfd, FdRef watched)
{
    constexpr int kMoment = 50, kGrace = 3000;  // ms
    for (;;) {
        TRY_LET(ended, kernel::wait_ended(pidfd, kMoment));
        if (watched.get() >= 0) {
            layer::meter().bytes = size_of(watched);
        }
        if (ended) {
            return {};
        }
        if (Status on = layer::check_given_up(); !on) {
            TRY(kernel::pidfd_send_signal(pidfd, SIGTERM));
            TRY_LET(obeyed, kernel::wait_ended(pidfd, kGrace));
            if (!obeyed) {
                TRY(kernel::pidfd_send_signal(pidfd, SIGKILL));
            }
            TRY(kernel::reap(pidfd));
            return on;
        }
    }
}

/// `watched`: the directory into which it writes, or none.
Status skopeo(std::vector<std::string> words, FdRef watched = FdRef(-1))
{
    const auto program = host::find_program("skopeo");
    if (!program) {
        return Error::state("registries are skopeo's affair, and it is not in PATH")
            .hint("install skopeo, or have the image as a file");
    }
    words.insert(words.begin(), *program);
    std::vector<char *> argv;
    for (std::string &word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    kernel::Spawn request;
    request.path = program->c_str();
    request.argv = argv.data();
    request.envp = environ;
    request.death_signal = SIGTERM;
    TRY_LET(child, kernel::spawn(request));
    TRY(wait_or_end(child.pidfd, watched));
    TRY_LET(status, kernel::reap(child.pidfd));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? Status()
               : Error::state("skopeo failed").hint("what it said is above");
}

std::string verify(std::string_view side, const Arguments &arguments)
{
    return str("--", side, "-tls-verify=", arguments.value("tls-verify", "true"));
}

/// A folder of skopeo's, "dir:", made an image layout: its blobs are called by their digests, and the
/// manifest is as the registry has it.
Status make_layout(FdRef dir, const std::string &name)
{
    TRY_LET(manifest, kernel::read_file(dir, "manifest.json", layer::kLargestDocument));
    TRY_LET(type, pack::manifest_type(manifest));
    TRY_LET(files, kernel::list_at(dir, "."));
    TRY(kernel::mkdirat(dir, "blobs", 0700));
    TRY(kernel::mkdirat(dir, "blobs/sha256", 0700));
    for (const kernel::DirEntry &file : files) {
        if (layer::Digest::parse("sha256:" + file.name)) {
            TRY(kernel::renameat(dir, file.name, dir, "blobs/sha256/" + file.name));
        }
    }
    const layer::Digest digest = layer::Digest::of(manifest);
    TRY(kernel::write_new(dir, digest.blob_path(), manifest, 0600));
    TRY(kernel::write_new(dir, "oci-layout", pack::kLayout, 0600));
    return kernel::write_new(
        dir, "index.json", pack::index_json(std::array{pack::ImageName{name, type, digest, manifest.size()}}),
        0600);
}

/// The way back: an image layout, of which skopeo would take OCI's manifests only, made such a folder.
Status make_folder(FdRef dir, const std::string &manifest)
{
    TRY_LET(blobs, kernel::list_at(dir, "blobs/sha256"));
    for (const kernel::DirEntry &blob : blobs) {
        TRY(kernel::renameat(dir, "blobs/sha256/" + blob.name, dir, blob.name));
    }
    TRY(kernel::write_new(dir, "version", "Directory Transport Version: 1.1\n", 0600));
    return kernel::write_new(dir, "manifest.json", manifest, 0600);
}

}  // namespace

bool is_in_registry(std::string_view text) { return text.starts_with(kPrefix); }

Result<layer::Image> pull(const std::string &text, const layer::Platform &platform, layer::Purpose purpose,
                          const Arguments &arguments)
{
    TRY_LET(folder, temporary("layerctl-pull"));
    std::vector<std::string> words = {"--override-os", platform.os, "--override-arch", platform.architecture};
    if (!platform.variant.empty()) {
        words.insert(words.end(), {"--override-variant", platform.variant});
    }
    words.insert(words.end(), {"copy", "--quiet", verify("src", arguments), text, "dir:" + folder.path()});
    TRY_LET(dir, kernel::openat(kernel::kCwd, folder.path(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY_LET(progress, Progress::start(arguments, fetch_line));
    TRY(skopeo(std::move(words), progress ? FdRef(dir) : FdRef(-1)));
    progress.reset();
    TRY(make_layout(dir, text.substr(kPrefix.size())));
    return layer::open_image({layer::ImageSource::Shape::kOci, folder.path(), ""}, platform,
                             temporary_above(), {}, purpose);
}

Status push(const layer::Image &image, const std::string &text, const Arguments &arguments)
{
    TRY_LET(folder, temporary("layerctl-push"));
    const std::string path = folder.path() + "/image";
    TRY(pack::write_image(image, {layer::ImageSource::Shape::kOci, path, ""}, false));
    TRY_LET(dir, kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(make_folder(dir, image.manifest));
    return skopeo({"copy", "--quiet", "--preserve-digests", verify("dest", arguments), "dir:" + path, text});
}

}  // namespace rt::layerctl
