// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <charconv>
#include <map>

#include "base/log.h"
#include "base/side_by_side.h"
#include "base/str.h"
#include "container/container.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr std::size_t kMaxPasswd = std::size_t{1} << 24;

/// Names of users, as passwd(5) has them; "#1000" for one it has not.  The file is read for the first.
class Users {
public:
    std::string name(std::uint32_t uid)
    {
        if (!read_) {
            read();
        }
        const auto it = names_.find(uid);
        return it == names_.end() ? str('#', uid) : it->second;
    }

private:
    void read()
    {
        read_ = true;
        const auto text = kernel::read_file(kernel::kCwd, "/etc/passwd", kMaxPasswd);
        std::string_view rest = text ? std::string_view(*text) : std::string_view();
        while (!rest.empty()) {
            take(rest.substr(0, rest.find('\n')));
            rest.remove_prefix(std::min(rest.size(), rest.find('\n')));
            rest.remove_prefix(rest.empty() ? 0 : 1);
        }
    }

    /// "name:password:uid:..."
    void take(std::string_view line)
    {
        const std::size_t name = line.find(':');
        const std::size_t password = name == line.npos ? name : line.find(':', name + 1);
        if (password == line.npos) {
            return;
        }
        std::uint32_t uid = 0;
        const char *first = line.data() + password + 1, *last = line.data() + line.size();
        const auto [end, error] = std::from_chars(first, last, uid);
        if (error == std::errc() && end != first && end != last && *end == ':') {
            names_.try_emplace(uid, line.substr(0, name));
        }
    }

    std::map<std::uint32_t, std::string> names_;
    bool read_ = false;
};

/// Nothing for one that is being made or removed: there is no record, and nobody is waited for.
Result<std::optional<Record>> record_of(const StateRoot &root, const oci::ContainerId &id)
{
    auto file = root.open_in(id, kRecordFile);
    if (!file && file.error().err() == ENOENT) {
        return std::optional<Record>();
    }
    TRY_LET(opened, std::move(file));
    TRY_LET(record, read_record_file(opened));
    return std::optional(std::move(record));
}

/// What `list` tells of one container; nothing where there is no record.
struct Row {
    oci::State state;
    std::uint32_t owner = 0;
};

Result<std::optional<Row>> row_of(const StateRoot &root, FdRef procfs, const oci::ContainerId &id)
{
    TRY_LET(record, record_of(root, id));
    if (!record) {
        return std::optional<Row>();
    }
    TRY_LET(status, status_of(procfs, *record));
    return std::optional(Row{state_of(*record, status), record->owner});
}

/// Below this many containers a second thread costs more than it saves.
constexpr std::size_t kContainersPerThread = 8;

}  // namespace

// spec: CliList
Result<std::vector<oci::State>> list(const std::string &path)
{
    std::vector<oci::State> states;
    auto opened = StateRoot::open(path, false);
    if (!opened && opened.error().err() == ENOENT) {
        return states;
    }
    TRY_LET(root, std::move(opened));
    TRY_LET(ids, root.ids());
    TRY_LET(procfs, kernel::open_procfs());
    std::vector<std::optional<Result<std::optional<Row>>>> rows(ids.size());
    side_by_side(ids.size(), kContainersPerThread,
                 [&](std::size_t i) { rows[i].emplace(row_of(root, procfs, ids[i])); });
    Users users;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        Result<std::optional<Row>> &row = *rows[i];
        if (!row) {
            log::warn(str("container \"", ids[i].text(), "\" is left out: ", row.error().text()));
        } else if (*row) {
            states.push_back(std::move((*row)->state));
            states.back().owner = users.name((*row)->owner);
        }
    }
    return states;
}

}  // namespace rt::container
