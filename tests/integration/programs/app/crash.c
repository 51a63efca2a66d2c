/* SPDX-License-Identifier: Apache-2.0 */
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The functions' names, as far as main: what is below belongs to libc, and addresses differ. */
static void show(int signal)
{
	void *frames[16];
	int n = backtrace(frames, 16);
	char **names = backtrace_symbols(frames, n);

	for (int i = 0; names && i < n; i++)
		if (strstr(names[i], "(deep+") || strstr(names[i], "(main+"))
			printf("%.*s\n", (int)strcspn(names[i], "+"), names[i]);
	printf("signal %d\n", signal);
	fflush(stdout);
}

__attribute__((noinline)) void deep(void)
{
	abort();
}

int main(void)
{
	signal(SIGABRT, show);
	deep();
	return 0;
}
