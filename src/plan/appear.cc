// SPDX-License-Identifier: Apache-2.0
#include "plan/appear.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;

constexpr NativeCall kAppearing[] = {{__NR_pipe2},
                                     {__NR_clone, CLONE_PARENT | CLONE_PIDFD},
                                     {__NR_sendmsg},
                                     {__NR_exit_group},
                                     {__NR_close},
                                     {__NR_read},
                                     {__NR_write},
                                     {__NR_prctl, PR_SET_DUMPABLE},
                                     {__NR_prctl, PR_SET_PDEATHSIG, SIGKILL},
                                     {__NR_prctl, PR_SET_PDEATHSIG},
                                     {__NR_ppoll},
                                     {__NR_recvmsg},
                                     {__NR_setsid},
                                     {__NR_ioctl, 0, TIOCSCTTY}};
constexpr NativeCall kParked[] = {{__NR_madvise}, {__NR_accept4}};

void lead_session(Draft &draft) { draft.call(__NR_setsid, "starting a session"); }

}  // namespace

void appear(Draft &draft)
{
    draft.add(Op::kFork);
    lead_session(draft);
}

void appear_adopted(Draft &draft)
{
    draft.add(Op::kFork);
    draft.add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kAdopted);
    lead_session(draft);
}

void control_terminal(Draft &draft, const oci::Process &process)
{
    if (process.terminal) {
        draft.call(__NR_ioctl, "taking the terminal", {"/process/terminal"}).b = TIOCSCTTY;
    }
}

bool filter_unseen(Draft &draft, const ProcessPlan &program)
{
    std::vector<NativeCall> calls(std::begin(kAppearing), std::end(kAppearing));
    if (draft.request.parks) {
        calls.insert(calls.end(), std::begin(kParked), std::end(kParked));
    }
    return program.filter_before(draft, calls);
}

}  // namespace rt::plan
