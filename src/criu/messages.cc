// SPDX-License-Identifier: Apache-2.0
#include "criu/messages.h"

#include "base/str.h"
#include "criu/wire.h"

namespace rt::criu {
namespace {

// criu_req.
constexpr std::uint32_t kType = 1, kOpts = 2, kNotifySuccess = 3, kKeepOpen = 4, kFeatures = 5;

// ---- options --------------------------------------------------------------------------------------

void put(Encoder &out, std::uint32_t field, bool value)
{
    if (value) {
        out.number(field, 1);
    }
}
void put(Encoder &out, std::uint32_t field, std::string_view value)
{
    if (!value.empty()) {
        out.text(field, value);
    }
}
template <std::integral Number>
requires(!std::same_as<Number, bool>) void put(Encoder &out, std::uint32_t field, Number value)
{
    if (value != 0) {
        out.number(field, value);
    }
}
template <class Enum>
requires std::is_enum_v<Enum>
void put(Encoder &out, std::uint32_t field, Enum value)
{
    out.number(field, static_cast<std::int64_t>(value));
}
void put(Encoder &out, std::uint32_t field, const PageServer &value)
{
    out.text(field, std::move(Encoder().text(1, value.address).number(2, value.port)).take());
}
void put(Encoder &out, std::uint32_t field, const Pair &value)
{
    out.text(field, std::move(Encoder().text(1, value.first).text(2, value.second)).take());
}
void put(Encoder &out, std::uint32_t field, const InheritedFd &value)
{
    out.text(field, std::move(Encoder().text(1, value.key).number(2, value.fd)).take());
}
template <class Value>
void put(Encoder &out, std::uint32_t field, const std::optional<Value> &value)
{
    if (value) {
        put(out, field, *value);
    }
}
template <class Value>
void put(Encoder &out, std::uint32_t field, const std::vector<Value> &values)
{
    for (const Value &value : values) {
        put(out, field, value);
    }
}

struct Row {
    std::uint32_t field;
    void (*put)(Encoder &, std::uint32_t, const Options &);
};

template <auto kMember>
constexpr Row row(std::uint32_t field)
{
    return {field,
            [](Encoder &out, std::uint32_t number, const Options &o) { put(out, number, o.*kMember); }};
}

constexpr Row kOptions[] = {
    row<&Options::images_dir>(1),
    row<&Options::pid>(2),
    row<&Options::leave_running>(3),
    row<&Options::ext_unix_sk>(4),
    row<&Options::tcp_established>(5),
    row<&Options::evasive_devices>(6),
    row<&Options::shell_job>(7),
    row<&Options::file_locks>(8),
    row<&Options::log_level>(9),
    row<&Options::log_file>(10),
    row<&Options::page_server>(11),
    row<&Options::notify_scripts>(12),
    row<&Options::root>(13),
    row<&Options::parent_images>(14),
    row<&Options::track_mem>(15),
    row<&Options::auto_dedup>(16),
    row<&Options::work_dir>(17),
    row<&Options::link_remap>(18),
    row<&Options::mounts>(23),
    row<&Options::cgroup_roots>(25),
    row<&Options::rst_sibling>(26),
    row<&Options::inherited>(27),
    row<&Options::ext_masters>(30),
    row<&Options::cgroup_mode>(34),
    row<&Options::external>(37),
    row<&Options::empty_namespaces>(38),
    row<&Options::join_namespaces>(39),
    row<&Options::freeze_cgroup>(44),
    row<&Options::tcp_skip_in_flight>(46),
    row<&Options::lazy_pages>(48),
    row<&Options::orphan_pts_master>(50),
    row<&Options::config_file>(51),
    row<&Options::tcp_close>(52),
    row<&Options::lsm_profile>(53),
    row<&Options::lsm_mount_context>(63),
    row<&Options::network_lock>(64),
};

Encoder begin(Type type)
{
    Encoder out;
    out.number(kType, static_cast<std::int64_t>(type));
    return out;
}

// ---- answers --------------------------------------------------------------------------------------

/// Where a field of an answer goes; `inner`: the field of the message inside `field`, or 0.
struct Place {
    std::uint32_t field, inner;
    void (*take)(Response &, const WireField &);
};

constexpr Place kPlaces[] = {
    {1, 0, [](Response &r, const WireField &f) { r.type = static_cast<Type>(f.number); }},
    {2, 0, [](Response &r, const WireField &f) { r.success = f.number != 0; }},
    {4, 1, [](Response &r, const WireField &f) { r.restored = static_cast<pid_t>(f.number); }},
    {5, 1, [](Response &r, const WireField &f) { r.script = f.text; }},
    {5, 2, [](Response &r, const WireField &f) { r.pid = static_cast<pid_t>(f.number); }},
    {7, 0, [](Response &r, const WireField &f) { r.err = static_cast<int>(f.number); }},
    {8, 1, [](Response &r, const WireField &f) { r.features.mem_track = f.number != 0; }},
    {8, 2, [](Response &r, const WireField &f) { r.features.lazy_pages = f.number != 0; }},
    {9, 0, [](Response &r, const WireField &f) { r.message = f.text; }},
    {10, 1, [](Response &r, const WireField &f) { r.version += static_cast<Version>(f.number) * 10000; }},
    {10, 2, [](Response &r, const WireField &f) { r.version += static_cast<Version>(f.number) * 100; }},
    {10, 4, [](Response &r, const WireField &f) { r.version += static_cast<Version>(f.number); }},
};

void take(Response &response, const WireField &field, std::uint32_t inner, const WireField &value)
{
    for (const Place &place : kPlaces) {
        if (place.field == field.field && place.inner == inner) {
            place.take(response, value);
        }
    }
}

template <class Enum>
struct Word {
    std::string_view word;
    Enum value;
};

template <class Enum, std::size_t kSize>
std::optional<Enum> look_up(const Word<Enum> (&words)[kSize], std::string_view word)
{
    for (const Word<Enum> &one : words) {
        if (one.word == word) {
            return one.value;
        }
    }
    return std::nullopt;
}

constexpr Word<CgroupMode> kCgroupModes[] = {
    {"ignore", CgroupMode::kIgnore},
    {"soft", CgroupMode::kSoft},
    {"full", CgroupMode::kFull},
    {"strict", CgroupMode::kStrict},
};

constexpr Word<NetworkLock> kNetworkLocks[] = {
    {"iptables", NetworkLock::kIptables},
    {"nftables", NetworkLock::kNftables},
    {"skip", NetworkLock::kSkip},
};

}  // namespace

std::optional<CgroupMode> cgroup_mode(std::string_view word) { return look_up(kCgroupModes, word); }
std::optional<NetworkLock> network_lock(std::string_view word) { return look_up(kNetworkLocks, word); }

std::string in_words(Version version)
{
    const Version last = version % 100;
    return str(version / 10000, '.', version / 100 % 100, last == 0 ? std::string() : str('.', last));
}

std::string encode_request(Type type, const Options &options)
{
    Encoder opts;
    for (const Row &row : kOptions) {
        row.put(opts, row.field, options);
    }
    return std::move(begin(type).text(kOpts, std::move(opts).take())).take();
}

std::string encode_version_request() { return std::move(begin(Type::kVersion).number(kKeepOpen, 1)).take(); }

std::string encode_feature_check()
{
    Encoder asked;
    asked.number(1, 1).number(2, 1);
    return std::move(begin(Type::kFeatureCheck).number(kKeepOpen, 1).text(kFeatures, std::move(asked).take()))
        .take();
}

std::string encode_notified(bool success)
{
    return std::move(begin(Type::kNotify).number(kNotifySuccess, success ? 1 : 0)).take();
}

Result<Response> parse_response(std::string_view bytes)
{
    Response response;
    TRY_LET(fields, decode(bytes));
    for (const WireField &field : fields) {
        take(response, field, 0, field);
        const bool nested = field.is_text && field.field != 9;
        TRY_LET(inner, nested ? decode(field.text) : Result<std::vector<WireField>>({}));
        for (const WireField &value : inner) {
            take(response, field, value.field, value);
        }
    }
    return response;
}

}  // namespace rt::criu
