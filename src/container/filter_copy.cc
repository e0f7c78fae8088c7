// SPDX-License-Identifier: Apache-2.0
#include "container/filter_copy.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>

#include <bit>
#include <cstdint>
#include <string>

#include "base/json_reader.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::container {
namespace {

constexpr const char *kFile = "filter";
constexpr std::size_t kMaxSize = 4 * 1024 * 1024;  // BPF_MAXINSNS, and the names a profile may have

/// What the file begins with; the instructions follow, and then the unknown names, each with a NUL.
struct Head {
    char magic[8] = {'r', 't', 'f', 'i', 'l', 't', 'e', '2'};
    std::uint32_t flags = 0;
    std::uint32_t instructions = 0;
    std::uint32_t from = 0, to = 0;  ///< where linux.seccomp.syscalls are in config.json; 0, 0: not known
    std::uint64_t sum = 0;           ///< of all else in the file, and of config.json
};

/// Tells one text from another that came about by accident; whoever can write here is root anyhow.
std::uint64_t mix(std::uint64_t sum, std::string_view bytes)
{
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    std::uint64_t word = 0;
    for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
        ::memcpy(&word, bytes.data(), sizeof word);
        sum = (std::rotl(sum, 23) ^ word) * kOdd;
    }
    word = bytes.size();
    for (const char c : bytes) {
        word = word << 8U | static_cast<unsigned char>(c);
    }
    return (std::rotl(sum, 23) ^ word) * kOdd;
}

template <class T>
std::string_view bytes_of(const T &value)
{
    return {reinterpret_cast<const char *>(&value), sizeof value};
}

std::uint64_t sum_of(Head head, std::string_view body, std::string_view config)
{
    head.sum = 0;
    return mix(mix(mix(0, bytes_of(head)), body), config);
}

/// Fills in where the rules are.  Whoever has a listener is to be seen to have one: those stay.
void find_rules(std::string_view config, Head &head)
{
    json::Reader in(config);
    const auto rules = [&](std::string_view name) {
        const std::size_t from = config.size() - in.left();
        if (!in.skip()) {
            return false;
        }
        if (name == "syscalls") {
            head.from = static_cast<std::uint32_t>(from);
            head.to = static_cast<std::uint32_t>(config.size() - in.left());
        }
        return true;
    };
    const auto seccomp = [&](std::string_view name) {
        return name == "seccomp" ? in.object(rules) : in.skip();
    };
    const auto top = [&](std::string_view name) { return name == "linux" ? in.object(seccomp) : in.skip(); };
    const bool whole = in.object(top);
    if (!whole || (head.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) {
        head.from = head.to = 0;
    }
}

std::string without_rules(const Head &head, std::string_view config)
{
    std::string rest(config);
    return head.to == 0 ? rest : rest.replace(head.from, head.to - head.from, "[]");
}

}  // namespace

// spec: ExecLikeTheContainer
Status write_filter(FdRef home, const plan::SeccompProgram &program, std::string_view config)
{
    Head head;
    head.flags = program.flags;
    head.instructions = static_cast<std::uint32_t>(program.instructions.size());
    find_rules(config, head);
    std::string body(reinterpret_cast<const char *>(program.instructions.data()),
                     program.instructions.size() * sizeof(sock_filter));
    for (const std::string &name : program.unknown_syscalls) {
        body.append(name).push_back('\0');
    }
    head.sum = sum_of(head, body, config);
    return kernel::write_new(home, kFile, std::string(bytes_of(head)) + body, 0600);
}

std::optional<KeptFilter> read_filter(FdRef home, std::string_view config)
{
    const auto file = kernel::openat(home, kFile, O_RDONLY | O_NOFOLLOW);
    const auto text = file ? kernel::read_regular(*file, kMaxSize) : Result<std::string>(std::string());
    Head head;
    if (!text || text->size() < sizeof head) {
        return std::nullopt;
    }
    ::memcpy(&head, text->data(), sizeof head);
    std::string_view body = std::string_view(*text).substr(sizeof head);
    const std::size_t size = std::size_t{head.instructions} * sizeof(sock_filter);
    if (bytes_of(head).substr(0, sizeof head.magic) != bytes_of(Head()).substr(0, sizeof head.magic) ||
        size > body.size() || (size < body.size() && body.back() != '\0') ||
        head.sum != sum_of(head, body, config)) {
        return std::nullopt;
    }
    KeptFilter kept{{}, without_rules(head, config)};
    plan::SeccompProgram &program = kept.program;
    program.flags = head.flags;
    program.instructions.resize(head.instructions);
    ::memcpy(program.instructions.data(), body.data(), size);
    for (body.remove_prefix(size); !body.empty();
         body.remove_prefix(program.unknown_syscalls.back().size() + 1)) {
        program.unknown_syscalls.emplace_back(body.substr(0, body.find('\0')));
    }
    return kept;
}

}  // namespace rt::container
