// SPDX-License-Identifier: Apache-2.0
//
// A user namespace of the container's own: --uidmap and --gidmap.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "host/id_maps.h"
#include "layerctl/command.h"
#include "store/containers.h"

namespace rt::layerctl {

/// A user namespace that nobody is in, by which layers are shown, and its maps.
struct Mapped {
    Fd ids;
    host::IdMaps maps;

    /// What the store is told of it; it borrows `ids`.
    store::MappedIds of_the_store() const;
};

/// What the options ask for; nothing, when they are not given.  For root alone.
Result<std::optional<Mapped>> mapped_ids(const Arguments &arguments);

/// That of a container of the store, or with `back` what leads from its files back to those of its image;
/// nothing, when it has none.
Result<std::optional<Mapped>> mapped_ids(const store::Container &container, bool back);

}  // namespace rt::layerctl
