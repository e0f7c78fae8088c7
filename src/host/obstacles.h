// SPDX-License-Identifier: Apache-2.0
//
// What the machine, or whoever started us, keeps from us.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rt::host {

/// Who is in the way, and what mends it; both are parts of a sentence.
struct Obstacle {
    std::string who;
    std::string mend;
};

std::string sentence(const Obstacle &obstacle);

/// Why the kernel said `err` when we wanted a user namespace; nothing where none of what we know explains it.
std::optional<Obstacle> no_user_namespace(int err);

/// AppArmor leaves us user namespaces, and no rights in them.
std::optional<Obstacle> no_rights_in_user_namespaces();

/// Whose user namespace the namespace at `path` belongs to, where we have no right in it.
std::optional<Obstacle> no_rights_in(const std::string &path);

/// Why the set-user-ID program at `path` has no rights of its own where we run it.
std::optional<Obstacle> no_rights_for(const std::string &path);

/// A seccomp filter is around us.
bool in_seccomp_filter();

/// What is mounted below `place` and hides parts of it, a few of them; "" when nothing is.
std::string covers_of(std::string_view place);

}  // namespace rt::host
