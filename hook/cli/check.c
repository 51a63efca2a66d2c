/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/command.h"
#include "policy/config-trace.h"

static const char usage[] = "Usage: kubefence check [--json] [--verbose]\n"
			    "\n"
			    "Looks at everything that sandboxing containers on this node rests on: one row\n"
			    "for each thing, with what to do where it is not in order. Changes nothing.\n"
			    "\n"
			    "  -j, --json     one JSON array; it has what --verbose adds\n"
			    "  -v, --verbose  every value of the configuration and where it comes from, too\n"
			    "  -h, --help     this text\n"
			    "\n"
			    "Exit status: 0 no row says fail (some may say warn), 1 one does, 2 usage.\n";

static void report(struct kf_check *check, enum kf_row kind, const char *name, const char *subject, const char *remedy,
		   const char *fmt, va_list args) __attribute__((format(printf, 6, 0)));

static void report(struct kf_check *check, enum kf_row kind, const char *name, const char *subject, const char *remedy,
		   const char *fmt, va_list args)
{
	cleanup_free char *message = NULL;

	if (vasprintf(&message, fmt, args) < 0)
		message = NULL;

	const struct kf_finding finding = {
		.kind = kind,
		.check = name,
		.subject = subject,
		.message = message ? message : "out of memory",
		.remedy = remedy,
	};

	kf_finding(&check->rows, &finding);
}

void kf_check_ok(struct kf_check *check, const char *name, const char *subject, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_OK, name, subject, NULL, fmt, args);
	va_end(args);
}

void kf_check_warn(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_WARN, name, subject, remedy, fmt, args);
	va_end(args);
}

void kf_check_fail(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...)
{
	va_list args;

	va_start(args, fmt);
	report(check, KF_ROW_FAIL, name, subject, remedy, fmt, args);
	va_end(args);
}

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

/* Everything else goes on without a configuration, as far as it can. */
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

int kf_cli_check(const struct kf_cli *cli, int argc, char *argv[])
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "verbose", no_argument, NULL, 'v' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	cleanup_config struct kf_config *config = NULL;
	struct kf_check check = { .config_path = cli->config_path };
	int option;

	while ((option = getopt_long(argc, argv, "jvh", options, NULL)) != -1) {
		if (option == 'h')
			return fputs(usage, stdout) < 0 ? KF_CLI_PROBLEM : KF_CLI_OK;
		if (option == '?')
			return KF_CLI_USAGE;
		check.rows.json |= option == 'j';
		check.verbose = true;
	}
	if (optind != argc) {
		(void)fputs("kubefence: check takes no arguments (see kubefence check --help)\n", stderr);
		return KF_CLI_USAGE;
	}
	check_config(&check, &config);
	kf_check_kernel(&check);
	kf_check_nono(&check);
	kf_check_classes(&check);
	kf_check_engines(&check);
	kf_check_state(&check);
	return kf_rows_end(&check.rows);
}
