// SPDX-License-Identifier: Apache-2.0
//
// record.json as a text: a table for each object in it, for both directions.
#include <limits>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/json_reader.h"
#include "base/str.h"
#include "container/record.h"

namespace rt::container {
namespace {

constexpr std::uint64_t kVersion = 1;  // with each change of what is there; what is new is optional

/// A property of the JSON object of a T.
template <class T>
struct Field {
    std::string_view name;
    bool optional;
    void (*put)(json::Writer &, const T &);
    bool (*take)(json::Reader &, T &);  ///< false: not what put() writes
    void (*clear)(T &);
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

/// A number that is narrower than what JSON gives.
template <class Value, class Given>
bool narrow(bool taken, Given given, Value &value)
{
    value = static_cast<Value>(given);
    return taken && given <= Given{std::numeric_limits<Value>::max()} && given >= Given{0};
}

bool take(json::Reader &in, std::string &value) { return in.string(value); }
bool take(json::Reader &in, bool &value) { return in.boolean(value); }
bool take(json::Reader &in, std::int64_t &value) { return in.number(value); }
bool take(json::Reader &in, std::uint64_t &value) { return in.number_unsigned(value); }
bool take(json::Reader &in, pid_t &value)
{
    std::int64_t number = 0;
    const bool taken = in.number(number);
    return narrow(taken, number, value);
}
bool take(json::Reader &in, std::uint32_t &value)
{
    std::uint64_t number = 0;
    const bool taken = in.number_unsigned(number);
    return narrow(taken, number, value);
}

constexpr std::string_view kPhases[] = {"creating", "created", "running"};

void put(json::Writer &out, Phase phase) { out.string(kPhases[static_cast<std::size_t>(phase)]); }

bool take(json::Reader &in, Phase &phase)
{
    std::string word;
    if (!in.string(word)) {
        return false;
    }
    for (const Phase candidate : {Phase::kCreating, Phase::kCreated, Phase::kRunning}) {
        if (word == kPhases[static_cast<std::size_t>(candidate)]) {
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

bool take(json::Reader &in, std::map<std::string, std::string> &map)
{
    return in.object([&](std::string_view name) {
        const auto [it, fresh] = map.try_emplace(std::string(name));
        return fresh && in.string(it->second);
    });
}

/// Which properties of a T have come.  They are asked for in the order of the table, as they are written.
template <class T>
class Members {
public:
    /// The row for `name`; null for one that is unknown, or there already.
    const Field<T> *find(std::string_view name)
    {
        for (std::size_t tried = 0; tried < kCount; ++tried, ++next_) {
            next_ = next_ == kCount ? 0 : next_;
            if (Fields<T>::kTable[next_].name == name) {
                const std::uint64_t bit = std::uint64_t{1} << next_;
                twice_ = twice_ || (seen_ & bit) != 0;
                const bool fresh = (seen_ & bit) == 0;
                seen_ |= bit;
                return fresh ? &Fields<T>::kTable[next_++] : nullptr;
            }
        }
        return nullptr;
    }
    bool twice() const { return twice_; }
    /// The first that has to be there and has not come; null: none.
    const Field<T> *missing() const
    {
        for (std::size_t i = 0; i < kCount; ++i) {
            if ((seen_ >> i & 1) == 0 && !Fields<T>::kTable[i].optional) {
                return &Fields<T>::kTable[i];
            }
        }
        return nullptr;
    }

private:
    static constexpr std::size_t kCount = std::size(Fields<T>::kTable);
    static_assert(kCount <= 64);
    std::size_t next_ = 0;
    std::uint64_t seen_ = 0;
    bool twice_ = false;
};

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
bool take(json::Reader &in, T &object)
{
    Members<T> members;
    const bool whole = in.object([&](std::string_view name) {
        const Field<T> *row = members.find(name);
        return row == nullptr ? in.skip() : row->take(in, object);
    });
    return whole && !members.twice() && members.missing() == nullptr;
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
bool take(json::Reader &in, std::vector<T> &list)
{
    return in.array([&] { return take(in, list.emplace_back()); });
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
bool take(json::Reader &in, std::optional<T> &value)
{
    return in.null() || take(in, value.emplace());
}

// ---- the objects ------------------------------------------------------------------------------

template <class>
struct MemberOf;
template <class T, class V>
struct MemberOf<V T::*> {
    using Type = T;
    static constexpr bool kOptional = requires(V value) { value.emplace(); };
};

template <auto kMember>
constexpr auto field(std::string_view name)
{
    using Member = MemberOf<decltype(kMember)>;
    using T = typename Member::Type;
    return Field<T>{name, Member::kOptional,
                    [](json::Writer &out, const T &object) { put(out, object.*kMember); },
                    [](json::Reader &in, T &object) { return take(in, object.*kMember); },
                    [](T &object) { object.*kMember = {}; }};
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
        field<&cgroup::CgroupRecord::unit>("unit"),       field<&cgroup::CgroupRecord::devices>("devices"),
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
        field<&Record::restorer>("restorer"),
        field<&Record::has_process>("hasProcess"),
        field<&Record::terminal>("terminal"),
        field<&Record::own_pid_namespace>("ownPidNamespace"),
        field<&Record::keyring>("keyring"),
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

/// What a text holds of a record: all that can be read, up to where it is no JSON.
struct Reading {
    Record record;
    std::uint64_t version = 0;
    const Field<Record> *damaged = nullptr;  ///< the first that is not as it was written, or is missing
    bool whole = false;                      ///< JSON to its end, no name twice
};

Reading read(std::string_view text)
{
    Reading reading;
    Members<Record> members;
    json::Reader in(text);
    const bool whole = in.object([&](std::string_view name) {
        const json::Reader before = in;
        if (name == "version" && take(in, reading.version)) {
            return true;
        }
        const Field<Record> *row = members.find(name);
        if (row != nullptr && row->take(in, reading.record)) {
            return true;
        }
        if (row != nullptr) {
            row->clear(reading.record);
            reading.damaged = reading.damaged == nullptr ? row : reading.damaged;
        }
        in = before;
        return in.skip();
    });
    reading.whole = whole && in.at_end() && !members.twice();
    reading.damaged = reading.damaged == nullptr ? members.missing() : reading.damaged;
    return reading;
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

Result<Record> parse_record(std::string_view text)
{
    Reading reading = read(text);
    if (!reading.whole) {
        return Error::state("record.json: damaged");
    }
    if (reading.version != kVersion) {
        return Error::state(str("record.json: not of version ", kVersion));
    }
    if (reading.damaged != nullptr) {
        return Error::state(str("record.json: \"", reading.damaged->name, "\" is missing or damaged"));
    }
    return std::move(reading.record);
}

Record salvage(std::string_view text) { return std::move(read(text).record); }

}  // namespace rt::container
