// SPDX-License-Identifier: Apache-2.0
//
// Labels: what AppArmor and SELinux are told before the program starts.
#pragma once

#include "base/result.h"
#include "plan/plan_draft.h"

namespace rt::plan {

/// Whether anything of it is for a security module, so that Host::lsm has to be known.
bool asks_for_labels(const oci::Config &config, const oci::Process *process);

/// Refuses labels of a module that is off; `process` may be nullptr.
Status check_labels(const oci::Config &config, const oci::Process *process, const Lsm &lsm);

/// SELinux: the session keyring that is joined next has the program's label.
void label_keyring(Draft &draft, const oci::Process &process);

/// What the program will be labelled with, while /proc is the host's.  With hooks still to come, which are
/// not the program, the kernel is told only by finish_label().
void label_program(Draft &draft, const oci::Process &process, bool hooks_to_come);
void finish_label(Draft &draft);

/// linux.mountLabel where `mount` makes a file system that takes a context, else "".
// spec: LinuxMountLabel
std::string mount_label(const oci::Config &config, const oci::Mount &mount);
/// The same for a mount whose superblock is made before it could take one: its root gets it afterwards.
std::string root_label(const oci::Config &config, const oci::Mount &mount);

}  // namespace rt::plan
