/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL = 80, NARROWEST = 60 };

size_t kf_cli_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}
