// SPDX-License-Identifier: Apache-2.0
//
// racer A B: swaps the two names with renameat2(RENAME_EXCHANGE) until it is killed, as a hostile
// process in a shared volume would.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 3 || renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) != 0) {
        fprintf(stderr, "usage: racer A B (both have to exist)\n");
        return 1;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
    }
}
