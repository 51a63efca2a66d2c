/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flipper DIR A B NUMBER: exchanges DIR/A and DIR/B with renameat2(2), again and again, so that there is always
 * something at both names. Ends at SIGTERM, but not before NUMBER exchanges, and prints how many there were.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

static volatile sig_atomic_t asked;

static void ask(int number)
{
	(void)number;
	asked = 1;
}

int main(int argc, char *argv[])
{
	const struct sigaction action = { .sa_handler = ask };
	unsigned long least, flips = 0;
	int dirfd;

	if (argc != 5)
		errx(2, "usage: flipper DIR A B NUMBER");
	least = strtoul(argv[4], NULL, 10);
	dirfd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		err(1, "%s", argv[1]);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sigaction(SIGTERM, &action, NULL) < 0)
		err(1, "sigaction");
	for (; !asked || flips < least; flips++)
		if (renameat2(dirfd, argv[2], dirfd, argv[3], RENAME_EXCHANGE) < 0)
			err(1, "after %lu flips", flips);
	(void)printf("%lu\n", flips);
	return fflush(stdout) == 0 ? 0 : 1;
}
