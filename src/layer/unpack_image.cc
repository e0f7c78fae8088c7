// SPDX-License-Identifier: Apache-2.0
#include "layer/unpack_image.h"

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "layer/confine.h"
#include "layer/meter.h"
#include "layer/room.h"

namespace rt::layer {
namespace {

volatile bool given_up = false;

}  // namespace

void give_up()
{
    given_up = true;
    end_confined();
}

Status check_given_up() { return given_up ? Status(Error::kernel(EINTR, "unpacking")) : Status(); }

namespace {

/// A layer may replace what those below have: as much as the largest, then.
Need need_of(const Image &image)
{
    Need out;
    for (const Image::Layer &layer : image.layers) {
        const auto size = said_size(layer.blob);
        out.bytes = std::max(out.bytes, size ? *size : 0);
    }
    return out;
}

}  // namespace

Status unpack_image(const Image &image, FdRef root, const UnpackLimits &limits)
{
    if (limits.check_room) {
        TRY(check_room(root, need_of(image)));
    }
    for (const Image::Layer &layer : image.layers) {
        meter().expected += layer.blob.size;
    }
    std::size_t number = 0;
    for (const Image::Layer &layer : image.layers) {
        ++number;
        TRY(check_given_up());
        auto done = unpack_layer(layer.packed(), root, LayerForm::kFlat, limits);
        if (!done) {
            return std::move(done).error().context(str("layer ", number, " of ", image.layers.size()));
        }
        done->tell(number, image.layers.size());
    }
    return {};
}

}  // namespace rt::layer
