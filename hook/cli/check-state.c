/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "cli/check-groups.h"
#include "node/record.h"

/* Connects to the socket that libsystemd writes to (sd_journal_sendv(3)). Connecting sends nothing. */
static void check_journal(struct kf_check *check)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		kf_check_warn(check, "journal", address.sun_path, "start systemd-journald.socket",
			      "%s: containers run, but no decision is logged", strerror(errno));
	else
		kf_check_ok(check, "journal", address.sun_path, "journald listens");
}

static void check_records(struct kf_check *check, const char *state_dir, const struct kf_list *ids)
{
	size_t stale = 0, damaged = 0;
	struct kf_error first = { 0 };

	for (size_t i = 0; i < ids->count; i++) {
		cleanup_saved_record struct kf_saved_record saved = { 0 };
		struct kf_error err = { 0 };
		int r = kf_record_read(state_dir, ids->items[i], &saved, &err);

		/* -ENOENT: the record went since the list was made, or is about to be written. */
		if (r < 0 && r != -ENOENT && damaged++ == 0)
			first = err;
		stale += r == 0 && !kf_record_may_live(&saved.record);
	}
	if (damaged > 0)
		kf_check_warn(check, "records", state_dir, "remove these records", "%zu of %zu cannot be read: %s",
			      damaged, ids->count, first.message);
	if (stale > 0)
		kf_check_warn(check, "records", state_dir, "kubefence gc (kubefence-gc.timer does it every hour)",
			      "%zu of %zu are of containers that are gone", stale, ids->count);
	if (damaged + stale == 0)
		kf_check_ok(check, "records", state_dir, "%zu, 0 of containers that are gone", ids->count);
}

void kf_check_state(struct kf_check *check)
{
	cleanup_free char *state_dir = NULL;
	struct kf_list ids = { 0 };
	struct kf_error err = { 0 };

	check_journal(check);
	if (kf_config_state_dir(check->config, &state_dir, &err) < 0)
		kf_check_fail(check, "records", "", "free memory", "%s", err.message);
	else if (kf_record_list(state_dir, &ids, &err) < 0)
		kf_check_fail(check, "records", state_dir,
			      "make it root's alone (0700), or remove it: it is made when it is needed", "%s",
			      err.message);
	else
		check_records(check, state_dir, &ids);
	kf_list_clear(&ids);
}
