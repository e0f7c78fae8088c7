// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/explain.h"

namespace rt::plan {

/// What a plan was made from, for those who explain it.
struct Background {
    const Plan &plan;
    const oci::Config &config;
    const Request &request;
    const Host &host;
};

/// What init does in `step`; the conversation with the parent has no words of its own.
Operation explain_step(const Background &background, const Step &step);

/// The facts of a hook, whoever runs it.
std::vector<Fact> hook_facts(const oci::Hook &hook);

}  // namespace rt::plan
