// SPDX-License-Identifier: Apache-2.0
//
// A plan in the making: what goes in, the facts every part of it asks for, and the steps so far.
// Each part (namespaces, mounts, devices, process) adds its steps in the order they will run.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "oci/config.h"
#include "plan/plan.h"

namespace rt::plan {

/// linux.namespaces by type.
class Spaces {
public:
    explicit Spaces(const oci::Linux &linux_);

    bool made(oci::NamespaceType type) const { return row(type).kind == Kind::kMade; }
    bool joined(oci::NamespaceType type) const { return row(type).kind == Kind::kJoined; }
    /// Not the runtime's: made or joined.
    bool own(oci::NamespaceType type) const { return row(type).kind != Kind::kInherited; }
    /// Index in linux.namespaces; -1 when inherited.
    std::int32_t index(oci::NamespaceType type) const { return row(type).index; }

private:
    enum class Kind : std::uint8_t { kInherited, kMade, kJoined };
    struct Row {
        Kind kind = Kind::kInherited;
        std::int32_t index = -1;
    };
    const Row &row(oci::NamespaceType type) const { return rows_[static_cast<std::size_t>(type)]; }

    std::array<Row, 8> rows_{};
};

/// Who opens the sources of bind mounts.
enum class Opener : std::uint8_t {
    kInit,
    kBoth,    ///< root of a user namespace as well, for a container whose root has less access
    kParent,  ///< since the container's root may not reach them
};

struct Draft {
    Draft(const oci::Config &config, const Request &request, const Host &host);

    /// A new step at the end; the reference lives until the next one.
    Step &add(init::Op op, Origin origin = {});
    /// The same for what is but one system call; `does` is what describe() says of it: "setting X".
    Step &call(long number, std::string does, Origin origin = {});
    /// The same for `text` written to a file, by its path below /proc, of the host's procfs.
    Step &write_proc(std::string path, std::string text, std::string does, Origin origin = {});
    std::size_t next() const { return plan.steps.size(); }
    /// Waits for the cgroups, joins them and, when asked for, makes the cgroup namespace; the first
    /// call does it.
    void enter_cgroups();

    const oci::Config &config;
    const Request &request;
    const Host &host;
    const Spaces spaces;
    const bool own_root;  ///< a mount namespace of our own: mounts can be made
    const bool user_namespace;
    const Opener opener;
    /// The container's process comes into the pid namespace it joins as one that has no right left which
    /// those there may lack.  procfs of that namespace is mounted before, from outside.
    const bool appears_late;
    const bool private_root;  ///< rootfsPropagation lets nothing in: no mount is in a peer group
    Plan plan;
    std::vector<std::size_t> labels;  ///< kWrite steps that only open, until finish_label()

private:
    std::size_t cgroup_fds() const;

    bool in_cgroups_ = false;
    friend void enter_last_cgroup(Draft &draft);
};

/// Joins the v1 memory cgroup, when enter_cgroups() left it: what was allocated until now is the
/// host's to pay for.
void enter_last_cgroup(Draft &draft);

constexpr std::uint16_t flag_if(bool condition, init::Flag flag)
{
    return condition ? static_cast<std::uint16_t>(flag) : std::uint16_t{0};
}

/// `path` as it is when absolute, else below `base`.
std::string below(std::string_view base, std::string_view path);

/// `path` with one leading "/", none at the end, without empty and "." components; "/" for the root.
std::string plain_path(std::string_view path);

}  // namespace rt::plan
