/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"
#include "base/when.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/records.h"
#include "cli/row.h"
#include "node/mount-table.h"
#include "node/process-status.h"
#include "node/record.h"
#include "nono/dir.h"
#include "nono/profile-grants.h"
#include "policy/config.h"
#include "policy/names.h"

static const char usage[] = "Usage: kubefence inspect [-o FORMAT] CONTAINER    (or: status)\n"
			    "\n"
			    "Shows what is recorded of a sandboxed container and what the kernel says of it:\n"
			    "is /nono our directory, read-only and not covered, what runs as its first\n"
			    "process, no_new_privs, seccomp. Then what its profile grants, as its file says.\n"
			    "CONTAINER is an id or the beginning of one, a container's name, a pod's, or\n"
			    "POD/CONTAINER, NAMESPACE/POD, NAMESPACE/POD/CONTAINER.\n"
			    "\n"
			    "  -o, --output FORMAT  short (the default), json or yaml: one array\n"
			    "  -j, --json           the same as --output json\n"
			    "  -h, --help           this text\n";

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
	fact(rows, "name", record->container.name);
	fact(rows, "pod", record->container.pod);
	fact(rows, "namespace", record->container.namespace);
	fact(rows, "pod uid", record->container.pod_uid);
	fact(rows, "profile", record->profile);
	fact(rows, "runtime handler", record->handler);
	fact(rows, "bundle", record->container.bundle);
	fact(rows, "since", saved->timestamp);
	if (record->landlock_abi > 0) {
		(void)snprintf(abi, sizeof abi, "%d", record->landlock_abi);
		fact(rows, "Landlock ABI", abi);
	}
}

/* A superblock of the container's own has no other mount than this one, and copies of it. */
static bool is_own_superblock(const struct kf_nono_mount *mount, const struct kf_file_id *delivered)
{
	return kf_file_id_known(delivered) && mount->device == delivered->device && strcmp(mount->root, "/") == 0;
}

/* The table does not name the source of a bind mount, so the device and the directory on it are compared. */
static bool is_our_directory(const struct kf_nono_mount *mount, const struct kf_file_id *delivered,
			     const char *nono_dir)
{
	cleanup_free char *root = NULL;
	struct kf_error err = { 0 };
	dev_t device;

	if (is_own_superblock(mount, delivered))
		return true;
	return kf_mount_table_place(nono_dir, &root, &device, &err) == 0 && device == mount->device &&
	       strcmp(root, mount->root) == 0;
}

static void show_mount(struct kf_rows *rows, const struct kf_record *record, const char *nono_dir)
{
	struct kf_nono_mount mount;
	struct kf_error err = { 0 };

	if (kf_mount_table_nono(record->process.pid, &mount, &err) < 0) {
		kf_row(rows, KF_ROW_FAIL, "/nono", err.message);
		return;
	}
	if (!mount.mounted) {
		kf_row(rows, KF_ROW_FAIL, "/nono", "nothing is mounted there");
		return;
	}
	if (!nono_dir)
		fact(rows, "/nono", mount.root);
	else if (is_our_directory(&mount, &record->nono, nono_dir))
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
	/* nono always sets no_new_privs, and every Landlock domain needs it. */
	kf_row(rows, status.no_new_privs ? KF_ROW_OK : KF_ROW_FAIL, "no_new_privs",
	       status.no_new_privs ? "yes" : "no: the process is not sandboxed (yet?)");
	if (status.seccomp_mode >= 0 && status.seccomp_mode <= 2)
		fact(rows, "seccomp", modes[status.seccomp_mode]);
}

/* The container runs under the profile that nono read at its start; the file may have changed since. */
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

static bool is_vm(const struct kf_config *config, const struct kf_record *record)
{
	return config && kf_config_class(config, record->handler).vm;
}

static void show_all(struct kf_rows *rows, const struct kf_config *config, const struct kf_saved_record *saved)
{
	const struct kf_process_id *process = &saved->record.process;

	show_record(rows, saved);
	if (is_vm(config, &saved->record)) {
		fact(rows, "process", "in a virtual machine: nothing of it can be seen from here");
		if (kf_config_class(config, saved->record.handler).delivery != KF_DELIVERY_GUEST)
			show_grants(rows, config, saved);
		return;
	}
	if (process->pid <= 0 || !kf_process_id_alive(process)) {
		kf_row(rows, KF_ROW_FAIL, "process", "is gone: kubefence gc removes the record");
		return;
	}
	show_process(rows, process);
	show_mount(rows, &saved->record, config ? config->nono_dir : NULL);
	show_grants(rows, config, saved);
}

/* The first row says how all of them end. */
static void show_verdict(struct kf_rows *rows, const struct kf_config *config, const struct kf_saved_record *saved)
{
	struct kf_rows judged = { .quiet = true };
	cleanup_free char *text = NULL;
	int r;

	show_all(&judged, config, saved);
	if (judged.failed && !is_vm(config, &saved->record) && !kf_process_id_alive(&saved->record.process))
		r = kf_format(&text, "gone: its process has ended (kubefence gc removes the record)");
	else if (judged.failed)
		r = kf_format(&text, "not confined as it should be: %s", judged.failure);
	else if (is_vm(config, &saved->record))
		r = kf_format(&text, "started sandboxed under %s, in a virtual machine that cannot be looked into",
			      saved->record.profile);
	else
		r = kf_format(&text, "sandboxed under %s", saved->record.profile);
	kf_row(rows, judged.failed ? KF_ROW_FAIL : KF_ROW_OK, "verdict", r < 0 ? "out of memory" : text);
}

static int inspect(const struct kf_cli *cli, const char *word, struct kf_rows *rows, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	cleanup_free char *state_dir = NULL, *id = NULL;
	struct kf_error problem;

	(void)kf_config_load(cli->config_path, &config, &problem);

	int r = kf_config_state_dir(config, &state_dir, err);

	if (r == 0)
		r = kf_cli_records_find(state_dir, word, &id, err);
	if (r == 0)
		r = kf_record_read(state_dir, id, &saved, err);
	if (r < 0)
		return r;

	show_verdict(rows, config, &saved);
	show_all(rows, config, &saved);
	return 0;
}

int kf_cli_inspect(const struct kf_cli *cli, int argc, char *argv[])
{
	struct kf_rows rows = { 0 };
	struct kf_error err = { 0 };
	const char *format = NULL;
	enum kf_output output;
	const struct kf_cli_option options[] = { { .name = "output", .letter = 'o', .ret_value = &format },
						 { .name = "json", .letter = 'j', .ret_given = &rows.json },
						 { 0 } };
	int r = kf_cli_parse(argc, argv, usage, options, true);

	if (r != KF_CLI_GO_ON)
		return r;
	if (kf_output_parse(format, &output, &err) < 0)
		return kf_cli_misused("%s", err.message);
	if (optind != argc - 1 || !argv[optind][0])
		return kf_cli_misused("%s takes one container (see kubefence list)", argv[0]);
	rows.json |= output == KF_OUTPUT_JSON;
	rows.yaml = output == KF_OUTPUT_YAML;
	return inspect(cli, argv[optind], &rows, &err) < 0 ? kf_cli_fail(&err) : kf_rows_end(&rows);
}
