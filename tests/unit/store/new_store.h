// SPDX-License-Identifier: Apache-2.0
//
// A store of the test's own, gone at the end.
#pragma once

#include <fcntl.h>
#include <stdlib.h>

#include <string>

#include <gtest/gtest.h>

#include "kernel/calls_fs.h"
#include "layer/tree.h"
#include "store/store.h"

namespace rt::store {

class NewStore : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/rt-store.XXXXXX";
        top_ = ::mkdtemp(name);
        path_ = top_ + "/a/store";
    }
    void TearDown() override { EXPECT_TRUE(layer::remove_tree(kernel::kCwd, top_)); }

    Store open(Store::Use use = Store::Use::kWrite) const
    {
        auto store = Store::open(path_, use);
        EXPECT_TRUE(store) << store.error().text();
        return std::move(store).take();
    }

    std::string top_, path_;
};

/// "sha256:000...N".
inline Digest digest(int n)
{
    const std::string digits = std::to_string(n);
    return std::move(Digest::parse("sha256:" + std::string(64 - digits.size(), '0') + digits)).take();
}

}  // namespace rt::store
