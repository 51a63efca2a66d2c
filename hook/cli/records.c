/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "node/record.h"
#include "policy/config.h"

int kf_cli_records_load(const struct kf_cli *cli, struct kf_cli_records *ret, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_error problem;

	(void)kf_config_load(cli->config_path, &config, &problem);

	int r = kf_config_state_dir(config, &ret->state_dir, err);

	if (r == 0 && !config)
		(void)fprintf(stderr, "kubefence: %s: looking at %s\n", problem.message, ret->state_dir);
	return r < 0 ? r : kf_record_list(ret->state_dir, &ret->ids, err);
}

void kf_cli_records_done(struct kf_cli_records *records)
{
	free(records->state_dir);
	kf_list_clear(&records->ids);
}

/* The id that equals PREFIX, else one that starts with it; NULL if no id does. */
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

int kf_cli_records_find(const char *state_dir, const char *prefix, char **ret, struct kf_error *err)
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
			r = kf_fail(err, EINVAL, "more than one container's id starts with %s: give more of it",
				    kf_quote(quoted, prefix));
		else if (!(*ret = strdup(found)))
			r = kf_oom(err);
	}
	kf_list_clear(&ids);
	return r;
}
