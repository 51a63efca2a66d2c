/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/error.h"
#include "cli/check-groups.h"
#include "cli/command.h"
#include "policy/config-trace.h"

static const char usage[] = "Usage: kubefence check [--json] [--verbose]\n"
			    "\n"
			    "Checks every part of this node that sandboxing depends on. Each part has a row,\n"
			    "with the remedy where it is not in order. Changes nothing.\n"
			    "\n"
			    "  -j, --json     one JSON array; it has what --verbose adds\n"
			    "  -v, --verbose  every value of the configuration with its origin, too\n"
			    "  -h, --help     this text\n"
			    "\n"
			    "Exit status: 0 no row says fail (rows may say warn), 1 a row says fail, 2 usage.\n";

static void show_value(void *user, const struct kf_config_value *value)
{
	struct kf_check *check = user;
	char subject[160];
	const struct kf_finding finding = {
		.kind = KF_ROW_OK,
		.check = "value",
		.subject = subject,
		.message = value->value,
		.origin = value->origin,
	};

	(void)snprintf(subject, sizeof subject, "[%s] %s", value->section, value->key);
	kf_finding(&check->rows, &finding);
}

/* The other checks go on without a configuration, as far as they can. */
static void check_config(struct kf_check *check, struct kf_config **ret)
{
	cleanup_config_trace struct kf_config_trace trace = { 0 };
	struct kf_error err = { 0 };

	if (kf_config_load_traced(check->config_path, &trace, ret, &err) < 0) {
		kf_check_fail(check, "configuration", "",
			      "correct it (kubefence.conf(5)): until then containers that opted in do not start", "%s",
			      err.message);
		return;
	}
	check->config = *ret;
	kf_check_ok(check, "configuration", "", "complete; %zu values are set in files (kubefence check --verbose)",
		    trace.count);
	if (check->verbose)
		kf_config_values(check->config, &trace, show_value, check);
}

static void check_engines(struct kf_check *check)
{
	kf_check_crio(check);
	kf_check_containerd(check);
	kf_check_docker(check);
	kf_check_podman(check);
}

void kf_check_all(struct kf_check *check)
{
	cleanup_config struct kf_config *config = NULL;

	check_config(check, &config);
	kf_check_kernel(check);
	kf_check_nono(check);
	kf_check_classes(check);
	check_engines(check);
	kf_check_state(check);
	check->config = NULL;
}

int kf_cli_check(const struct kf_cli *cli, int argc, char *argv[])
{
	struct kf_check check = { .config_path = cli->config_path };
	const struct kf_cli_option options[] = { { .name = "json", .letter = 'j', .ret_given = &check.rows.json },
						 { .name = "verbose", .letter = 'v', .ret_given = &check.verbose },
						 { 0 } };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	check.verbose |= check.rows.json;
	kf_check_all(&check);
	return kf_rows_end(&check.rows);
}
