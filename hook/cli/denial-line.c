/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/denial-line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"

/* Leaves a missing value out. What is not plain text is escaped before json-c sees it. */
static int set(struct json_object *object, const char *key, const char *value)
{
	cleanup_free char *escaped = NULL;

	if (!value || !value[0])
		return 0;
	if (kf_is_plain(value))
		return kf_json_set_string(object, key, value);
	return kf_escape_word(value, &escaped) < 0 ? -ENOMEM : kf_json_set_string(object, key, escaped);
}

static int print_document(const struct kf_watched *watched, const struct kf_denial *denial, enum kf_output output)
{
	cleanup_json struct json_object *object = json_object_new_object();
	char time[KF_TIMESTAMP_MAX];

	(void)kf_clock_format((time_t)(denial->time_usec / 1000000), time);
	if (!object || set(object, "time", time) < 0 || set(object, "container_id", watched->id) < 0 ||
	    set(object, "namespace", watched->namespace) < 0 || set(object, "pod", watched->pod) < 0 ||
	    set(object, "container", watched->name) < 0 ||
	    kf_json_set(object, "process", json_object_new_int(denial->pid)) < 0 ||
	    set(object, "program", denial->program) < 0 ||
	    set(object, "operation", kf_operation_name(denial->operation)) < 0 ||
	    set(object, "path", denial->path) < 0 || set(object, "new_path", denial->new_path) < 0 ||
	    set(object, "target", denial->target) < 0 || set(object, "error", strerrorname_np(denial->error)) < 0 ||
	    set(object, "cause", kf_cause_name(denial->cause)) < 0 ||
	    kf_json_set(object, "count", json_object_new_uint64(denial->count)) < 0)
		return -ENOMEM;

	return kf_output_document(object, output);
}

static int print_value(const char *before, const char *value)
{
	cleanup_free char *escaped = NULL;

	if (!value || !value[0])
		return 0;
	if (kf_escape_word(value, &escaped) < 0)
		return -ENOMEM;
	return printf("%s%s", before, escaped) < 0 ? -EIO : 0;
}

static int print_short(const struct kf_watched *watched, const struct kf_denial *denial)
{
	char time[KF_TIMESTAMP_MAX], id[13];

	(void)snprintf(id, sizeof id, "%s", watched->id);
	(void)printf("%s %-8s", kf_clock_format((time_t)(denial->time_usec / 1000000), time),
		     kf_operation_name(denial->operation));
	if (print_value(" ", denial->path) < 0 || print_value(" -> ", denial->new_path) < 0)
		return -ENOMEM;
	/* kubefence makes the target itself, blanks included. The name of a socket is the container's. */
	if (denial->target && strncmp(denial->target, "unix:", strlen("unix:")) != 0)
		(void)printf(" %s", denial->target);
	else if (print_value(" ", denial->target) < 0)
		return -ENOMEM;
	(void)printf(" %s cause=%s times=%llu", strerrorname_np(denial->error), kf_cause_name(denial->cause),
		     (unsigned long long)denial->count);
	if (print_value(" pod=", watched->pod) < 0 ||
	    print_value(" container=", watched->name[0] ? watched->name : id) < 0)
		return -ENOMEM;
	(void)printf(" process=%d", (int)denial->pid);
	if (print_value(" program=", denial->program) < 0)
		return -ENOMEM;
	return puts("") >= 0 ? 0 : -EIO;
}

int kf_denial_line_print(const struct kf_watched *watched, const struct kf_denial *denial, enum kf_output output)
{
	return kf_output_is_document(output) ? print_document(watched, denial, output) : print_short(watched, denial);
}
