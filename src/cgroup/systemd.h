// SPDX-License-Identifier: Apache-2.0
//
// systemd as the one who makes cgroups (org.freedesktop.systemd1(5)): units started, changed and stopped over
// D-Bus.  Every call has an end, whatever systemd or the bus does.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "dbus/connection.h"
#include "kernel/calls_process.h"
#include "plan/unit.h"

namespace rt::cgroup {

/// What record.json keeps of a unit.
struct UnitRecord {
    std::string name;
    bool user = false;  ///< of the user's systemd
    bool operator==(const UnitRecord &) const = default;
};

/// Whether systemd has the unit.
enum class UnitState : std::uint8_t { kNone, kFailed, kEnding, kActive };

/// A systemd that answers.
class SystemdManager {
public:
    /// The system's, or the user's own: its private socket as systemctl(1) does, else the bus.
    static Result<SystemdManager> connect(bool user);

    Result<plan::Systemd> look();
    Result<UnitState> state_of(const std::string &unit);

    /// Starts the unit with those processes in it, and waits until it is there.  One that failed before is
    /// forgotten for that; one that is active is an error.  `refused`: there is no unit of ours then.
    Status start(const plan::UnitPlan &unit, std::span<const pid_t> processes, bool &refused);

    /// Until the machine is booted again, as everything of a container.
    Status set(const std::string &unit, const std::vector<plan::Property> &properties);

    /// Moves a process into the unit, which is delegated: to the cgroup `below` its own ("/a", or "").
    Status attach(const std::string &unit, const std::string &below, pid_t pid);

    /// Stops it and waits until that is done; a unit that is not there is fine.
    Status stop(const std::string &unit);

private:
    SystemdManager(dbus::Connection connection, bool user, bool bus)
        : connection_(std::move(connection)), user_(user), bus_(bus)
    {}

    Result<std::vector<dbus::Value>> call(std::string member, std::vector<dbus::Value> arguments);
    Result<dbus::Value> property(std::string path, std::string interface, std::string name);
    Status greet();
    Status subscribe();
    Status make_room(const std::string &unit);
    Status await_job(const std::vector<dbus::Value> &answer, const std::string &unit);

    dbus::Connection connection_;
    bool user_, bus_;
    bool subscribed_ = false;
};

/// What planning has to know of the systemd of root (`privileged`) or of the user.
Result<plan::Systemd> probe_systemd(bool privileged);

/// Ends the unit of a record.  Where systemd does not answer, its processes are dead anyhow, and it will find
/// that out by itself.
Status stop_unit(const UnitRecord &unit);

/// A scope begins with a process: this one waits in it until another is there, and dies with us.
class Placeholder {
public:
    static Result<Placeholder> make();
    Placeholder() = default;
    Placeholder(Placeholder &&) = default;
    Placeholder &operator=(Placeholder &&other) noexcept;
    ~Placeholder() { end(); }

    pid_t pid() const { return child_.pid; }
    void end();

private:
    explicit Placeholder(kernel::Child child) : child_(std::move(child)) {}
    kernel::Child child_;
};

}  // namespace rt::cgroup
