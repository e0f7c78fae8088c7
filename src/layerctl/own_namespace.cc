// SPDX-License-Identifier: Apache-2.0
#include "layerctl/own_namespace.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/str.h"
#include "host/id_ranges.h"
#include "kernel/calls_mount.h"
#include "kernel/calls_process.h"

namespace rt::layerctl {
namespace {

constexpr const char *kStore = "LAYERCTL_ROOT";
/// Whose signatures, credentials and caches skopeo uses: it would take root's for being root in here.
constexpr const char *kForSkopeo = "_CONTAINERS_ROOTLESS_UID";

bool entered = false;
host::IdMaps the_maps;

std::string path_in(const char *variable)
{
    const char *path = ::secure_getenv(variable);
    return path != nullptr && path[0] == '/' ? path : "";
}

Result<Fd> our_namespace()
{
    TRY_LET(procfs, kernel::open_procfs());
    auto made = host::user_namespace(procfs, the_maps);
    if (!made && made.error().advice().empty()) {
        return std::move(made).error().hint("runtime info says what of user namespaces works here");
    }
    return made;
}

}  // namespace

std::string usual_store()
{
    if (std::string named = path_in(kStore); !named.empty()) {
        return named;
    }
    if (::geteuid() == 0) {
        return "/var/lib/layerctl";
    }
    if (const std::string data = path_in("XDG_DATA_HOME"); !data.empty()) {
        return data + "/layerctl";
    }
    const std::string home = path_in("HOME");
    return home.empty() ? "" : home + "/.local/share/layerctl";
}

// spec: LayerRootless
Status become_root()
{
    if (::geteuid() == 0) {
        return {};
    }
    the_maps = host::our_maps();
    ::setenv(kStore, usual_store().c_str(), 1);
    ::setenv(kForSkopeo, str(::geteuid()).c_str(), 1);
    TRY_LET(ids, our_namespace().context("making a user namespace"));
    TRY(kernel::setns(ids, CLONE_NEWUSER));
    TRY(kernel::unshare(CLONE_NEWNS));
    TRY(kernel::mount("none", "/", MS_REC | MS_SLAVE));
    entered = true;
    return {};
}

const host::IdMaps &our_maps() { return the_maps; }

bool is_in_own_namespace() { return entered; }

}  // namespace rt::layerctl
