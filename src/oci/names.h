// SPDX-License-Identifier: Apache-2.0
//
// The words of config.json that come in fixed sets, and the kernel's numbers behind them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "oci/config.h"

namespace rt::oci {

template <class Value>
struct Word {
    std::string_view word;
    Value value;
};

/// The table of an enum of config.h, sorted by word.
template <class E>
std::span<const Word<E>> words();
template <>
std::span<const Word<NamespaceType>> words<NamespaceType>();
template <>
std::span<const Word<DeviceType>> words<DeviceType>();
template <>
std::span<const Word<SeccompAction>> words<SeccompAction>();
template <>
std::span<const Word<SeccompOperator>> words<SeccompOperator>();
template <>
std::span<const Word<Propagation>> words<Propagation>();
template <>
std::span<const Word<SchedPolicy>> words<SchedPolicy>();
template <>
std::span<const Word<SchedFlag>> words<SchedFlag>();
template <>
std::span<const Word<IoClass>> words<IoClass>();
template <>
std::span<const Word<MemoryPolicyMode>> words<MemoryPolicyMode>();
template <>
std::span<const Word<MemoryPolicyFlag>> words<MemoryPolicyFlag>();

/// "network" -> kNetwork.
template <class E>
std::optional<E> value_of(std::string_view word)
{
    for (const Word<E> &row : words<E>()) {
        if (row.word == word) {
            return row.value;
        }
    }
    return std::nullopt;
}

/// kNetwork -> "network"; the first word of the table where there are two.
template <class E>
std::string_view word_of(E value)
{
    for (const Word<E> &row : words<E>()) {
        if (row.value == value) {
            return row.word;
        }
    }
    return "";
}

inline constexpr unsigned kLastCapability = 40;

/// "CAP_CHOWN" -> 0; nullopt for a name we do not know.
std::optional<unsigned> capability_number(std::string_view name);
/// 0 -> "CAP_CHOWN"; "" above kLastCapability.
std::string_view capability_name(unsigned number);

/// Every CAP_* word.
std::span<const std::string_view> capability_names();

/// Every RLIMIT_* word.
std::span<const std::string_view> rlimit_types();
/// "RLIMIT_NOFILE" -> RLIMIT_NOFILE of setrlimit(2).
std::optional<int> rlimit_resource(std::string_view type);
/// RLIMIT_NOFILE -> "RLIMIT_NOFILE"; empty when there is none of that number.
std::string_view rlimit_type(int resource);

/// CLONE_NEW* of clone(2) and setns(2).
std::uint64_t clone_flag(NamespaceType type);
/// The kernel's name below /proc/PID/ns: "net" for kNetwork.
std::string_view proc_ns_name(NamespaceType type);

/// MS_SHARED, MS_SLAVE, ... with MS_REC for the r* words, for mount(2).
std::uint32_t mount_flags(Propagation propagation);

/// What `kill` takes: "9", "KILL", "SIGKILL", "RTMIN+3", "SIGRTMAX-1", any case.  1 to 64, or 0 for
/// "0"; nullopt for anything else.
std::optional<int> signal_number(std::string_view text);
/// 9 -> "KILL"; "" for a number without a name.
std::string_view signal_name(int number);

/// The names of the properties of `hooks`, in the order they run.
std::vector<std::string_view> hook_names();

/// SCMP_ARCH_* words, sorted.
std::span<const std::string_view> seccomp_archs();
/// SECCOMP_FILTER_FLAG_* words and their bits for seccomp(2), sorted.
std::span<const Word<std::uint32_t>> seccomp_flags();
/// "LINUX" -> PER_LINUX, "LINUX32" -> PER_LINUX32 of personality(2).
std::optional<unsigned long> personality_domain(std::string_view domain);

}  // namespace rt::oci
