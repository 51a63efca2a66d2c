/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/list.h"
#include "cli/command.h"
#include "cli/table.h"
#include "nono/dir.h"
#include "nono/profile.h"
#include "nono/validate.h"
#include "policy/config.h"
#include "policy/decision.h"

/* The findings about one profile. An error is set if that part of the profile is wrong. */
struct finding {
	const char *name;
	const char *path;
	enum kf_profile_origin origin;
	struct kf_error origin_err, mode_err, nono_err;
};

static void find_mode(int nono_fd, struct finding *finding)
{
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_close int fd = -1;
	struct kf_error *err = &finding->mode_err;

	if (kf_nono_dir_open_profile(nono_fd, finding->name, &fd, err) == 0 &&
	    kf_profile_read(fd, finding->name, &profile, err) == 0 &&
	    kf_profile_check_wrap(&profile, finding->name, err) == 0)
		(void)kf_profile_check_last_step(&profile, finding->name, err);
}

/* The classes whose pods may ask for the profile, as "a,b". 0 or -ENOMEM. */
static int name_classes(const struct kf_config *config, const char *profile, char **ret)
{
	cleanup_free char *names = NULL;

	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);
		cleanup_free char *shorter = NULL;

		if (!kf_class_allows_profile(&class, profile))
			continue;
		shorter = kf_steal_string(&names);
		if (kf_format(&names, "%s%s%s", shorter ? shorter : "", shorter ? "," : "", class.name) < 0)
			return -ENOMEM;
	}
	*ret = kf_steal_string(&names);
	return 0;
}

static int add_finding(struct kf_table *table, const struct finding *finding, const char *classes)
{
	static const char *const origins[] = {
		[KF_PROFILE_OWN] = "own",
		[KF_PROFILE_SHIPPED] = "shipped",
		[KF_PROFILE_OVERRIDDEN] = "override",
	};

	return kf_table_add(table, (const char *const[]){
					   finding->name, finding->origin_err.code ? "?" : origins[finding->origin],
					   finding->mode_err.code ? "refused" : "wrap",
					   finding->nono_err.code ? "refused" : "accepted", classes, finding->path });
}

static int add_problems(struct kf_table *table, const struct finding *finding, bool *fine)
{
	const struct kf_error *const problems[] = { &finding->origin_err, &finding->mode_err, &finding->nono_err,
						    NULL };
	int r = 0;

	for (size_t i = 0; r == 0 && problems[i]; i++) {
		if (!problems[i]->code)
			continue;
		*fine = false;
		r = kf_table_note(table, problems[i]->message);
	}
	return r;
}

/* Adds the findings about the profile NAME; *FINE becomes false if it cannot be used. 0 or -ENOMEM. */
static int add_profile(struct kf_table *table, const struct kf_config *config, int nono_fd, const char *name,
		       bool *fine)
{
	cleanup_free char *path = NULL, *classes = NULL;
	struct finding finding = { .name = name };

	if (kf_nono_dir_profile_path(config->nono_dir, name, &path) < 0 || name_classes(config, name, &classes) < 0)
		return -ENOMEM;
	finding.path = path;
	(void)kf_nono_dir_profile_origin(nono_fd, name, &finding.origin, &finding.origin_err);
	find_mode(nono_fd, &finding);
	(void)kf_nono_validate(config->nono_bin_path, path, KF_NONO_MSEC, &finding.nono_err);

	int r = add_finding(table, &finding, classes);

	return r < 0 ? r : add_problems(table, &finding, fine);
}

static void print_lookup(const struct kf_config *config)
{
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		const struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		if (class.profile_lookup == KF_PROFILE_LOOKUP_FILES_THEN_NONO)
			(void)printf("class %s leaves names without a file to nono (profile_lookup)\n", class.name);
	}
}

static int show(const struct kf_config *config, int nono_fd, const struct kf_list *names, struct kf_error *err)
{
	cleanup_table struct kf_table table = { .columns = 6, .whole = true };
	bool fine = true;
	int r = kf_table_add(&table, (const char *const[]){ "NAME", "ORIGIN", "MODE", "NONO", "CLASSES", "FILE" });

	for (size_t i = 0; r == 0 && i < names->count; i++)
		r = add_profile(&table, config, nono_fd, names->items[i], &fine);
	if (r < 0)
		return kf_oom(err);
	kf_table_print(&table);
	print_lookup(config);
	return fine ? KF_CLI_OK : KF_CLI_PROBLEM;
}

int kf_cli_profiles(const struct kf_cli *cli, int argc, char *argv[])
{
	static const char usage[] = "Usage: kubefence profiles\n"
				    "\n"
				    "Lists the installed profiles: the origin of each, whether nono wrap\n"
				    "enforces all of it, whether nono accepts it, and which classes may use it.\n"
				    "\n"
				    "Exit status: 0 each can be used, 1 one cannot be used, 2 usage.\n";
	static const struct kf_cli_option options[] = { { 0 } };
	cleanup_config struct kf_config *config = NULL;
	cleanup_close int nono_fd = -1;
	cleanup_list struct kf_list names = { 0 };
	struct kf_error err = { 0 };
	int r = kf_cli_parse(argc, argv, usage, options, false);

	if (r != KF_CLI_GO_ON)
		return r;
	if (kf_config_load(cli->config_path, &config, &err) < 0 ||
	    kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, &nono_fd, &err) < 0 ||
	    kf_nono_dir_list_profiles(nono_fd, &names, &err) < 0)
		return kf_cli_fail(&err);
	r = show(config, nono_fd, &names, &err);
	return r < 0 ? kf_cli_fail(&err) : r;
}
