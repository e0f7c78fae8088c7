// SPDX-License-Identifier: Apache-2.0
#include "plan_fixture.h"

#include <cstdio>

namespace rt::plan::test {
namespace {

struct FlagName {
    init::Flag flag;
    const char *name;
};

constexpr FlagName kFlagNames[] = {
    {init::kRecursive, "recursive"},    {init::kMayBeLate, "may-be-late"},
    {init::kNoFollow, "no-follow"},     {init::kRealDirectory, "real-directory"},
    {init::kReplace, "replace"},        {init::kFromHost, "from-host"},
    {init::kNoPivot, "no-pivot"},       {init::kMayFail, "may-fail"},
    {init::kRaiseOnly, "raise-only"},   {init::kNoSetgroups, "no-setgroups"},
    {init::kTargetMode, "target-mode"}, {init::kInstead, "instead"},
};

void number(std::string &line, const char *name, std::uint64_t value)
{
    if (value != 0) {
        char text[32];
        std::snprintf(text, sizeof text, " %s=%llx", name, static_cast<unsigned long long>(value));
        line += text;
    }
}

void words(std::string &line, const std::vector<std::string> &list)
{
    if (!list.empty()) {
        line += " [";
        for (const std::string &word : list) {
            line += (&word == list.data() ? "" : " ") + std::string(word.c_str());
        }
        line += ']';
    }
}

std::vector<std::string> lines_of(const Plan &plan, const std::vector<std::size_t> &first,
                                  const std::vector<std::size_t> &last)
{
    const std::vector<std::string> lines = print(plan);
    if (first.empty() || last.empty() || last.back() < first.front()) {
        return {};
    }
    const auto at = lines.begin();
    return {at + static_cast<std::ptrdiff_t>(first.front()),
            at + static_cast<std::ptrdiff_t>(last.back()) + 1};
}

}  // namespace

static constexpr struct {
    init::Msg msg;
    const char *name;
} kMessages[] = {
    {init::Msg::kUserNs, "user-ns"},       {init::Msg::kMapped, "mapped"},
    {init::Msg::kCgroup, "cgroup"},        {init::Msg::kRootReady, "root-ready"},
    {init::Msg::kHooksDone, "hooks-done"}, {init::Msg::kCreated, "created"},
    {init::Msg::kReleased, "released"},
};

/// "telling the runtime: created"
static std::string turn(const Step &step)
{
    for (const auto &row : kMessages) {
        if (row.msg == static_cast<init::Msg>(step.a)) {
            return describe(step) + ": " + row.name;
        }
    }
    return describe(step) + ": what else?";
}

std::string print(const Step &step)
{
    if (step.op == init::Op::kTell || step.op == init::Op::kAwait) {
        return turn(step);
    }
    std::string line = describe(step);
    for (const FlagName &row : kFlagNames) {
        line += (step.flags & row.flag) != 0 ? std::string(" ") + row.name : "";
    }
    number(line, "a", step.a);
    number(line, "b", step.b);
    number(line, "c", step.c);
    const bool in_bytes = step.op == init::Op::kCall || step.op == init::Op::kWrite;
    for (const std::string *text : {&step.s2, &step.more().s3}) {
        line += text->empty() || in_bytes ? "" : " " + *text;
    }
    words(line, step.more().w1);
    words(line, step.more().w2);
    words(line, step.w3);
    return line;
}

std::vector<std::string> print(const Plan &plan)
{
    std::vector<std::string> lines;
    for (const Step &step : plan.steps) {
        lines.push_back(print(step));
    }
    return lines;
}

std::vector<std::string> between(const Plan &plan, init::Op from, init::Op to)
{
    return lines_of(plan, all(plan, from), all(plan, to));
}

std::vector<std::string> between(const Plan &plan, init::Op from, long to)
{
    return lines_of(plan, all(plan, from), calls(plan, to));
}

std::vector<std::string> of(const Plan &plan, std::string_view section, int index)
{
    std::vector<std::string> lines;
    for (const Step &step : plan.steps) {
        if (step.origin.section == section && (index < 0 || step.origin.index == index)) {
            lines.push_back(print(step));
        }
    }
    return lines;
}

std::vector<std::size_t> all(const Plan &plan, init::Op op)
{
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].op == op) {
            found.push_back(i);
        }
    }
    return found;
}

std::vector<std::size_t> calls(const Plan &plan, long number)
{
    std::vector<std::size_t> found = all(plan, init::Op::kCall);
    std::erase_if(found, [&](std::size_t i) { return plan.steps[i].n != number; });
    return found;
}

const Step &only_call(const Plan &plan, long number)
{
    static const Step kNone;
    const std::vector<std::size_t> found = calls(plan, number);
    EXPECT_EQ(found.size(), 1U) << "call " << number;
    return found.empty() ? kNone : plan.steps[found[0]];
}

const Step &only(const Plan &plan, init::Op op)
{
    static const Step kNone;
    const std::vector<std::size_t> found = all(plan, op);
    EXPECT_EQ(found.size(), 1U) << "op " << static_cast<int>(op);
    return found.empty() ? kNone : plan.steps[found[0]];
}

}  // namespace rt::plan::test
