// SPDX-License-Identifier: Apache-2.0
#include "cgroup/systemd.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/log.h"
#include "base/str.h"

namespace rt::cgroup {
namespace {

using dbus::Value;
using std::chrono::milliseconds;

// A systemd that is busy takes its time: a job longer than a word.
constexpr milliseconds kAnswer{10'000}, kJob{30'000}, kRetry{10};

constexpr const char *kSystemd = "org.freedesktop.systemd1";
constexpr const char *kManager = "org.freedesktop.systemd1.Manager";
constexpr const char *kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char *kObject = "/org/freedesktop/systemd1";
constexpr const char *kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr const char *kUnitExists = "org.freedesktop.systemd1.UnitExists";

dbus::Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

std::string variable(const char *name)
{
    const char *const value = ::getenv(name);
    return value != nullptr ? value : "";
}

struct Address {
    std::string path;
    bool bus;  ///< a message bus, not systemd itself
};

/// "unix:path=/run/bus,guid=..."; "" for every other kind.
std::string path_of_address(std::string_view address)
{
    constexpr std::string_view kKind = "unix:path=";
    if (!address.starts_with(kKind)) {
        return "";
    }
    address.remove_prefix(kKind.size());
    return std::string(address.substr(0, address.find_first_of(",;")));
}

std::vector<Address> user_addresses()
{
    std::vector<Address> list;
    std::string runtime = variable("XDG_RUNTIME_DIR");
    if (runtime.empty()) {
        const std::string uid =
            variable("_CONTAINERS_ROOTLESS_UID");  // as an engine that mapped us to root says
        runtime = str("/run/user/", uid.empty() ? str(::geteuid()) : uid);
    }
    list.push_back({runtime + "/systemd/private", false});
    if (std::string path = path_of_address(variable("DBUS_SESSION_BUS_ADDRESS")); !path.empty()) {
        list.push_back({std::move(path), true});
    }
    list.push_back({runtime + "/bus", true});
    return list;
}

std::vector<Address> system_addresses()
{
    return {{"/run/systemd/private", false}, {"/run/dbus/system_bus_socket", true}};
}

Value as_argument(const plan::Property &property)
{
    return dbus::structure({dbus::text(property.name), dbus::variant(property.value)});
}

std::vector<Value> as_arguments(const std::vector<plan::Property> &properties)
{
    std::vector<Value> list;
    for (const plan::Property &property : properties) {
        list.push_back(as_argument(property));
    }
    return list;
}

Error unreachable(Error last, bool user)
{
    return std::move(last)
        .context(user ? "asking the user's systemd for a cgroup" : "asking systemd for a cgroup")
        .hint(user ? "log in with a session (loginctl enable-linger), or use --cgroup-manager cgroupfs"
                   : "is systemd running here? --cgroup-manager cgroupfs does without");
}

}  // namespace

// spec: SystemdBus
Result<SystemdManager> SystemdManager::connect(bool user)
{
    const dbus::Deadline deadline = in(kAnswer);
    Error last = Error::bug("no address");
    for (const Address &address : user ? user_addresses() : system_addresses()) {
        auto connection = dbus::Connection::open(
            address.path, user ? dbus::Identity::kNone : dbus::Identity::kUid, deadline);
        if (connection) {
            SystemdManager manager(std::move(connection).take(), user, address.bus);
            if (Status greeted = manager.greet(); !greeted) {
                return unreachable(std::move(greeted).error(), user);
            }
            return manager;
        }
        last = std::move(connection).error().context(str("connecting to \"", address.path, '"'));
    }
    return unreachable(std::move(last), user);
}

/// A bus wants to be greeted first; systemd itself doesn't.
Status SystemdManager::greet()
{
    if (bus_) {
        constexpr const char *kBus = "org.freedesktop.DBus";
        TRY(connection_.call({kBus, "/org/freedesktop/DBus", kBus, "Hello", {}}, in(kAnswer)));
    }
    return {};
}

Result<std::vector<Value>> SystemdManager::call(std::string member, std::vector<Value> arguments)
{
    return connection_.call({kSystemd, kObject, kManager, std::move(member), std::move(arguments)},
                            in(kAnswer));
}

/// Without a bus systemd tells everybody of its jobs.
Status SystemdManager::subscribe()
{
    if (!bus_ || subscribed_) {
        return {};
    }
    constexpr const char *kBus = "org.freedesktop.DBus";
    const std::string rule = str("type='signal',sender='", kSystemd, "',path='", kObject, "',interface='",
                                 kManager, "',member='JobRemoved'");
    TRY(connection_.call({kBus, "/org/freedesktop/DBus", kBus, "AddMatch", {dbus::text(rule)}}, in(kAnswer)));
    TRY(call("Subscribe", {}));
    subscribed_ = true;
    return {};
}

Result<Value> SystemdManager::property(std::string path, std::string interface, std::string name)
{
    TRY_LET(answer, connection_.call({kSystemd,
                                      std::move(path),
                                      "org.freedesktop.DBus.Properties",
                                      "Get",
                                      {dbus::text(std::move(interface)), dbus::text(std::move(name))}},
                                     in(kAnswer)));
    if (answer.size() != 1 || answer[0].type != "v") {
        return Error::state("systemd does not answer as it should");
    }
    return std::move(answer[0].parts[0]);
}

Result<plan::Systemd> SystemdManager::look()
{
    plan::Systemd found{.user = user_};
    TRY_LET(root, property(kObject, kManager, "ControlGroup"));
    TRY_LET(version, property(kObject, kManager, "Version"));
    found.root = root.text == "/" ? "" : std::move(root.text);
    // "252.22-1~deb12u1", "v255", "247 (247.3-7)"
    const std::size_t digit = std::min(version.text.find_first_of("0123456789"), version.text.size());
    std::from_chars(version.text.data() + digit, version.text.data() + version.text.size(), found.version);
    return found;
}

Result<UnitState> SystemdManager::state_of(const std::string &unit)
{
    auto unit_path = call("GetUnit", {dbus::text(unit)});
    if (!unit_path && connection_.refusal().name == kNoSuchUnit) {
        return UnitState::kNone;
    }
    TRY_LET(answer, std::move(unit_path));
    TRY_LET(state, property(answer.empty() ? "" : answer[0].text, kUnit, "ActiveState"));
    return state.text == "inactive"       ? UnitState::kNone
           : state.text == "failed"       ? UnitState::kFailed
           : state.text == "deactivating" ? UnitState::kEnding
                                          : UnitState::kActive;
}

/// Waits a little for a unit of the same name that is on its way out.
Status SystemdManager::make_room(const std::string &unit)
{
    TRY_LET(state, state_of(unit));
    if (state == UnitState::kActive) {
        return Error::state(str("the unit \"", unit, "\" is active already"))
            .hint("name another in linux.cgroupsPath, or stop it");
    }
    if (state == UnitState::kFailed) {
        (void)call("ResetFailedUnit", {dbus::text(unit)});
    }
    TRY(connection_.signal(kManager, "UnitRemoved", in(kRetry)));
    return {};
}

Status SystemdManager::await_job(const std::vector<Value> &answer, const std::string &unit)
{
    if (answer.size() != 1 || answer[0].type != "o") {
        return Error::state("systemd does not answer as it should");
    }
    for (const dbus::Deadline deadline = in(kJob);;) {
        TRY_LET(removed, connection_.signal(kManager, "JobRemoved", deadline));
        if (!removed) {
            return Error::kernel(ETIMEDOUT, str("waiting for systemd's job for \"", unit, '"'))
                .hint("systemd may be overloaded: see `systemctl list-jobs`");
        }
        // The job's number, its object, its unit, its result.
        if (removed->size() == 4 && (*removed)[1].text == answer[0].text) {
            const std::string &result = (*removed)[3].text;
            return result == "done" ? Status()
                                    : Status(Error::state(str("systemd's job for \"", unit,
                                                              "\" ended with \"", result, '"'))
                                                 .hint(str("see journalctl -u ", unit)));
        }
    }
}

Status SystemdManager::start(const plan::UnitPlan &unit, std::span<const pid_t> processes, bool &refused)
{
    std::vector<Value> properties = as_arguments(unit.properties), pids;
    for (const pid_t pid : processes) {
        pids.push_back(dbus::uint32(static_cast<std::uint32_t>(pid)));
    }
    if (!pids.empty()) {
        properties.push_back(as_argument({"PIDs", dbus::array("u", std::move(pids))}));
    }
    const std::vector<Value> arguments{dbus::text(unit.name), dbus::text("fail"),
                                       dbus::array("(sv)", std::move(properties)),
                                       dbus::array("(sa(sv))", {})};
    TRY(subscribe());
    for (const dbus::Deadline deadline = in(kAnswer);;) {
        auto answer = call("StartTransientUnit", arguments);
        if (answer) {
            return await_job(*answer, unit.name);
        }
        refused = !connection_.refusal().name.empty();
        if (connection_.refusal().name != kUnitExists || std::chrono::steady_clock::now() > deadline) {
            return std::move(answer).error().context(str("starting the unit \"", unit.name, '"'));
        }
        TRY(make_room(unit.name));
    }
}

Status SystemdManager::set(const std::string &unit, const std::vector<plan::Property> &properties)
{
    auto done = call("SetUnitProperties",
                     {dbus::text(unit), dbus::boolean(true), dbus::array("(sv)", as_arguments(properties))});
    return done ? Status() : Status(std::move(done).error().context(str("changing the unit \"", unit, '"')));
}

Status SystemdManager::attach(const std::string &unit, const std::string &below, pid_t pid)
{
    const Value process = dbus::uint32(static_cast<std::uint32_t>(pid));
    auto done =
        call("AttachProcessesToUnit", {dbus::text(unit), dbus::text(below), dbus::array("u", {process})});
    return done ? Status()
                : Status(std::move(done)
                             .error()
                             .context(str("moving a process into the unit \"", unit, '"'))
                             .hint("start the runtime with `systemd-run --user --scope -p Delegate=yes`"));
}

Status SystemdManager::stop(const std::string &unit)
{
    TRY(subscribe());
    auto answer = call("StopUnit", {dbus::text(unit), dbus::text("replace")});
    if (!answer && connection_.refusal().name == kNoSuchUnit) {
        return {};
    }
    TRY_LET(job, std::move(answer));
    return await_job(job, unit);
}

Result<plan::Systemd> probe_systemd(bool privileged)
{
    TRY_LET(manager, SystemdManager::connect(!privileged));
    return manager.look();
}

// spec: SystemdAway
Status stop_unit(const UnitRecord &unit)
{
    auto manager = SystemdManager::connect(unit.user);
    Status stopped = manager ? manager->stop(unit.name) : Status(std::move(manager).error());
    if (!stopped) {
        log::warn(str("the unit \"", unit.name, "\" is left to systemd: ", stopped.error().text()));
    }
    return {};
}

// ---- the process a scope begins with ------------------------------------------------------------

Result<Placeholder> Placeholder::make()
{
    TRY_LET(child, kernel::idle_child());
    return Placeholder(std::move(child));
}

Placeholder &Placeholder::operator=(Placeholder &&other) noexcept
{
    end();
    child_ = std::move(other.child_);
    return *this;
}

void Placeholder::end()
{
    if (child_.pidfd.open()) {
        (void)kernel::pidfd_send_signal(child_.pidfd, SIGKILL);
        (void)kernel::reap(child_.pidfd);
        child_ = {};
    }
}

}  // namespace rt::cgroup
