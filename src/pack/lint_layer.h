// SPDX-License-Identifier: Apache-2.0
//
// lint(): one layer after the other, and the tree that they make.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layer/entry_path.h"
#include "layer/tar_entry.h"
#include "pack/lint.h"

namespace rt::pack {

/// What there is at a path, by the layers so far.
struct LintNode {
    layer::TarEntry::Kind kind = layer::TarEntry::Kind::kDirectory;
    std::uint64_t size = 0;
    std::size_t layer = 0;  ///< that it is of
};

/// The tree of the layers so far, and how many bytes of each are not seen any more.
class LintTree {
public:
    const LintNode *find(const std::string &path) const;
    bool has_below(const std::string &path) const;
    void remove(const std::string &path);
    void remove_below(const std::string &path);
    void put(const std::string &path, const LintNode &node);

    /// Of each layer, by its number.
    const std::map<std::size_t, std::uint64_t> &wasted() const { return wasted_; }

private:
    using Nodes = std::map<std::string, LintNode>;
    void erase(Nodes::iterator from, Nodes::iterator to);

    Nodes nodes_;
    std::map<std::size_t, std::uint64_t> wasted_;
};

/// Takes the entries of layer `number`, from a TarReader, and then finish().
class LintLayer final : public layer::TarSink {
public:
    LintLayer(std::size_t number, LintTree &tree) : number_(number), tree_(tree) {}

    Status entry(const layer::TarEntry &entry) override;
    Status data(std::uint64_t /*offset*/, std::string_view /*bytes*/) override { return {}; }
    Status end_entry() override { return {}; }
    void finish();

    std::vector<Finding> take() && { return std::move(findings_); }

private:
    void note(std::string_view check, const std::string &path);
    void properties(const layer::TarEntry &entry, const layer::EntryPath &path);
    void parents(const layer::EntryPath &path);
    void deletions();
    void entries();

    std::size_t number_;
    LintTree &tree_;
    std::map<std::string, LintNode> entries_;   ///< of this layer
    std::map<std::string, std::string> links_;  ///< hard links, and what they name
    std::set<std::string> whiteouts_, opaque_, implied_;
    std::vector<Finding> findings_;
};

/// The check of this name, which there is, without a layer and paths.
Finding check(std::string_view name);
/// The same for a name that somebody else gives: a bug when there is no such check.
Result<Finding> find_check(std::string_view name);

}  // namespace rt::pack
