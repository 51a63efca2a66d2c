/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/format.h"
#include "node/record.h"
#include "policy/config.h"

/* A user has no business in root's directory, and the message of the library would tell the user to remove it. */
static int list_ids(const char *state_dir, struct kf_list *ret, struct kf_error *err)
{
	int r = kf_record_list(state_dir, ret, err);

	if ((r != -EPERM && r != -EACCES) || geteuid() == 0)
		return r;
	return kf_fail(err, -r, "the records in %s are not this user's: look at them as root (sudo)", state_dir);
}

int kf_cli_records_load(const struct kf_cli *cli, struct kf_cli_records *ret, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	struct kf_error problem;

	(void)kf_config_load(cli->config_path, &config, &problem);

	int r = kf_config_state_dir(config, &ret->state_dir, err);

	if (r == 0 && !config)
		(void)fprintf(stderr, "kubefence: %s: looking at %s\n", problem.message, ret->state_dir);
	return r < 0 ? r : list_ids(ret->state_dir, &ret->ids, err);
}

void kf_cli_records_done(struct kf_cli_records *records)
{
	free(records->state_dir);
	kf_list_clear(&records->ids);
}

/* Does WORD begin with PART, and end there or go on with a slash? Then *WORD is what follows. */
static bool take_part(const char **word, const char *part)
{
	size_t length = part ? strlen(part) : 0;

	if (length == 0 || strncmp(*word, part, length) != 0 || (*word + length)[0] != '/')
		return false;
	*word += length + 1;
	return true;
}

static bool equals(const char *word, const char *name)
{
	return name && name[0] && strcmp(word, name) == 0;
}

bool kf_cli_is_called(const struct kf_container *container, const char *word)
{
	const char *rest = word;

	if (!word[0])
		return false;
	if (container->id && strncmp(container->id, word, strlen(word)) == 0)
		return true;
	if (equals(word, container->name) || equals(word, container->pod))
		return true;
	if (take_part(&rest, container->pod) && equals(rest, container->name))
		return true;
	rest = word;
	if (!take_part(&rest, container->namespace))
		return false;
	return equals(rest, container->pod) || (take_part(&rest, container->pod) && equals(rest, container->name));
}

const char *kf_cli_rights_hint(void)
{
	return geteuid() == 0 ? "" : ": as this user you see only your own containers, all of the node as root (sudo)";
}

enum { LISTED_MAX = 4 };

/* The containers that a word names, in words for people. */
struct matches {
	struct kf_list ids;
	char *text;
};

static int add_match(struct matches *matches, const struct kf_container *container)
{
	cleanup_free char *before = kf_steal_string(&matches->text), *names = NULL;
	char quoted[KF_QUOTED_MAX];
	int r = kf_list_add(&matches->ids, container->id, strlen(container->id));

	if (r == 0)
		r = kf_format(&names, "%s/%s/%s", container->namespace ? container->namespace : "",
			      container->pod ? container->pod : "", container->name ? container->name : "");
	if (r == 0 && matches->ids.count <= LISTED_MAX)
		r = kf_format(&matches->text, "%s%s%.12s (%s)", before ? before : "", before ? ", " : "", container->id,
			      kf_quote(quoted, names));
	else if (r == 0)
		matches->text = kf_steal_string(&before);
	return r;
}

/* A record that cannot be read is found by its id alone. */
static int match_record(const char *state_dir, const char *id, const char *word, struct matches *matches)
{
	cleanup_saved_record struct kf_saved_record saved = { 0 };
	struct kf_container container = { .id = id };
	struct kf_error unused;

	if (kf_record_read(state_dir, id, &saved, &unused) == 0)
		container = saved.record.container;
	return kf_cli_is_called(&container, word) ? add_match(matches, &container) : 0;
}

static int find_matches(const char *state_dir, const char *word, struct matches *matches, struct kf_error *err)
{
	cleanup_list struct kf_list ids = { 0 };
	int r = list_ids(state_dir, &ids, err);

	if (r < 0)
		return r;
	if (kf_list_has(&ids, word))
		return kf_list_add(&matches->ids, word, strlen(word)) < 0 ? kf_oom(err) : 0;
	for (size_t i = 0; r == 0 && i < ids.count; i++)
		r = match_record(state_dir, ids.items[i], word, matches);
	return r < 0 ? kf_oom(err) : 0;
}

int kf_cli_records_find(const char *state_dir, const char *word, char **ret, struct kf_error *err)
{
	struct matches matches = { 0 };
	char quoted[KF_QUOTED_MAX];
	int r = find_matches(state_dir, word, &matches, err);

	if (r == 0 && matches.ids.count == 0)
		r = kf_fail(err, ENOENT, "no record of container %s: not sandboxed, or gone (kubefence list)%s",
			    kf_quote(quoted, word), kf_cli_rights_hint());
	else if (r == 0 && matches.ids.count > 1)
		r = kf_fail(err, EINVAL, "%s is more than one container, say more of its id: %s%s",
			    kf_quote(quoted, word), matches.text, matches.ids.count > LISTED_MAX ? ", ..." : "");
	else if (r == 0 && !(*ret = strdup(matches.ids.items[0])))
		r = kf_oom(err);
	kf_list_clear(&matches.ids);
	free(matches.text);
	return r;
}
