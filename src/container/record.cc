// SPDX-License-Identifier: Apache-2.0
#include "container/record.h"

#include <fcntl.h>

#include <cerrno>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr const char *kFile = "record.json";
constexpr const char *kConfig = "config.json";
constexpr const char *kTemporary = "record.json.new";
constexpr std::size_t kMaxSize = 64 * 1024 * 1024;  // annotations may be many

using MaybeNode = std::optional<json::Node>;

/// A property of the JSON object of a T.
template <class T>
struct Field {
    std::string_view name;
    void (*put)(json::Writer &, const T &);
    bool (*take)(const MaybeNode &, T &);  ///< false: not what put() writes
};

template <class T>
struct Fields;

// ---- a value of each type there is: how it is written, how it is read -------------------------

void put(json::Writer &out, const std::string &value) { out.string(value); }
void put(json::Writer &out, bool value) { out.boolean(value); }
void put(json::Writer &out, std::int64_t value) { out.number(value); }
void put(json::Writer &out, pid_t value) { out.number(value); }
void put(json::Writer &out, std::uint32_t value) { out.number_unsigned(value); }
void put(json::Writer &out, std::uint64_t value) { out.number_unsigned(value); }

template <class Value, class Given>
bool assign(const std::optional<Given> &given, Value &value)
{
    if (given) {
        value = Value(*given);
    }
    return given.has_value();
}

/// The same for a number that is narrower than what JSON gives.
template <class Value, class Given>
bool assign_narrow(const std::optional<Given> &given, Value &value)
{
    if (!given || *given > Given{std::numeric_limits<Value>::max()} || *given < Given{0}) {
        return false;
    }
    value = static_cast<Value>(*given);
    return true;
}

bool take(const MaybeNode &node, std::string &value) { return node && assign(node->string(), value); }
bool take(const MaybeNode &node, bool &value) { return node && assign(node->boolean(), value); }
bool take(const MaybeNode &node, std::int64_t &value) { return node && assign(node->int64(), value); }
bool take(const MaybeNode &node, pid_t &value) { return node && assign_narrow(node->int64(), value); }
bool take(const MaybeNode &node, std::uint64_t &value) { return node && assign(node->uint64(), value); }
bool take(const MaybeNode &node, std::uint32_t &value)
{
    return node && assign_narrow(node->uint64(), value);
}

constexpr std::string_view kPhases[] = {"creating", "created", "running"};

void put(json::Writer &out, Phase phase) { out.string(kPhases[static_cast<std::size_t>(phase)]); }

bool take(const MaybeNode &node, Phase &phase)
{
    for (const Phase candidate : {Phase::kCreating, Phase::kCreated, Phase::kRunning}) {
        if (node && node->string() == kPhases[static_cast<std::size_t>(candidate)]) {
            phase = candidate;
            return true;
        }
    }
    return false;
}

void put(json::Writer &out, const std::map<std::string, std::string> &map)
{
    out.begin_object();
    for (const auto &[name, value] : map) {
        out.name(name).string(value);
    }
    out.end_object();
}

bool take(const MaybeNode &node, std::map<std::string, std::string> &map)
{
    if (!node || !node->is_object()) {
        return false;
    }
    for (const json::Member member : node->children()) {
        if (!take(member.value, map[std::string(member.name)])) {
            return false;
        }
    }
    return true;
}

template <class T>
requires requires { Fields<T>::kTable; }
void put(json::Writer &out, const T &object)
{
    out.begin_object();
    for (const Field<T> &field : Fields<T>::kTable) {
        out.name(field.name);
        field.put(out, object);
    }
    out.end_object();
}

template <class T>
requires requires { Fields<T>::kTable; }
bool take(const MaybeNode &node, T &object)
{
    if (!node || !node->is_object()) {
        return false;
    }
    for (const Field<T> &field : Fields<T>::kTable) {
        if (!field.take(node->member(field.name), object)) {
            return false;
        }
    }
    return true;
}

template <class T>
void put(json::Writer &out, const std::vector<T> &list)
{
    out.begin_array();
    for (const T &element : list) {
        put(out, element);
    }
    out.end_array();
}

template <class T>
bool take(const MaybeNode &node, std::vector<T> &list)
{
    if (!node || !node->is_array()) {
        return false;
    }
    for (const json::Member member : node->children()) {
        if (!take(member.value, list.emplace_back())) {
            return false;
        }
    }
    return true;
}

template <class T>
void put(json::Writer &out, const std::optional<T> &value)
{
    if (value) {
        put(out, *value);
    } else {
        out.null();
    }
}

template <class T>
bool take(const MaybeNode &node, std::optional<T> &value)
{
    return !node || take(node, value.emplace());
}

// ---- the objects ------------------------------------------------------------------------------

template <class>
struct ClassOf;
template <class T, class V>
struct ClassOf<V T::*> {
    using Type = T;
};

template <auto kMember>
constexpr auto field(std::string_view name)
{
    using T = typename ClassOf<decltype(kMember)>::Type;
    return Field<T>{name, [](json::Writer &out, const T &object) { put(out, object.*kMember); },
                    [](const MaybeNode &node, T &object) { return take(node, object.*kMember); }};
}

template <>
struct Fields<ProcessId> {
    static constexpr Field<ProcessId> kTable[] = {field<&ProcessId::pid>("pid"),
                                                  field<&ProcessId::start>("start")};
};

template <>
struct Fields<cgroup::UnitRecord> {
    static constexpr Field<cgroup::UnitRecord> kTable[] = {field<&cgroup::UnitRecord::name>("name"),
                                                           field<&cgroup::UnitRecord::user>("user")};
};

template <>
struct Fields<cgroup::CgroupRecord> {
    static constexpr Field<cgroup::CgroupRecord> kTable[] = {
        field<&cgroup::CgroupRecord::dirs>("dirs"),       field<&cgroup::CgroupRecord::unified>("unified"),
        field<&cgroup::CgroupRecord::freezer>("freezer"), field<&cgroup::CgroupRecord::parents>("parents"),
        field<&cgroup::CgroupRecord::unit>("unit"),
    };
};

template <>
struct Fields<network::MovedDevice> {
    static constexpr Field<network::MovedDevice> kTable[] = {
        field<&network::MovedDevice::name>("name"),
        field<&network::MovedDevice::target>("target"),
        field<&network::MovedDevice::kind>("kind"),
        field<&network::MovedDevice::mac>("mac"),
        field<&network::MovedDevice::up>("up"),
        field<&network::MovedDevice::master>("master"),
        field<&network::MovedDevice::addresses>("addresses"),
    };
};

template <>
struct Fields<network::NetworkRecord> {
    static constexpr Field<network::NetworkRecord> kTable[] = {
        field<&network::NetworkRecord::path>("path"),
        field<&network::NetworkRecord::ns>("ns"),
        field<&network::NetworkRecord::own>("own"),
        field<&network::NetworkRecord::devices>("devices"),
    };
};

template <>
struct Fields<resctrl::ResctrlRecord> {
    static constexpr Field<resctrl::ResctrlRecord> kTable[] = {
        field<&resctrl::ResctrlRecord::groups>("groups"),
        field<&resctrl::ResctrlRecord::remove>("remove"),
        field<&resctrl::ResctrlRecord::undo>("undo"),
    };
};

template <>
struct Fields<oci::Hook> {
    static constexpr Field<oci::Hook> kTable[] = {
        field<&oci::Hook::path>("path"),
        field<&oci::Hook::args>("args"),
        field<&oci::Hook::env>("env"),
        field<&oci::Hook::timeout>("timeout"),
    };
};

template <>
struct Fields<LateStep> {
    static constexpr Field<LateStep> kTable[] = {
        field<&LateStep::op>("op"),
        field<&LateStep::does>("does"),
        field<&LateStep::operand>("operand"),
    };
};

template <>
struct Fields<SeccompListener> {
    static constexpr Field<SeccompListener> kTable[] = {
        field<&SeccompListener::path>("path"),
        field<&SeccompListener::metadata>("metadata"),
    };
};

template <>
struct Fields<Record> {
    static constexpr Field<Record> kTable[] = {
        field<&Record::oci_version>("ociVersion"),
        field<&Record::id>("id"),
        field<&Record::bundle>("bundle"),
        field<&Record::rootfs>("rootfs"),
        field<&Record::created>("created"),
        field<&Record::owner>("owner"),
        field<&Record::phase>("phase"),
        field<&Record::creator>("creator"),
        field<&Record::init>("init"),
        field<&Record::has_process>("hasProcess"),
        field<&Record::terminal>("terminal"),
        field<&Record::own_pid_namespace>("ownPidNamespace"),
        field<&Record::no_new_keyring>("noNewKeyring"),
        field<&Record::cgroup>("cgroup"),
        field<&Record::network>("network"),
        field<&Record::resctrl>("resctrl"),
        field<&Record::annotations>("annotations"),
        field<&Record::poststart>("poststart"),
        field<&Record::poststop>("poststop"),
        field<&Record::first_late_step>("firstLateStep"),
        field<&Record::late_steps>("lateSteps"),
        field<&Record::listener>("listener"),
    };
};

/// The temporary file, new; one that a killed writer left goes first.  We hold the lock, so nobody
/// else is writing now.
Result<Fd> make_temporary(FdRef dir)
{
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    auto file = kernel::openat(dir, kTemporary, kFlags, 0600);
    if (file || file.error().err() != EEXIST) {
        return file;
    }
    TRY(kernel::unlinkat(dir, kTemporary, 0));
    return kernel::openat(dir, kTemporary, kFlags, 0600);
}

Record salvage(std::string text)
{
    Record record;
    auto document = json::Document::parse(std::move(text), kFile);
    if (document && document->root().is_object()) {
        for (const Field<Record> &field : Fields<Record>::kTable) {
            Record attempt = record;
            if (field.take(document->root().member(field.name), attempt)) {
                record = std::move(attempt);
            }
        }
    }
    return record;
}

}  // namespace

std::string print_record(const Record &record)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_object().name("version").number_unsigned(kVersion);
    for (const Field<Record> &field : Fields<Record>::kTable) {
        out.name(field.name);
        field.put(out, record);
    }
    out.end_object();
    return std::move(out).take();
}

Result<Record> parse_record(std::string text)
{
    TRY_LET(document, json::Document::parse(std::move(text), kFile));
    const json::Node root = document.root();
    std::uint64_t version = 0;
    if (!take(root.member("version"), version) || version != kVersion) {
        return Error::state(str(kFile, ": not of version ", kVersion));
    }
    Record record;
    for (const Field<Record> &field : Fields<Record>::kTable) {
        if (!field.take(root.member(field.name), record)) {
            return Error::state(str(kFile, ": \"", field.name, "\" is missing or damaged"));
        }
    }
    return record;
}

Status write_record(FdRef dir, const Record &record)
{
    TRY_LET(file, make_temporary(dir));
    TRY(kernel::write_all(file, print_record(record)));
    return kernel::renameat(dir, kTemporary, dir, kFile);
}

Result<std::optional<Record>> salvage_record(FdRef dir)
{
    auto text = kernel::read_file(dir, kFile, kMaxSize);
    if (!text && (text.error().err() == ENOENT || text.error().err() == EISDIR)) {
        return std::optional<Record>();
    }
    TRY_LET(whole, std::move(text));
    return std::optional(salvage(std::move(whole)));
}

Result<Record> read_record(FdRef dir)
{
    TRY_LET(text, kernel::read_file(dir, kFile, kMaxSize));
    return parse_record(std::move(text));
}

// spec: ConfigUpdatesWithoutAffect
Status write_config(FdRef dir, std::string_view text)
{
    TRY_LET(file, kernel::openat(dir, kConfig, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    return kernel::write_all(file, text);
}

Result<std::string> read_config(FdRef dir) { return kernel::read_file(dir, kConfig, kMaxSize); }

}  // namespace rt::container
