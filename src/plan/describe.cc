// SPDX-License-Identifier: Apache-2.0
#include <linux/mount.h>

#include <array>
#include <string_view>

#include "base/str.h"
#include "oci/names.h"
#include "plan/step.h"

namespace rt::plan {
namespace {

using init::Op;

/// A sentence is `verb "object"`, or just the verb.
struct Sentence {
    const char *verb = "running the init stage";  ///< "": the object is all of it
    std::string (*object)(const Step &) = nullptr;
};

constexpr auto kCount = static_cast<std::size_t>(Op::kCount);

std::string quoted(std::string_view text) { return str(" \"", text, '"'); }

// clang-format off
std::string s1(const Step &step) { return quoted(step.s1); }
std::string subject(const Step &step) { return quoted(step.subject); }
std::string whole(const Step &step) { return step.subject; }
std::string program(const Step &step)
{
    const std::vector<std::string> &args = step.more().w2;
    return quoted(args.empty() ? "" : std::string_view(args[0]));
}
std::string attributes(const Step &step)
{
    const bool ids = (step.a & MOUNT_ATTR_IDMAP) != 0;
    return str(ids ? " the ids of mount" : " the attributes of mount", subject(step));
}
std::string identity(const Step &step) { return str(' ', step.a, ':', step.b); }
std::string inner_root(const Step &step)
{
    return step.a == 0 && step.b == 0 ? " root of the user namespace"
                                      : str(" user", identity(step), " in the user namespace");
}
// clang-format on

constexpr oci::NamespaceType kTypes[] = {
    oci::NamespaceType::kUser, oci::NamespaceType::kMount,  oci::NamespaceType::kPid,
    oci::NamespaceType::kUts,  oci::NamespaceType::kIpc,    oci::NamespaceType::kNetwork,
    oci::NamespaceType::kTime, oci::NamespaceType::kCgroup,
};

/// " (mount, uts)"
std::string types(const Step &step)
{
    std::string text;
    for (const oci::NamespaceType type : kTypes) {
        if ((step.a & oci::clone_flag(type)) != 0) {
            text += text.empty() ? " (" : ", ";
            text += oci::word_of(type);
        }
    }
    return text + ')';
}

std::string joined(const Step &step) { return str(subject(step), types(step)); }

/// ` "createContainer[0]" "/bin/hook"`
std::string hook(const Step &step)
{
    const std::string_view section = step.origin.section;
    return str(' ', section.substr(section.rfind('/') + 1), '[', step.origin.index, ']', quoted(step.s1));
}

constexpr std::array<Sentence, kCount> sentences()
{
    std::array<Sentence, kCount> table{};
    const auto put = [&table](Op op, Sentence sentence) { table[static_cast<std::size_t>(op)] = sentence; };
    put(Op::kTell, {"telling the runtime"});
    put(Op::kAwait, {"waiting for the runtime"});
    put(Op::kCall, {"", whole});
    put(Op::kWrite, {"", whole});
    put(Op::kKeyring, {"joining session keyring", s1});
    put(Op::kSetns, {"joining namespace", joined});
    put(Op::kUnshare, {"making namespaces", types});
    put(Op::kBecomeRoot, {"becoming", inner_root});
    put(Op::kFork, {"starting the container's first process"});
    put(Op::kJoinCgroups, {"joining the container's cgroups"});
    put(Op::kLoopback, {"bringing up the loopback interface"});
    put(Op::kPropagation, {"changing the propagation of the host's mounts"});
    put(Op::kRoot, {"mounting root filesystem", s1});
    put(Op::kNoMountRoot, {"opening root filesystem", s1});
    put(Op::kOpenTree, {"mounting", subject});
    put(Op::kTree, {"mounting", subject});
    put(Op::kKeep, {"mounting", subject});
    put(Op::kFsMount, {"mounting", subject});
    put(Op::kLegacyMount, {"mounting", subject});
    put(Op::kTarget, {"finding mount", s1});
    put(Op::kReconfigure, {"remounting", subject});
    put(Op::kSetAttr, {"setting", attributes});
    put(Op::kCopyUp, {"copying up", s1});
    put(Op::kLabel, {"labelling", subject});
    put(Op::kAttach, {"mounting", s1});
    put(Op::kMkdir, {"making directory", s1});
    put(Op::kSymlink, {"linking", s1});
    put(Op::kDevice, {"making device", s1});
    put(Op::kMask, {"masking", s1});
    put(Op::kReadonly, {"making read-only", s1});
    put(Op::kRootAttr, {"setting the attributes of the root filesystem"});
    put(Op::kConsole, {"setting up the console"});
    put(Op::kHook, {"running hook", hook});
    put(Op::kPivot, {"entering the root filesystem"});
    put(Op::kChroot, {"entering the root filesystem"});
    put(Op::kChdir, {"changing to working directory", s1});
    put(Op::kHome, {"looking up the home directory"});
    put(Op::kRlimit, {"setting limit", subject});
    put(Op::kBoundingDrop, {"dropping bounding capabilities"});
    put(Op::kIds, {"becoming user", identity});
    put(Op::kCapset, {"setting capabilities"});
    put(Op::kPark, {"waiting for start"});
    put(Op::kCloseFds, {"closing file descriptors"});
    put(Op::kSeccomp, {"loading the seccomp filter"});
    put(Op::kFind, {"executing", program});
    put(Op::kExec, {"executing", program});
    return table;
}

constexpr std::array<Sentence, kCount> kSentences = sentences();

}  // namespace

std::string describe(const Step &step)
{
    const Sentence &sentence = kSentences[static_cast<std::size_t>(step.op)];
    return sentence.object == nullptr ? sentence.verb : str(sentence.verb, sentence.object(step));
}

}  // namespace rt::plan
