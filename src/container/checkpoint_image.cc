// SPDX-License-Identifier: Apache-2.0
#include "container/checkpoint_image.h"

#include <fcntl.h>

#include <cerrno>

#include "base/json.h"
#include "base/str.h"
#include "container/state_root.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr const char *kOwnFile = "runtime.json";
constexpr const char *kDescriptorsFile = "descriptors.json";
constexpr std::size_t kMostText = 16 * 1024 * 1024;

struct Directory {
    std::string path;
    Fd fd;
};

Result<Directory> open_directory(const std::string &path, bool make)
{
    if (make) {
        TRY(make_directories(path));
    }
    TRY_LET(fd, kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(absolute, kernel::readlinkat(procfs, str("self/fd/", fd.get())));
    return Directory{std::move(absolute), std::move(fd)};
}

std::string print(const Externals &externals)
{
    json::Writer out(json::Layout::kIndented);
    out.begin_object().name("mounts").begin_array();
    for (const ExternalMount &mount : externals.mounts) {
        out.begin_object().name("destination").string(mount.point);
        out.name("source").string(mount.source).end_object();
    }
    out.end_array().name("descriptors").begin_array();
    for (const Descriptor &descriptor : externals.descriptors) {
        out.begin_object().name("link").string(descriptor.link);
        out.name("external").string(descriptor.external).end_object();
    }
    out.end_array().name("cgroups").begin_array();
    for (const std::string &dir : externals.cgroups) {
        out.string(dir);
    }
    out.end_array().name("emptyNetwork").boolean(externals.empty_network).end_object();
    return std::move(out).take();
}

std::string print_links(const std::vector<Descriptor> &descriptors)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_array();
    for (const Descriptor &descriptor : descriptors) {
        out.string(descriptor.link);
    }
    out.end_array();
    return std::move(out).take();
}

Status write_file(FdRef dir, const char *name, std::string_view text)
{
    TRY_LET(file, kernel::openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
    return kernel::write_all(file, text);
}

std::string text_of(const json::Node &object, std::string_view name)
{
    const auto member = object.member(name);
    const auto text = member ? member->string() : std::nullopt;
    return std::string(text.value_or(""));
}

Result<Externals> parse(std::string_view text)
{
    TRY_LET(document, json::Document::parse(text, kOwnFile));
    Externals externals;
    if (const auto mounts = document.root().member("mounts")) {
        for (const json::Member one : mounts->children()) {
            externals.mounts.push_back({text_of(one.value, "destination"), text_of(one.value, "source")});
        }
    }
    if (const auto descriptors = document.root().member("descriptors")) {
        for (const json::Member one : descriptors->children()) {
            externals.descriptors.push_back({text_of(one.value, "link"), text_of(one.value, "external")});
        }
    }
    if (const auto cgroups = document.root().member("cgroups")) {
        for (const json::Member one : cgroups->children()) {
            externals.cgroups.emplace_back(one.value.string().value_or(""));
        }
    }
    const auto empty = document.root().member("emptyNetwork");
    externals.empty_network = empty && empty->boolean().value_or(false);
    return externals;
}

Result<Externals> parse_links(std::string_view text)
{
    TRY_LET(document, json::Document::parse(str("{\"links\":", text, '}'), kDescriptorsFile));
    Externals externals;
    if (const auto links = document.root().member("links")) {
        for (const json::Member one : links->children()) {
            externals.descriptors.push_back({std::string(one.value.string().value_or("")), ""});
        }
    }
    return externals;
}

}  // namespace

Result<CheckpointDirs> open_checkpoint(const std::string &image_path, const std::string &work_path, bool make)
{
    TRY_LET(image, open_directory(image_path, make).context("opening the image directory"));
    TRY_LET(work, open_directory(work_path.empty() ? image_path : work_path, true)
                      .context("opening the work directory"));
    return CheckpointDirs{std::move(image.path), std::move(work.path), std::move(image.fd),
                          std::move(work.fd)};
}

Status write_externals(FdRef image, const Externals &externals)
{
    TRY(write_file(image, kOwnFile, print(externals)));
    return write_file(image, kDescriptorsFile, print_links(externals.descriptors));
}

Result<Externals> read_externals(FdRef image)
{
    auto own = kernel::read_file(image, kOwnFile, kMostText);
    if (own || own.error().err() != ENOENT) {
        TRY_LET(text, std::move(own));
        return parse(text);
    }
    auto links = kernel::read_file(image, kDescriptorsFile, kMostText);
    if (!links && links.error().err() == ENOENT) {
        return Externals();
    }
    TRY_LET(text, std::move(links));
    return parse_links(text);
}

}  // namespace rt::container
