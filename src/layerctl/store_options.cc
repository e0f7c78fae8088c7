// SPDX-License-Identifier: Apache-2.0
#include "layerctl/store_options.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/json.h"
#include "base/str.h"
#include "layerctl/own_namespace.h"

namespace rt::layerctl {
namespace {

Result<store::Patience> patience_of(const Arguments &arguments)
{
    if (!arguments.has("lock-timeout")) {
        return store::Patience();
    }
    const std::string text = arguments.value("lock-timeout");
    std::uint32_t seconds = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (wrong != std::errc() || end != text.data() + text.size()) {
        return Error::input(str("--lock-timeout: ", json::quote(text), " is no number of seconds"));
    }
    return store::Patience::of(std::chrono::seconds(seconds));
}

}  // namespace

Result<store::Store> open_store(const Arguments &arguments, store::Store::Use use)
{
    TRY_LET(patience, patience_of(arguments));
    const std::string path = arguments.value("root", usual_store());
    return path.empty()
               ? Error::input("there is no saying where your store is").hint("set HOME, or give --root DIR")
               : store::Store::open(path, use, patience);
}

}  // namespace rt::layerctl
