// SPDX-License-Identifier: Apache-2.0
#include "network/netlink.h"

#include <linux/rtnetlink.h>
#include <sched.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_process.h"
#include "kernel/calls_socket.h"

namespace rt::network {
namespace {

constexpr std::size_t kRoom = 64 * 1024;  // the kernel's answers have 32 KiB at most
constexpr int kAttempts = 8;              // a dump that something changed under is asked for again

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

/// What the kernel says about its errno, from the attributes behind the struct nlmsgerr.
std::string words_of(std::string_view body, std::uint16_t flags)
{
    if ((flags & NLM_F_ACK_TLVS) == 0 || body.size() < sizeof(nlmsgerr)) {
        return {};
    }
    const std::string_view text = attribute(body.substr(sizeof(nlmsgerr)), NLMSGERR_ATTR_MSG);
    return std::string(text.substr(0, text.find('\0')));
}

/// 0, or what the kernel refused with.
Status verdict(std::string_view body, std::uint16_t flags)
{
    const auto error = read_as<int>(body);
    if (!error) {
        return Error::kernel(EBADMSG, "rtnetlink");
    }
    if (*error == 0) {
        return {};
    }
    const std::string words = words_of(body, flags);
    return Error::kernel(-*error, words.empty() ? "rtnetlink" : str("rtnetlink: ", words));
}

}  // namespace

std::vector<Attribute> attributes(std::string_view bytes)
{
    std::vector<Attribute> found;
    while (const auto head = read_as<nlattr>(bytes)) {
        if (head->nla_len < sizeof(nlattr) || head->nla_len > bytes.size()) {
            break;
        }
        const auto type = static_cast<std::uint16_t>(head->nla_type & NLA_TYPE_MASK);
        found.push_back({type, bytes.substr(sizeof(nlattr), head->nla_len - sizeof(nlattr))});
        bytes.remove_prefix(std::min(aligned(head->nla_len), bytes.size()));
    }
    return found;
}

std::string_view attribute(std::string_view bytes, std::uint16_t type)
{
    for (const Attribute &candidate : attributes(bytes)) {
        if (candidate.type == type) {
            return candidate.value;
        }
    }
    return {};
}

Request &Request::put(std::uint16_t attribute, std::string_view value)
{
    const nlattr head = {static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), attribute};
    append(bytes_of(head));
    append(value);
    return *this;
}

void Request::append(std::string_view bytes)
{
    body_ += bytes;
    body_.resize(aligned(body_.size()));
}

Result<Netlink> Netlink::open()
{
    TRY_LET(socket, kernel::netlink_route());
    return Netlink(std::move(socket));
}

Result<Netlink> Netlink::open_in(FdRef ns, FdRef own)
{
    TRY(kernel::setns(ns, CLONE_NEWNET).context("entering the container's network namespace"));
    auto there = open();
    TRY(kernel::setns(own, CLONE_NEWNET).context("leaving the container's network namespace"));
    return there;
}

Result<std::vector<Answer>> Netlink::ask(const Request &request)
{
    for (int attempt = 1;; ++attempt) {
        bool interrupted = false;
        TRY_LET(answers, once(request, interrupted));
        if (!interrupted || attempt == kAttempts) {
            return answers;
        }
    }
}

Status Netlink::tell(const Request &request)
{
    TRY_LET(answers, ask(request));
    return {};
}

Result<std::vector<Answer>> Netlink::once(const Request &request, bool &interrupted)
{
    nlmsghdr head = {};
    head.nlmsg_len = static_cast<std::uint32_t>(sizeof(head) + request.body_.size());
    head.nlmsg_type = request.type_;
    head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | request.flags_);
    head.nlmsg_seq = ++sequence_;
    TRY(kernel::send(socket_, bytes_of(head) + request.body_));

    std::vector<Answer> answers;
    std::string room(kRoom, '\0');
    for (;;) {
        TRY_LET(received, kernel::receive(socket_, room));
        std::string_view rest(room.data(), received.size);
        while (const auto message = read_as<nlmsghdr>(rest)) {
            if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > rest.size()) {
                break;
            }
            const std::string_view body =
                rest.substr(sizeof(nlmsghdr), message->nlmsg_len - sizeof(nlmsghdr));
            rest.remove_prefix(std::min(aligned(message->nlmsg_len), rest.size()));
            if (message->nlmsg_seq != sequence_) {
                continue;  // of a dump that was given up
            }
            interrupted = interrupted || (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
                TRY(verdict(body, message->nlmsg_flags));
                return answers;
            }
            answers.push_back({message->nlmsg_type, std::string(body)});
        }
    }
}

}  // namespace rt::network
