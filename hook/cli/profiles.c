/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/list.h"
#include "cli/command.h"
#include "node/nono-dir.h"
#include "node/nono-validate.h"
#include "oci/profile.h"
#include "policy/config.h"
#include "policy/decision.h"

/* What there is to say about one profile. Each error is set where something is wrong. */
struct finding {
	const char *name;
	char *path;
	enum kf_profile_origin origin;
	struct kf_error origin_err, mode_err, nono_err;
};

static void find_mode(int nono_fd, struct finding *finding)
{
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_close int fd = -1;
	struct kf_error *err = &finding->mode_err;

	if (kf_nono_dir_open_profile(nono_fd, finding->name, &fd, err) == 0 &&
	    kf_profile_read(fd, finding->name, &profile, err) == 0)
		(void)kf_profile_check_wrap(&profile, finding->name, err);
}

/* The classes whose pods may ask for it. */
static void print_classes(const struct kf_config *config, const char *profile)
{
	const char *separator = "";

	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (!kf_class_allows_profile(&class, profile))
			continue;
		(void)printf("%s%s", separator, class.name);
		separator = ",";
	}
	if (!separator[0])
		(void)putchar('-');
}

static bool print_finding(const struct kf_config *config, const struct finding *finding)
{
	static const char *const origins[] = {
		[KF_PROFILE_OWN] = "own",
		[KF_PROFILE_SHIPPED] = "shipped",
		[KF_PROFILE_OVERRIDDEN] = "override",
	};
	const struct kf_error *const problems[] = { &finding->origin_err, &finding->mode_err, &finding->nono_err,
						    NULL };
	bool fine = true;

	(void)printf("%-20s  %-8s  %-7s  %-8s  ", finding->name,
		     finding->origin_err.code ? "?" : origins[finding->origin],
		     finding->mode_err.code ? "refused" : "wrap", finding->nono_err.code ? "refused" : "accepted");
	print_classes(config, finding->name);
	(void)printf("  %s\n", finding->path);
	for (size_t i = 0; problems[i]; i++) {
		if (!problems[i]->code)
			continue;
		fine = false;
		(void)printf("    %s\n", problems[i]->message);
	}
	return fine;
}

static bool show_profile(const struct kf_config *config, int nono_fd, const char *name)
{
	cleanup_free char *path = NULL;
	struct finding finding = { .name = name };

	if (asprintf(&path, "%s/profiles/%s.json", config->nono_dir, name) < 0) {
		path = NULL;
		return false;
	}
	finding.path = path;
	(void)kf_nono_dir_profile_origin(nono_fd, name, &finding.origin, &finding.origin_err);
	find_mode(nono_fd, &finding);
	(void)kf_nono_validate(config->nono_bin_path, path, &finding.nono_err);
	return print_finding(config, &finding);
}

static int fail(const struct kf_error *err)
{
	(void)fprintf(stderr, "kubefence: %s\n", err->message);
	return KF_CLI_PROBLEM;
}

static void print_lookup(const struct kf_config *config)
{
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (class.profile_lookup == KF_PROFILE_LOOKUP_FILES_THEN_NONO)
			(void)printf("class %s leaves names without a file to nono (profile_lookup)\n", class.name);
	}
}

int kf_cli_profiles(const struct kf_cli *cli, int argc, char *argv[])
{
	static const char usage[] = "Usage: kubefence profiles\n"
				    "\n"
				    "Lists the profiles that are installed: where each comes from, whether nono wrap\n"
				    "enforces all of it, whether nono accepts it, and which classes may use it.\n"
				    "\n"
				    "Exit status: 0 each can be used, 1 one cannot, 2 usage.\n";
	cleanup_config struct kf_config *config = NULL;
	cleanup_close int nono_fd = -1;
	struct kf_list names = { 0 };
	struct kf_error err = { 0 };
	bool fine = true;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return fputs(usage, stdout) < 0 ? KF_CLI_PROBLEM : KF_CLI_OK;
	if (argc != 1) {
		(void)fprintf(stderr, "kubefence: %s takes no arguments\n", argv[0]);
		return KF_CLI_USAGE;
	}
	if (kf_config_load(cli->config_path, &config, &err) < 0 ||
	    kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, &nono_fd, &err) < 0 ||
	    kf_nono_dir_list_profiles(nono_fd, &names, &err) < 0)
		return fail(&err);
	(void)printf("%-20s  %-8s  %-7s  %-8s  %s  %s\n", "NAME", "ORIGIN", "MODE", "NONO", "CLASSES", "FILE");
	for (size_t i = 0; i < names.count; i++)
		fine &= show_profile(config, nono_fd, names.items[i]);
	kf_list_clear(&names);
	print_lookup(config);
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}
