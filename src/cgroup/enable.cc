// SPDX-License-Identifier: Apache-2.0
#include "cgroup/enable.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/str.h"
#include "cgroup/stat_files.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr const char *kHandedOn = "cgroup.subtree_control";
constexpr const char *kType = "cgroup.type";

/// Controllers that can tell threads apart, and so may be handed on by a cgroup with processes (cgroup-v2,
/// "Threads").
constexpr std::string_view kOfThreads[] = {"cpu", "cpuset", "perf_event", "pids"};

/// What the types other than "domain" mean for who would live there.
struct Type {
    std::string_view type, means;
};
constexpr Type kNoProcesses[] = {
    {"threaded", "is threaded: only threads of processes in the cgroup above can be in it"},
    {"domain invalid", "is below a threaded cgroup, and can hold no process"},
};

bool lists(const std::string &words, std::string_view word)
{
    const auto all = split(words, ' ');
    return std::ranges::find(all, word) != all.end();
}

std::string read(FdRef dir, const char *file)
{
    auto text = read_value(dir, file);
    return text ? std::move(text).take() : std::string();
}

/// A cgroup that holds processes hands on controllers of threads alone: it would become the root of threaded
/// cgroups, and no process could enter one below it any more.
bool holds_processes(FdRef dir) { return read(dir, kType) == "domain" && !read(dir, "cgroup.procs").empty(); }

/// At once, or one by one.
void enable_in(const std::string &parent, const std::vector<std::string> &controllers)
{
    const auto opened = open_dir(parent);
    if (!opened.ok()) {
        return;
    }
    const FdRef dir = *opened;
    if (holds_processes(dir)) {
        return;
    }
    std::string all;
    for (const std::string &controller : controllers) {
        all += controller + " ";
    }
    if (kernel::write_file(dir, kHandedOn, all).ok()) {
        return;
    }
    for (const std::string &controller : controllers) {
        (void)kernel::write_file(dir, kHandedOn, controller);
    }
}

/// What keeps the cgroup from handing on a controller that it has; "": nothing does.
std::string obstacle(FdRef dir)
{
    if (!kernel::faccessat(dir, kHandedOn, W_OK).ok()) {
        return "you may not write to its cgroup.subtree_control";
    }
    const std::string type = read(dir, kType), processes = read(dir, "cgroup.procs");
    if (!type.empty() && type != "domain") {
        return str("it is \"", type, "\": only controllers of threads can be");
    }
    if (!type.empty() && !processes.empty()) {
        return str("it holds processes itself, such as ", split(processes, '\n').front());
    }
    return "";
}

struct HeldBack {
    std::string above;  ///< the topmost cgroup that does not hand it on; "": there is none
    std::string why;    ///< obstacle()
};

HeldBack held_back(const std::string &path, std::string_view controller)
{
    for (std::string above = path.substr(0, path.rfind('/')); !above.empty();
         above = above.substr(0, above.rfind('/'))) {
        const auto dir = open_dir(above);
        if (!dir || !dir->open() || lists(read(*dir, kHandedOn), controller)) {
            break;
        }
        if (lists(read(*dir, "cgroup.controllers"), controller)) {
            return {above, obstacle(*dir)};
        }
    }
    return {};
}

std::string in_words(const HeldBack &held, std::string_view controller)
{
    return str(
        "\"", held.above, "\" does not hand the controller \"", controller,
        "\" on to the cgroups below it: ", held.why.empty() ? "nobody has enabled it there" : held.why);
}

}  // namespace

std::vector<std::string> parents_of(const std::string &path, const std::string &mount)
{
    std::vector<std::string> parents;
    for (std::size_t at = path.find('/', mount.size() + 1); at != std::string::npos;
         at = path.find('/', at + 1)) {
        parents.push_back(path.substr(0, at));
    }
    return parents;
}

Status enable_down(FdRef dir, const std::string &path, const std::string &mount,
                   const std::vector<std::string> &controllers)
{
    if (controllers.empty()) {
        return {};
    }
    TRY_LET(enabled, read_value(dir, "cgroup.controllers"));
    const bool missing = std::ranges::any_of(
        controllers, [&](const std::string &controller) { return !lists(enabled, controller.substr(1)); });
    if (missing) {
        enable_in(mount, controllers);
        for (const std::string &parent : parents_of(path, mount)) {
            enable_in(parent, controllers);
        }
    }
    return {};
}

// spec: ErrorsControllerOff
std::string why_off(const std::string &path, std::string_view controller)
{
    const HeldBack held = held_back(path, controller);
    return held.above.empty() ? "" : in_words(held, controller);
}

std::string why_held_back(const std::string &path, std::string_view controller)
{
    const HeldBack held = held_back(path, controller);
    return held.why.empty() ? "" : in_words(held, controller);
}

// spec: CgroupsPathThreaded
Result<std::string> why_no_processes(FdRef dir)
{
    TRY_LET(type, read_value(dir, kType));
    const auto row = std::ranges::find(kNoProcesses, type, &Type::type);
    if (row != std::end(kNoProcesses)) {
        return std::string(row->means);
    }
    TRY_LET(handed_on, read_value(dir, kHandedOn));
    const bool parent = std::ranges::any_of(split(handed_on, ' '), [](std::string_view controller) {
        return std::ranges::find(kOfThreads, controller) == std::end(kOfThreads);
    });
    return parent
               ? str("hands controllers on (", handed_on, "): only the cgroups below it can hold processes")
               : std::string();
}

// spec: CgroupsPathThreaded, CgroupsPathUnfit
Status check_above(const std::string &path, const plan::Hierarchy &hierarchy)
{
    const std::vector<std::string> parents = parents_of(path, hierarchy.mount);
    for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent) {
        TRY_LET(dir, open_dir(*parent));
        if (!dir.open()) {
            continue;
        }
        TRY_LET(frozen, is_frozen(dir, hierarchy.v2));
        if (frozen) {
            return Error::input_at("/linux/cgroupsPath",
                                   str("the cgroup \"", *parent, "\" is frozen, and so is one made below it"))
                .hint("thaw it, or name a cgroup that is not below it");
        }
        TRY_LET(type, hierarchy.v2 ? read_value(dir, kType) : std::string());
        if (type.empty() || type == "domain") {
            return {};
        }
        return Error::input_at("/linux/cgroupsPath", str("the cgroup \"", *parent, "\" is \"", type,
                                                         "\", and one below it could hold no process"))
            .hint("name a cgroup that is not below one with threaded cgroups");
    }
    return {};
}

}  // namespace rt::cgroup
