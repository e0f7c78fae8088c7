// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "cli/create_options.h"
#include "cli/numbers.h"
#include "container/bundle.h"
#include "kernel/calls_tree.h"

namespace rt::cli {
namespace {

bool is_bundle(std::string_view word)
{
    return word.find('/') != std::string_view::npos || word == "." || word == "..";
}

/// The name, and a number behind it if it is taken.
// spec: CliBundlePath
std::string free_name(const std::string &name, const std::string &root)
{
    auto states = container::StateRoot::open(root, false);
    std::string id = name;
    for (int next = 2; states && states->holds(id); ++next) {
        id = str(name, "-", next);
    }
    return id;
}

}  // namespace

Result<std::string> name_after(const std::string &bundle)
{
    auto real = kernel::realpath(bundle);
    if (!real) {
        return container::no_bundle(std::move(real).error());
    }
    const std::string path = std::move(real).take();
    std::string name = path.substr(path.rfind('/') + 1);
    for (char &c : name) {
        const bool fits = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
                          c == '+' || c == '.' || c == '-';
        c = fits ? c : '-';
    }
    if (name.empty() || name[0] == '-') {
        name.insert(0, "container");
    }
    return name;
}

Result<Names> names_of(const std::vector<std::string> &positionals)
{
    Names names;
    for (const std::string &word : positionals) {
        std::string &place = is_bundle(word) ? names.bundle : names.id;
        if (!place.empty()) {
            return Error::input(
                str("one bundle and one container ID at most, got \"", place, "\" and \"", word, "\""));
        }
        if (word.empty()) {
            return Error::input("a container ID cannot be empty");
        }
        place = word;
    }
    return names;
}

// spec: CreateWithBundlePathAndID, CliBundle
Result<container::CreateOptions> create_options(const Globals &globals, const Arguments &arguments)
{
    container::CreateOptions options;
    TRY_LET(names, names_of(arguments.positionals));
    options.root = globals.root;
    options.rootless = globals.rootless;
    options.cgroups = globals.cgroups;
    if (!names.bundle.empty() && arguments.has("bundle")) {
        return Error::input(str("--bundle and \"", names.bundle, "\" both name a bundle"))
            .hint("a container ID has no slash in it");
    }
    options.bundle = names.bundle.empty() ? arguments.value("bundle", ".") : names.bundle;
    if (names.bundle.empty() && names.id.empty() && !arguments.has("bundle")) {
        return Error::input("a container ID or a bundle is required")
            .hint("for example: runtime run bundle/");
    }
    if (names.bundle.empty() && !arguments.has("bundle") && names.id.find(':') != std::string::npos) {
        return Error::input(str("\"", names.id, "\" is no container ID"))
            .hint(str("for an image: layerctl run ", names.id));
    }
    options.id = names.id;
    if (options.id.empty()) {
        TRY_LET(name, name_after(options.bundle));
        options.id = free_name(name, globals.root);
    }
    options.console_socket = arguments.value("console-socket");
    options.pid_file = arguments.value("pid-file");
    options.pidfd_socket = arguments.value("pidfd-socket");
    TRY(read_plan_options(arguments, options));
    return options;
}

Status read_plan_options(const Arguments &arguments, container::CreateOptions &options)
{
    options.no_pivot = arguments.on("no-pivot");
    options.no_new_keyring = arguments.on("no-new-keyring");
    TRY_LET(preserved, preserved_fds(arguments.value("preserve-fds", "0")));
    options.preserve_fds = preserved;
    return {};
}

Result<int> create(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(options, create_options(globals, arguments));
    TRY(container::create(options));
    return 0;
}

}  // namespace rt::cli
