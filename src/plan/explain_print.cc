// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "plan/explain.h"

namespace rt::plan {
namespace {

/// As it is where it can't be mistaken, else quoted.
std::string shown(const std::string &text)
{
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:=@%*";
    return !text.empty() && text.find_first_not_of(kPlain) == std::string::npos ? text : json::quote(text);
}

std::string shown(const Words &words)
{
    std::string out = "[";
    for (const std::string &word : words) {
        out += str(&word == words.data() ? "" : ", ", shown(word));
    }
    return out + ']';
}

std::string in_text(const Fact &fact)
{
    switch (fact.kind) {
    case Fact::Kind::kFlag:
        break;
    case Fact::Kind::kNumber:
        return str(fact.name, ' ', fact.number);
    case Fact::Kind::kText:
        return str(fact.name, ' ', shown(fact.words.front()));
    case Fact::Kind::kList:
        return str(fact.name, ' ', shown(fact.words));
    }
    return std::string(fact.name);
}

std::string in_text(const Operation &operation)
{
    std::string line = str("  ", operation.does);
    std::string_view separator = ": ";
    for (const Fact &fact : operation.facts) {
        // A flag that is off is for JSON only.
        if (fact.kind != Fact::Kind::kFlag || fact.number != 0) {
            line += str(std::exchange(separator, ", "), in_text(fact));
        }
    }
    return operation.pointer.empty() ? line + '\n' : str(line, "  (", operation.pointer, ")\n");
}

void write(json::Writer &w, const Words &words)
{
    w.begin_array();
    for (const std::string &word : words) {
        w.string(word);
    }
    w.end_array();
}

void write(json::Writer &w, const Fact &fact)
{
    w.name(fact.name);
    switch (fact.kind) {
    case Fact::Kind::kFlag:
        w.boolean(fact.number != 0);
        return;
    case Fact::Kind::kNumber:
        w.number_unsigned(fact.number);
        return;
    case Fact::Kind::kText:
        w.string(fact.words.front());
        return;
    case Fact::Kind::kList:
        write(w, fact.words);
        return;
    }
}

void write(json::Writer &w, const Operation &operation)
{
    w.begin_object();
    w.name("by").string(operation.by);
    w.name("does").string(operation.does);
    if (!operation.pointer.empty()) {
        w.name("pointer").string(operation.pointer);
    }
    if (!operation.facts.empty()) {
        w.name("with").begin_object();
        for (const Fact &fact : operation.facts) {
            write(w, fact);
        }
        w.end_object();
    }
    w.end_object();
}

}  // namespace

std::string print_text(const std::vector<Operation> &operations)
{
    std::string out;
    std::string_view by;
    for (const Operation &operation : operations) {
        if (operation.by != by) {
            by = operation.by;
            out += str(by, ":\n");
        }
        out += in_text(operation);
    }
    return out;
}

std::string print_json(const std::vector<Operation> &operations, const Words &warnings)
{
    json::Writer w(json::Layout::kIndented);
    w.begin_object();
    w.name("operations").begin_array();
    for (const Operation &operation : operations) {
        write(w, operation);
    }
    w.end_array();
    w.name("warnings");
    write(w, warnings);
    w.end_object();
    return std::move(w).take() + '\n';
}

}  // namespace rt::plan
