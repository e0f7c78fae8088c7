// SPDX-License-Identifier: Apache-2.0
//
// adopt COMMAND...: runs it, then stays until a signal comes: the parent of all it left behind, who reaps
// none.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1) {
        return 1;
    }
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    pause();
    return 0;
}
