/* SPDX-License-Identifier: Apache-2.0 */
/* trampoline PROGRAM ARGUMENT...: becomes PROGRAM and does nothing else: the least that any wrapper does. */
#include <unistd.h>

int main(int argc, char *argv[])
{
	if (argc > 1)
		(void)execv(argv[1], argv + 1);
	return 127;
}
