// SPDX-License-Identifier: Apache-2.0
#include "pack/lint_layer.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "base/str.h"

namespace rt::pack {
namespace {

using layer::EntryPath;
using layer::LayerName;
using layer::TarEntry;
using Kind = TarEntry::Kind;

// clang-format off
constexpr struct {
    std::string_view name, text;
    bool harmful;
} kChecks[] = {
    {"unreadable",          "cannot be read, and will not be unpacked",                                   true},
    {"duplicate",           "is there twice: which of them counts, programs disagree on",                 true},
    {"implied-directory",   "is a directory with an entry below it but none of its own: many programs change its owner and mode", true},
    {"link-shadowed",       "is a directory where a layer below has a symbolic link: what is behind the link is hidden", true},
    {"whiteout-of-nothing", "is deleted, but no layer below has it",                                      true},
    {"whiteout-of-own",     "is deleted and made in the same layer: some programs refuse that, or delete it", true},
    {"link-below",          "is a hard link to a file that this layer has not: most programs refuse that", true},
    {"overlay-device",      "is the character device 0:0, which is a deletion to overlayfs",              true},
    {"overlay-attribute",   "has an extended attribute that overlayfs takes orders from",                 true},
    {"too-many-layers",     "has more layers than overlayfs or Docker mounts",                            true},
    {"label-with-orders",   "is a label that runtimes take orders from",                                  true},
    {"set-id",              "runs as its owner or group, whoever starts it",                              false},
    {"capability",          "runs with capabilities, whoever starts it",                                  false},
    {"world-writable",      "can be written to by everybody",                                             false},
    {"device",              "is a device",                                                                false},
    {"link-out",            "is a symbolic link that leads out of the root, but for programs that see it as theirs", false},
    {"wasted",              "bytes of it are replaced or deleted by later layers",                        false},
};
// clang-format on

bool is_set_id(const TarEntry &e) { return e.kind == Kind::kFile && (e.mode & (S_ISUID | S_ISGID)) != 0; }
bool is_world_writable(const TarEntry &e)
{
    const bool has_mode = e.kind == Kind::kFile || e.kind == Kind::kDirectory;
    return has_mode && (e.mode & S_IWOTH) != 0 && (e.mode & S_ISVTX) == 0;
}
bool is_device(const TarEntry &e) { return e.kind == Kind::kCharacter || e.kind == Kind::kBlock; }
bool is_overlay_device(const TarEntry &e)
{
    return e.kind == Kind::kCharacter && e.major == 0 && e.minor == 0;
}
template <const auto &kPrefixes>
bool has_attribute(const TarEntry &e)
{
    return std::ranges::any_of(e.xattrs, [](const TarEntry::Attribute &attribute) {
        return std::ranges::any_of(kPrefixes,
                                   [&](auto prefix) { return attribute.name.starts_with(prefix); });
    });
}
constexpr std::string_view kCapability[] = {"security.capability"};
constexpr std::string_view kOverlay[] = {"trusted.overlay.", "user.overlay."};

/// More ".." than directories above it.
bool leads_out(const TarEntry &e)
{
    if (e.kind != Kind::kSymlink || e.target.starts_with('/')) {
        return false;
    }
    const auto parsed = EntryPath::parse(e.path);
    auto depth = parsed ? std::ranges::count(parsed->text(), '/') : 0;
    std::string_view rest = e.target;
    while (!rest.empty() && depth >= 0) {
        const std::string_view name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        depth += name == ".." ? -1 : name.empty() || name == "." ? 0 : 1;
    }
    return depth < 0;
}

constexpr struct {
    std::string_view check;
    bool (*applies)(const TarEntry &entry);
} kProperties[] = {{"overlay-device", is_overlay_device},
                   {"overlay-attribute", has_attribute<kOverlay>},
                   {"set-id", is_set_id},
                   {"capability", has_attribute<kCapability>},
                   {"world-writable", is_world_writable},
                   {"device", is_device},
                   {"link-out", leads_out}};

}  // namespace

Result<Finding> find_check(std::string_view name)
{
    const auto *row = std::ranges::find_if(kChecks, [&](const auto &one) { return one.name == name; });
    return row != std::end(kChecks) ? Result<Finding>({row->name, row->text, row->harmful, 0, {}, 0})
                                    : Error::bug("there is no such check");
}

Finding check(std::string_view name) { return find_check(name).take(); }

const LintNode *LintTree::find(const std::string &path) const
{
    const auto found = nodes_.find(path);
    return found != nodes_.end() ? &found->second : nullptr;
}

bool LintTree::has_below(const std::string &path) const
{
    const auto next = nodes_.lower_bound(path + "/");
    return next != nodes_.end() && next->first.starts_with(path + "/");
}

void LintTree::erase(Nodes::iterator from, Nodes::iterator to)
{
    for (auto at = from; at != to; ++at) {
        wasted_[at->second.layer] += at->second.size;
    }
    nodes_.erase(from, to);
}

void LintTree::remove_below(const std::string &path)
{
    if (path.empty()) {
        erase(nodes_.begin(), nodes_.end());
        return;
    }
    erase(nodes_.lower_bound(path + "/"), nodes_.lower_bound(path + "0"));  // '0' follows '/'
}

void LintTree::remove(const std::string &path)
{
    remove_below(path);
    if (const auto found = nodes_.find(path); found != nodes_.end()) {
        erase(found, std::next(found));
    }
}

void LintTree::put(const std::string &path, const LintNode &node)
{
    if (node.kind == Kind::kDirectory) {
        const LintNode *there = find(path);
        if (there != nullptr && there->kind != Kind::kDirectory) {
            remove(path);
        }
    } else {
        remove(path);
    }
    nodes_[path] = node;
}

void LintLayer::note(std::string_view name, const std::string &path)
{
    auto found = std::ranges::find(findings_, name, &Finding::check);
    if (found == findings_.end()) {
        findings_.push_back(check(name));
        found = std::prev(findings_.end());
        found->layer = number_;
    }
    found->paths.push_back("/" + path);
}

Status LintLayer::entry(const TarEntry &entry)
{
    TRY_LET(path, EntryPath::parse(entry.path));
    TRY_LET(name, read_layer_name(path));
    switch (name.means) {
    case LayerName::Means::kNothing:
        return {};
    case LayerName::Means::kWhiteout:
        whiteouts_.insert(name.path.text());
        return {};
    case LayerName::Means::kOpaque:
        opaque_.insert(name.path.text());
        return {};
    case LayerName::Means::kItself:
        break;
    }
    properties(entry, path);
    return {};
}

void LintLayer::properties(const TarEntry &entry, const EntryPath &path)
{
    for (const auto &[name, applies] : kProperties) {
        if (applies(entry)) {
            note(name, path.text());
        }
    }
    if (path.is_root()) {
        return;
    }
    if (!entries_.emplace(path.text(), LintNode{entry.kind, entry.size, number_}).second) {
        note("duplicate", path.text());
    }
    if (entry.kind == Kind::kHardLink) {
        if (const auto target = EntryPath::parse(entry.target)) {
            links_[path.text()] = target->text();
        }
    }
}

void LintLayer::parents(const EntryPath &path)
{
    for (EntryPath above = path.parent(); !above.is_root(); above = above.parent()) {
        if (!entries_.contains(above.text())) {
            implied_.insert(above.text());
        }
    }
}

void LintLayer::deletions()
{
    for (const std::string &path : whiteouts_) {
        if (entries_.contains(path)) {
            note("whiteout-of-own", path);
        }
        if (tree_.find(path) == nullptr && !tree_.has_below(path)) {
            note("whiteout-of-nothing", path);
        }
        tree_.remove(path);
    }
    for (const std::string &path : opaque_) {
        tree_.remove_below(path);
    }
}

void LintLayer::finish()
{
    for (const auto &[path, target] : links_) {
        if (!entries_.contains(target)) {
            note("link-below", path);
        }
    }
    for (const auto &[path, node] : entries_) {
        if (const auto parsed = EntryPath::parse(path)) {
            parents(*parsed);
        }
    }
    for (const std::string &path : implied_) {
        note("implied-directory", path);
    }
    deletions();
    for (const auto &[path, node] : entries_) {
        const LintNode *below = tree_.find(path);
        if (node.kind == Kind::kDirectory && below != nullptr && below->kind == Kind::kSymlink) {
            note("link-shadowed", path);
        }
        tree_.put(path, node);
    }
}

}  // namespace rt::pack
