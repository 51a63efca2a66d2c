/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/when.h"
#include "cli/command.h"
#include "cli/row.h"
#include "node/mount-table.h"
#include "node/nono-dir.h"
#include "node/process-status.h"
#include "node/record.h"
#include "oci/profile-grants.h"
#include "policy/config.h"
#include "policy/names.h"
#include "policy/state-dir.h"

static const char usage[] = "Usage: kubefence inspect [--json] CONTAINER\n"
			    "\n"
			    "Shows what is recorded of a sandboxed container and what the kernel says of it:\n"
			    "is /nono our directory, read-only and not covered, what runs as its first\n"
			    "process, no_new_privs, seccomp. Then what its profile grants, as its file says.\n"
			    "CONTAINER is an id or the beginning of one.\n"
			    "\n"
			    "  -j, --json  one JSON array\n"
			    "  -h, --help  this text\n";

/* The id that is PREFIX or, the only one, starts with it; NULL if there is none. */
static const char *match_id(const struct kf_list *ids, const char *prefix, bool *ret_ambiguous)
{
	const char *found = NULL;

	*ret_ambiguous = false;
	for (size_t i = 0; i < ids->count; i++) {
		if (strcmp(ids->items[i], prefix) == 0) {
			*ret_ambiguous = false;
			return ids->items[i];
		}
		if (strncmp(ids->items[i], prefix, strlen(prefix)) == 0) {
			*ret_ambiguous = found != NULL;
			found = ids->items[i];
		}
	}
	return found;
}

static int find_id(const char *state_dir, const char *prefix, char **ret, struct kf_error *err)
{
	struct kf_list ids = { 0 };
	char quoted[KF_QUOTED_MAX];
	bool ambiguous;
	int r = kf_record_list(state_dir, &ids, err);

	if (r == 0) {
		const char *found = match_id(&ids, prefix, &ambiguous);

		if (!found)
			r = kf_fail(err, ENOENT, "no record of container %s: not sandboxed, or gone (kubefence list)",
				    kf_quote(quoted, prefix));
		else if (ambiguous)
			r = kf_fail(err, EINVAL, "more than one container's id starts with %s: say more of it",
				    kf_quote(quoted, prefix));
		else if (!(*ret = strdup(found)))
			r = kf_oom(err);
	}
	kf_list_clear(&ids);
	return r;
}

static void fact(struct kf_rows *rows, const char *subject, const char *text)
{
	if (text && text[0])
		kf_row(rows, KF_ROW_FACT, subject, text);
}

static void show_record(struct kf_rows *rows, const struct kf_saved_record *saved)
{
	const struct kf_record *record = &saved->record;
	char abi[16];

	fact(rows, "container", record->container.id);
	fact(rows, "pod", record->container.pod);
	fact(rows, "namespace", record->container.namespace);
	fact(rows, "pod uid", record->container.pod_uid);
	fact(rows, "profile", record->profile);
	fact(rows, "runtime handler", record->runtime_handler);
	fact(rows, "bundle", record->container.bundle);
	fact(rows, "since", saved->timestamp);
	if (record->landlock_abi > 0) {
		(void)snprintf(abi, sizeof abi, "%d", record->landlock_abi);
		fact(rows, "Landlock ABI", abi);
	}
}

/* The source of a bind mount is not in the table: device and directory in its file system have to be those of ours. */
static bool is_our_directory(const struct kf_nono_mount *mount, const char *nono_dir)
{
	struct stat st;
	size_t length = strlen(mount->root), full = strlen(nono_dir);

	/* On a file system of its own, the mount's root is a tail of the path. */
	return stat(nono_dir, &st) == 0 && st.st_dev == mount->device && length <= full &&
	       (strcmp(mount->root, "/") == 0 || strcmp(nono_dir + full - length, mount->root) == 0);
}

static void show_mount(struct kf_rows *rows, pid_t pid, const char *nono_dir)
{
	struct kf_nono_mount mount;
	struct kf_error err = { 0 };

	if (kf_mount_table_nono(pid, &mount, &err) < 0) {
		kf_row(rows, KF_ROW_FAIL, "/nono", err.message);
		return;
	}
	if (!mount.mounted) {
		kf_row(rows, KF_ROW_FAIL, "/nono", "nothing is mounted there");
		return;
	}
	if (!nono_dir)
		fact(rows, "/nono", mount.root);
	else if (is_our_directory(&mount, nono_dir))
		kf_row(rows, KF_ROW_OK, "/nono", nono_dir);
	else
		kf_row(rows, KF_ROW_FAIL, "/nono", "is not this node's nono directory");
	kf_row(rows, mount.read_only ? KF_ROW_OK : KF_ROW_FAIL, "read-only",
	       mount.read_only ? "yes" : "no: a process can change it");
	kf_row(rows, mount.covered ? KF_ROW_FAIL : KF_ROW_OK, "topmost",
	       mount.covered ? "no: another mount covers it" : "yes");
	free(mount.root);
}

static void show_process(struct kf_rows *rows, const struct kf_process_id *id)
{
	static const char *const modes[] = { "none", "strict", "filter" };
	struct kf_process_status status;
	struct kf_error err = { 0 };

	if (kf_process_status(id, &status, &err) < 0) {
		kf_row(rows, KF_ROW_FAIL, "process", err.message);
		return;
	}
	fact(rows, "command", status.command);
	/* nono always sets it, and every Landlock domain needs it. */
	kf_row(rows, status.no_new_privs ? KF_ROW_OK : KF_ROW_FAIL, "no_new_privs",
	       status.no_new_privs ? "yes" : "no: the process is not sandboxed (yet?)");
	if (status.seccomp_mode >= 0 && status.seccomp_mode <= 2)
		fact(rows, "seccomp", modes[status.seccomp_mode]);
}

/* The container has the profile that nono read when it started; the file may be another one since. */
static void show_age(struct kf_rows *rows, int fd, const struct kf_saved_record *saved)
{
	struct kf_error unused;
	uint64_t started;
	struct stat st;

	if (fstat(fd, &st) == 0 && kf_when_parse(saved->timestamp, 0, &started, &unused) == 0 &&
	    (uint64_t)st.st_mtim.tv_sec > started / 1000000)
		kf_row(rows, KF_ROW_WARN, "grants",
		       "the profile's file has changed since: what follows counts for the next container");
}

static void show_grants(struct kf_rows *rows, const struct kf_config *config, const struct kf_saved_record *saved)
{
	const char *name = saved->record.profile;
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_grants struct kf_grants grants = { 0 };
	cleanup_close int nono_fd = -1, fd = -1;
	struct kf_error err = { 0 };
	int r;

	if (!config || !kf_profile_name_valid(name)) {
		kf_row(rows, KF_ROW_WARN, "grants",
		       config ? "the record names no profile" : "not known without a usable configuration");
		return;
	}
	r = kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, &nono_fd, &err);
	if (r == 0)
		r = kf_nono_dir_open_profile(nono_fd, name, &fd, &err);
	if (r == 0)
		r = kf_profile_read(fd, name, &profile, &err);
	if (r == 0 && kf_profile_grants(&profile, &grants) < 0)
		r = kf_oom(&err);
	if (r < 0) {
		kf_row(rows, KF_ROW_WARN, "grants", err.message);
		return;
	}
	show_age(rows, fd, saved);
	for (size_t i = 0; i < grants.count; i++)
		kf_row_list(rows, grants.items[i].what, &grants.items[i].items);
}

static int inspect(const struct kf_cli *cli, const char *prefix, struct kf_rows *rows, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	cleanup_free char *state_dir = NULL, *id = NULL;
	struct kf_error problem;

	(void)kf_config_load(cli->config_path, &config, &problem);

	int r = kf_state_dir(config, &state_dir, err);

	if (r == 0)
		r = find_id(state_dir, prefix, &id, err);
	if (r == 0)
		r = kf_record_read(state_dir, id, &saved, err);
	if (r < 0)
		return r;

	const struct kf_process_id *process = &saved.record.process;

	show_record(rows, &saved);
	if (config && kf_config_class(config, saved.record.runtime_handler).vm) {
		fact(rows, "process", "in a virtual machine: nothing of it can be seen from here");
		if (kf_config_class(config, saved.record.runtime_handler).delivery != KF_DELIVERY_GUEST)
			show_grants(rows, config, &saved);
		return 0;
	}
	if (process->pid <= 0 || !kf_process_id_alive(process)) {
		kf_row(rows, KF_ROW_FAIL, "process", "is gone: kubefence gc removes the record");
		return 0;
	}
	show_process(rows, process);
	show_mount(rows, process->pid, config ? config->nono_dir : NULL);
	show_grants(rows, config, &saved);
	return 0;
}

int kf_cli_inspect(const struct kf_cli *cli, int argc, char *argv[])
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct kf_rows rows = { 0 };
	struct kf_error err = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option == 'h')
			return fputs(usage, stdout) < 0 ? KF_CLI_PROBLEM : KF_CLI_OK;
		if (option != 'j')
			return KF_CLI_USAGE;
		rows.json = true;
	}
	if (optind != argc - 1 || !argv[optind][0]) {
		(void)fputs("kubefence: inspect takes one container (see kubefence list)\n", stderr);
		return KF_CLI_USAGE;
	}
	if (inspect(cli, argv[optind], &rows, &err) == 0)
		return kf_rows_end(&rows);
	(void)fprintf(stderr, "kubefence: %s\n", err.message);
	return KF_CLI_PROBLEM;
}
