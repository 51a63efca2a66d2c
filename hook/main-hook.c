/* SPDX-License-Identifier: Apache-2.0 */
/* kubefence-hook: the OCI hook. Arguments in, exit code out (base/reason.h); the work is done in stage/. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "node/privileges.h"
#include "stage/hook-stage.h"

static const char usage[] = "Usage: kubefence-hook [--config FILE] [--runtime-class NAME] COMMAND\n"
			    "\n"
			    "An OCI runtime calls it with the container's state on standard input.\n"
			    "\n"
			    "Commands:\n"
			    "  create-runtime  sandbox the container if it opted in (also: prestart)\n"
			    "  poststop        remove the container's record\n"
			    "  precreate       (Podman) config.json in on standard input, out on standard output\n"
			    "\n"
			    "Options:\n"
			    "  --config FILE         read FILE (and FILE.d/*.conf) instead of\n"
			    "                        " KF_SYSCONFDIR "/kubefence/kubefence.conf\n"
			    "  --runtime-class NAME  the runtime class of every container of this hook\n"
			    "  --container-id ID     of poststop: the container (under Kata the state has another id)\n"
			    "  --bundle DIR          the bundle, where the state says / (crun before 1.27)\n"
			    "  --help, --version\n"
			    "\n"
			    "Exit status: 0 sandboxed, or not opted in; 1 internal error; 2 usage;\n"
			    "10 configuration; 11 state; 12 config.json; 13 profile; 14 not wrapped in nono;\n"
			    "15 nono directory; 16 Landlock; 17 mount; 18 record.\n";

static int parse_options(int argc, char *argv[], struct kf_hook_options *ret)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "runtime-class", required_argument, NULL, 'r' },
		{ "container-id", required_argument, NULL, 'i' },
		{ "bundle", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			ret->config = optarg;
			break;
		case 'r':
			ret->handler = optarg;
			break;
		case 'i':
			ret->container_id = optarg;
			break;
		case 'b':
			ret->bundle = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return KF_EXIT_OK;
		case 'v':
			(void)puts("kubefence-hook " KF_VERSION);
			return KF_EXIT_OK;
		default:
			return KF_EXIT_USAGE;
		}
	}
	return -1;
}

static int say_usage(void)
{
	(void)fputs("kubefence-hook: name create-runtime, prestart, poststop or precreate (see --help)\n", stderr);
	return KF_EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	struct kf_hook_options options = { .start_usec = kf_clock_usec() };
	struct kf_error err = { 0 };
	int r;

	kf_privileges_shield();

	int ended = parse_options(argc, argv, &options);

	if (ended >= 0)
		return ended;

	const char *command = optind == argc - 1 ? argv[optind] : "";

	if (strcmp(command, "create-runtime") == 0 || strcmp(command, "prestart") == 0)
		r = kf_stage_create_runtime(STDIN_FILENO, &options, &err);
	else if (strcmp(command, "poststop") == 0)
		r = kf_stage_poststop(STDIN_FILENO, &options, &err);
	else if (strcmp(command, "precreate") == 0)
		r = kf_stage_precreate(STDIN_FILENO, STDOUT_FILENO, &options, &err);
	else
		return say_usage();
	if (r == 0)
		return KF_EXIT_OK;
	(void)fprintf(stderr, "kubefence-hook: %s\n", err.message);
	return (int)kf_reason_exit_code(err.reason);
}
