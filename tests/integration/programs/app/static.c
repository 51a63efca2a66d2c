/* SPDX-License-Identifier: Apache-2.0 */
/* The only program of an image: its arguments, a thread's worth of /proc, a temporary file; no libc beside it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char exe[256] = "";
	FILE *file;

	for (int i = 0; i < argc; i++)
		puts(argv[i]);
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0)
		puts(exe);
	printf("%u\n", getuid());
	file = fopen("/tmp/x", "w");
	puts(file ? "written" : strerror(errno));
	return 20 + argc;
}
