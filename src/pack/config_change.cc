// SPDX-License-Identifier: Apache-2.0
#include "pack/config_change.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "oci/names.h"
#include "pack/raw_json.h"

namespace rt::pack {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kBlank = " \t";

/// Words as Dockerfiles have them: quotes hold blanks together, and a backslash takes the next as it is.
Result<std::vector<std::string>> words_of(std::string_view text)
{
    std::vector<std::string> out;
    char quote = 0;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool ends = quote == 0 && kBlank.find(c) != std::string_view::npos;
        if (ends) {
            inside = false;
            continue;
        }
        if (!inside) {
            out.emplace_back();
            inside = true;
        }
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
            out.back() += text[++i];
        } else {
            out.back() += c;
        }
    }
    return quote == 0 ? Result(std::move(out)) : Error::input("a quote is not closed");
}

/// The texts of a JSON array; nothing, when it is none.
std::optional<Values> json_texts(std::string_view text)
{
    const std::string object = str("{\"_\":", text, "}");  // a document is one
    const auto document = json::Document::parse(object, "");
    const auto members = raw_members(object, "");
    if (!document || !members || members->size() != 1) {
        return std::nullopt;
    }
    const auto array = document->root().member("_");
    if (!array || !array->is_array()) {
        return std::nullopt;
    }
    Values out;
    for (const json::Member element : array->children()) {
        const auto word = element.value.string();
        if (!word) {
            return std::nullopt;
        }
        out.emplace_back(*word, "");
    }
    return out;
}

Result<Values> program(std::string_view text)
{
    if (auto words = json_texts(text)) {
        return *std::move(words);
    }
    return Values{{"/bin/sh", ""}, {"-c", ""}, {std::string(text), ""}};
}

Result<Values> pairs(std::string_view text)
{
    TRY_LET(words, words_of(text));
    Values out;
    for (const std::string &word : words) {
        const std::size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return Error::input(str(json::quote(word), " is not NAME=VALUE"));
        }
        out.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    return out;
}

Result<Values> ports(std::string_view text)
{
    TRY_LET(words, words_of(text));
    Values out;
    for (const std::string &word : words) {
        std::uint16_t port = 0;
        const auto [end, wrong] = std::from_chars(word.data(), word.data() + word.size(), port);
        const std::string_view rest(end, word.data() + word.size());
        const bool known = rest.empty() || rest == "/tcp" || rest == "/udp" || rest == "/sctp";
        if (wrong != std::errc() || port == 0 || !known) {
            return Error::input(str(json::quote(word), " is no port")).hint("80, 80/tcp or 53/udp");
        }
        out.emplace_back(rest.empty() ? word + "/tcp" : word, "");
    }
    return out;
}

Status absolute(const Values &paths)
{
    for (const auto &[path, nothing] : paths) {
        if (!path.starts_with('/')) {
            return Error::input(str(json::quote(path), " is no absolute path"));
        }
    }
    return {};
}

Result<Values> volumes(std::string_view text)
{
    Values out;
    if (auto listed = json_texts(text)) {
        out = *std::move(listed);
    } else {
        TRY_LET(words, words_of(text));
        for (std::string &word : words) {
            out.emplace_back(std::move(word), "");
        }
    }
    TRY(absolute(out));
    return out;
}

Result<Values> directory(std::string_view text)
{
    Values out{{std::string(text), ""}};
    TRY(absolute(out));
    return out;
}

Result<Values> signal(std::string_view text)
{
    return oci::signal_number(text) ? Result(Values{{std::string(text), ""}})
                                    : Error::input(str(json::quote(text), " is no signal"));
}

Result<Values> user(std::string_view text)
{
    const bool sound = !text.starts_with(':') && text.find_first_of(kBlank) == std::string_view::npos &&
                       std::ranges::count(text, ':') <= 1;
    return sound ? Result(Values{{std::string(text), ""}})
                 : Error::input(str(json::quote(text), " is no user"))
                       .hint("USER or USER:GROUP, by name or number");
}

struct Row {
    std::string_view name, member;
    ConfigForm form;
    Result<Values> (*read)(std::string_view text);
};
// clang-format off
constexpr Row kRows[] = {
    {"CMD",        "Cmd",          ConfigForm::kTexts,     program},
    {"ENTRYPOINT", "Entrypoint",   ConfigForm::kTexts,     program},
    {"ENV",        "Env",          ConfigForm::kVariables, pairs},
    {"EXPOSE",     "ExposedPorts", ConfigForm::kNames,     ports},
    {"LABEL",      "Labels",       ConfigForm::kPairs,     pairs},
    {"STOPSIGNAL", "StopSignal",   ConfigForm::kText,      signal},
    {"USER",       "User",         ConfigForm::kText,      user},
    {"VOLUME",     "Volumes",      ConfigForm::kNames,     volumes},
    {"WORKDIR",    "WorkingDir",   ConfigForm::kText,      directory},
};
// clang-format on

std::string in_upper_case(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return out;
}

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

std::string array_of(const std::vector<std::string> &raw)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_array();
    for (const std::string &one : raw) {
        out.raw(one);
    }
    return std::move(out.end_array()).take();
}

/// The JSON text `raw` is "NAME=...".
bool has_name(const std::string &raw, const std::string &name)
{
    const auto texts = json_texts(str("[", raw, "]"));
    return texts && texts->front().first.starts_with(name + "=");
}

/// The old array, with the variables that `values` names at their old places, and new ones at its end.
Result<std::string> with_variables(std::string_view old, const Values &values)
{
    std::vector<std::string> out;
    if (!old.empty()) {
        TRY_LET(elements, raw_elements(old, "config: Env"));
        for (const RawMember &element : elements) {
            out.emplace_back(element.value);
        }
    }
    for (const auto &variable : values) {
        const auto there =
            std::ranges::find_if(out, [&](const std::string &one) { return has_name(one, variable.first); });
        std::string now = json::quote(str(variable.first, "=", variable.second));
        if (there != out.end()) {
            *there = std::move(now);
        } else {
            out.push_back(std::move(now));
        }
    }
    return array_of(out);
}

Result<std::string> new_value(std::string_view old, const ConfigChange &change)
{
    if (change.form == ConfigForm::kText) {
        return json::quote(change.values.front().first);
    }
    if (change.form == ConfigForm::kVariables) {
        return with_variables(old, change.values);
    }
    if (change.form == ConfigForm::kTexts) {
        std::vector<std::string> raw;
        for (const auto &[text, nothing] : change.values) {
            raw.push_back(json::quote(text));
        }
        return array_of(raw);
    }
    std::vector<Replacement> members;
    for (const auto &[name, value] : change.values) {
        members.push_back({name, change.form == ConfigForm::kNames ? "{}" : json::quote(value)});
    }
    return replaced(old.empty() ? "{}" : old, str("config: ", change.member), members);
}

bool names(const std::vector<ConfigChange> &changes, std::string_view member)
{
    return std::ranges::any_of(changes, [&](const ConfigChange &one) { return one.member == member; });
}

/// The arguments of one program are none of another's.
Result<std::string> without_command(const std::string &config)
{
    TRY_LET(members, raw_members(config, "config: config"));
    return raw_value(members, "Cmd").empty() ? config : replaced(config, "config: config", {{"Cmd", "null"}});
}

}  // namespace

// spec: LayerCommitChange
Result<ConfigChange> read_config_change(std::string_view instruction)
{
    const std::string_view all = trimmed(instruction);
    const std::size_t blank = std::min(all.find_first_of(kBlank), all.size());
    const std::string name = in_upper_case(all.substr(0, blank));
    const std::string_view text = trimmed(all.substr(blank));
    const auto *row = std::ranges::find(kRows, name, &Row::name);
    if (row == std::end(kRows)) {
        std::string known;
        for (const Row &one : kRows) {
            known += str(known.empty() ? "" : " ", one.name);
        }
        return Error::input(str(json::quote(name), " is no instruction for an image's config")).hint(known);
    }
    if (text.empty() || text.find_first_of(std::string_view("\n\0", 2)) != std::string_view::npos) {
        return Error::input(str(name, text.empty() ? " says nothing" : " has more than one line"));
    }
    auto values = row->read(text);
    if (!values) {
        return std::move(values).error().context(name);
    }
    return ConfigChange{str(name, " ", text), row->member, row->form, std::move(values).take()};
}

// spec: LayerCommitChange
Result<std::string> changed_config(std::string_view config, const std::vector<ConfigChange> &changes)
{
    std::string out(config.empty() ? "{}" : config);
    if (names(changes, "Entrypoint") && !names(changes, "Cmd")) {
        TRY_LET(without, without_command(out));
        out = std::move(without);
    }
    for (const ConfigChange &change : changes) {
        TRY_LET(members, raw_members(out, "config: config"));
        TRY_LET(value, new_value(raw_value(members, change.member), change));
        TRY_LET(next, replaced(out, "config: config", {{std::string(change.member), std::move(value)}}));
        out = std::move(next);
    }
    return out;
}

}  // namespace rt::pack
