// SPDX-License-Identifier: Apache-2.0
#include "oci/state.h"

#include <array>

namespace rt::oci {
namespace {

using json::Writer;

enum class Audience : std::uint8_t { kCaller, kHook };

struct Row {
    std::string_view name;
    bool for_hooks;  ///< the spec's own properties
    bool (*present)(const State &, Audience);
    void (*write)(Writer &, const State &);
};

bool always(const State & /*state*/, Audience /*audience*/) { return true; }
bool has_annotations(const State &state, Audience /*audience*/) { return !state.annotations.empty(); }
// Callers look for a pid in any state; to a hook no process means no property.
bool has_pid(const State &state, Audience audience)
{
    return audience == Audience::kCaller || state.pid != 0;
}

template <std::string State::*member>
void write_text(Writer &w, const State &state)
{
    w.string(state.*member);
}

void write_status(Writer &w, const State &state) { w.string(in_words(state.status)); }
void write_pid(Writer &w, const State &state) { w.number(state.pid); }

void write_annotations(Writer &w, const State &state)
{
    w.begin_object();
    for (const auto &[name, value] : state.annotations) {
        w.name(name).string(value);
    }
    w.end_object();
}

// spec: DefaultStateJSONPattern, StateOciVersion, StatePid, StateBundleAbs, StateAnnotations
// spec: StateExtraProperties, CliFormats
// clang-format off
constexpr auto kRows = std::to_array<Row>({
    {"ociVersion",  true,  always,          write_text<&State::oci_version>},
    {"id",          true,  always,          write_text<&State::id>},
    {"pid",         true,  has_pid,         write_pid},
    {"status",      true,  always,          write_status},
    {"bundle",      true,  always,          write_text<&State::bundle>},
    {"rootfs",      false, always,          write_text<&State::rootfs>},
    {"created",     false, always,          write_text<&State::created>},
    {"annotations", true,  has_annotations, write_annotations},
    {"owner",       false, always,          write_text<&State::owner>},
});
// clang-format on

void write(Writer &w, const State &state, Audience audience)
{
    w.begin_object();
    for (const Row &row : kRows) {
        if ((audience == Audience::kCaller || row.for_hooks) && row.present(state, audience)) {
            w.name(row.name);
            row.write(w, state);
        }
    }
    w.end_object();
}

}  // namespace

// spec: StateStatus
std::string_view in_words(Status status)
{
    constexpr std::array<std::string_view, 5> kWords = {"creating", "created", "running", "stopped",
                                                        "paused"};
    return kWords[static_cast<std::size_t>(status)];
}

std::string print_state(const State &state)
{
    Writer w(json::Layout::kIndented);
    write(w, state, Audience::kCaller);
    return std::move(w).take();
}

std::string hook_state(const State &state)
{
    Writer w(json::Layout::kCompact);
    write(w, state, Audience::kHook);
    return std::move(w).take();
}

void write_state(json::Writer &writer, const State &state) { write(writer, state, Audience::kCaller); }

}  // namespace rt::oci
