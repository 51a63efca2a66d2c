/* SPDX-License-Identifier: Apache-2.0 */
#include "nono/validate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "node/command.h"

enum { OUTPUT_MAX = 8191 };

/* A path that does not exist, and that no user can make. */
#define NO_HOME "/proc/kubefence"

static int ask(const char *const argv[], unsigned int msec, char **ret_output, int *ret_status, struct kf_error *err)
{
	static const char *const env[] = { "HOME=" NO_HOME, "NONO_NO_UPDATE_CHECK=1", "PATH=/usr/bin:/bin", NULL };
	const struct kf_command command = {
		.argv = argv,
		.env = env,
		.with_stderr = true,
		.msec = msec,
		.max = OUTPUT_MAX,
	};
	int r = kf_command_ask(&command, ret_output, ret_status, err);

	if (r == -ETIMEDOUT)
		return kf_fail(err, ETIMEDOUT, "%s does not answer: is it nono?", argv[0]);
	return r;
}

/* The line of OUTPUT with the complaint, without the mark in front. */
static char *complaint(char *output)
{
	char *line = strstr(output, "[err]");

	line = line ? line + strlen("[err]") : output;
	line += strspn(line, " \n");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

int kf_nono_validate(const char *nono_bin_path, const char *profile_path, unsigned int msec, struct kf_error *err)
{
	const char *const argv[] = { nono_bin_path, "-s", "profile", "validate", profile_path, NULL };
	cleanup_free char *output = NULL;
	char quoted[KF_QUOTED_MAX];
	int status, r = ask(argv, msec, &output, &status, err);

	if (r < 0 || status == 0)
		return r;
	return kf_fail(err, EINVAL, "nono does not accept it: %s", kf_quote(quoted, complaint(output)));
}

int kf_nono_version(const char *nono_bin_path, unsigned int msec, struct kf_nono_version *ret, struct kf_error *err)
{
	const char *const argv[] = { nono_bin_path, "--version", NULL };
	cleanup_free char *output = NULL;
	char quoted[KF_QUOTED_MAX];
	int status, r = ask(argv, msec, &output, &status, err);

	if (r < 0 || (status == 0 && kf_nono_version_parse(output, ret) == 0))
		return r;
	return kf_fail(err, EINVAL, "it does not tell its version but says '%s' (exit status %d)",
		       kf_quote(quoted, complaint(output)), status);
}

int kf_nono_version_parse(const char *text, struct kf_nono_version *ret)
{
	struct kf_nono_version found;
	int length = 0;

	/* Few digits and nothing else: sscanf(3) takes a sign and blanks, and does not report an overflow. */
	if (strncmp(text, "nono ", strlen("nono ")) != 0)
		return -EINVAL;
	text += strlen("nono ");
	if ((unsigned char)text[strspn(text, "0123456789.")] > ' ' ||
	    sscanf(text, "%4u.%4u.%4u%n", &found.major, &found.minor, &found.patch, &length) != 3 ||
	    (size_t)length != strspn(text, "0123456789."))
		return -EINVAL;
	*ret = found;
	return 0;
}

bool kf_nono_version_known(const struct kf_nono_version *version)
{
	return version->major == 0 && version->minor >= 66 && version->minor <= 80;
}
