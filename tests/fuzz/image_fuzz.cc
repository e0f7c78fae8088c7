// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes are, as each of an image's documents and as its passwd and group: the readers end, and
// what they say is one line.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "layer/digest.h"
#include "layer/entry_path.h"
#include "layer/image_json.h"
#include "layer/image_user.h"
#include "layer/runtime_config.h"
#include "oci/load.h"

namespace {

using namespace rt;

void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

template <class T>
void check(const Result<T> &result)
{
    hold(result || (!result.error().text().empty() && result.error().text().find('\n') == std::string::npos));
}

/// A root file system whose passwd and group are one file.
struct Root {
    Root()
    {
        char name[] = "/tmp/rt-fuzz-XXXXXX";
        path = ::mkdtemp(name);
        ::mkdir((path + "/etc").c_str(), 0700);
        file = Fd(::open((path + "/etc/passwd").c_str(), O_CREAT | O_RDWR, 0600));
        ::link((path + "/etc/passwd").c_str(), (path + "/etc/group").c_str());
        dir = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
    }
    ~Root()
    {
        ::unlink((path + "/etc/passwd").c_str());
        ::unlink((path + "/etc/group").c_str());
        ::rmdir((path + "/etc").c_str());
        ::rmdir(path.c_str());
    }
    Root(const Root &) = delete;
    Root &operator=(const Root &) = delete;
    std::string path;
    Fd file, dir;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const Root root;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    check(layer::read_index(text, "index.json"));
    check(layer::read_manifest(text, "manifest"));
    check(layer::read_image_config(text, "config"));
    check(layer::read_docker_manifest(text));
    check(layer::check_layout_version(text));
    if (const auto digest = layer::Digest::parse(text)) {
        hold(digest->blob_path().find("..") == std::string::npos ||
             digest->algorithm().find("..") != std::string::npos);
    }
    if (const auto path = layer::EntryPath::parse(text)) {
        hold(("/" + path->text() + "/").find("/../") == std::string::npos && !path->text().starts_with('/'));
        (void)layer::read_layer_name(*path);
    }
    hold(::ftruncate(root.file.get(), 0) == 0 &&
         ::pwrite(root.file.get(), data, size, 0) == static_cast<ssize_t>(size));
    for (const std::string_view user : {"root", "1000", "a:b", ""}) {
        check(layer::resolve_user(user, root.dir));
    }
    const auto config = layer::runtime_config(text, root.dir, {.command = {"x"}});
    check(config);
    if (config) {
        hold(static_cast<bool>(oci::load_config(*config, "config.json")));
    }
    return 0;
}
