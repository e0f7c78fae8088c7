// SPDX-License-Identifier: Apache-2.0
//
// HOME of a user, from the container's /etc/passwd.
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kHomeMax = 1024;
constexpr uint32_t kMaxPasswd = 1 << 20;

/// Reads passwd(5) a byte at a time and keeps one field: name:password:uid:gid:comment:HOME:shell.
class PasswdReader {
public:
    explicit PasswdReader(uint64_t uid) : uid_(uid) {}

    /// True when a line of that uid with a home is complete; home() has it then.
    bool feed(char byte)
    {
        if (byte == '\n') {
            const bool found = complete();
            field_ = 0;
            number_ = 0;
            digits_ = 0;
            valid_ = true;
            if (!found) {
                size_ = 0;
            }
            return found;
        }
        if (byte == ':') {
            ++field_;
        } else if (field_ == kUid) {
            valid_ = valid_ && byte >= '0' && byte <= '9' && ++digits_ <= 10;
            number_ = number_ * 10 + static_cast<uint64_t>(byte - '0');
        } else if (field_ == kHome && size_ + 1 < kHomeMax) {
            home_[size_++] = byte;
        } else if (field_ == kHome) {
            valid_ = false;
        }
        return false;
    }
    const char *home()
    {
        home_[size_] = 0;
        return home_;
    }
    uint32_t size() const { return size_; }

private:
    static constexpr int kUid = 2, kHome = 5;

    bool complete() const
    {
        return valid_ && digits_ > 0 && number_ == uid_ && field_ >= kHome && size_ > 0 && home_[0] == '/';
    }

    uint64_t uid_, number_ = 0;
    int field_ = 0, digits_ = 0;
    bool valid_ = true;
    uint32_t size_ = 0;
    char home_[kHomeMax];
};

bool is_ordinary(Context &c, int fd)
{
    struct statx st = {};
    return c.sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &st) == 0 &&
           (st.stx_mode & 0170000) == 0100000 && st.stx_size <= kMaxPasswd;
}

bool search(Context &c, int fd, PasswdReader &reader)
{
    char buffer[1024];
    for (uint32_t total = 0; total < kMaxPasswd;) {
        const int n = c.sys(__NR_read, fd, buffer, sizeof(buffer));
        if (n <= 0) {
            return n == 0 && reader.feed('\n');
        }
        for (int i = 0; i < n; ++i) {
            if (reader.feed(buffer[i])) {
                return true;
            }
        }
        total += static_cast<uint32_t>(n);
    }
    return false;
}

}  // namespace

// spec: ProcEnvHome
int home(Context &c, const Record &r)
{
    constexpr uint32_t kName = 5;  // "HOME="
    Holder file(c, open_in_root(c, "etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (file.failed() || !is_ordinary(c, file.get())) {
        return 0;  // an image without users: "/" it is
    }
    PasswdReader reader(r.a);
    if (search(c, file.get(), reader) && reader.size() + kName < r.n && uint64_t{r.s1} + r.n <= c.size) {
        copy(c.base + r.s1 + kName, reader.home(), reader.size() + 1);
    }
    return 0;
}

}  // namespace rt::init::ops
