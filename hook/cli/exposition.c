/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exposition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const struct {
	const char *name, *type, *help;
} metrics[KF_METRICS] = {
	[KF_METRIC_BUILD_INFO] = { "kubefence_build_info", "gauge", "The version of kubefence." },
	[KF_METRIC_LANDLOCK] = { "kubefence_landlock_abi", "gauge",
				 "The Landlock ABI of the kernel, 0 without Landlock." },
	[KF_METRIC_DECISIONS] = { "kubefence_decisions_total", "counter",
				  "Decisions about containers that are in the journal." },
	[KF_METRIC_EXECS] = { "kubefence_execs_total", "counter",
			      "Decisions about further processes in containers that are in the journal." },
	[KF_METRIC_CONTAINERS] = { "kubefence_containers", "gauge",
				   "Records of sandboxed containers; stale: the container has gone." },
	[KF_METRIC_CHECK] = { "kubefence_check", "gauge", "The rows of kubefence check that have this status." },
};

/* A label's value is in quotes, with backslashes, quotes and line ends escaped; kf_quote() leaves no line end. */
static int print_value(FILE *stream, const char *value)
{
	char quoted[KF_QUOTED_MAX];

	for (const char *c = kf_quote(quoted, value ? value : ""); *c; c++)
		if (fprintf(stream, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c) < 0)
			return -ENOMEM;
	return 0;
}

static int print_labels(const struct kf_label labels[], bool other, char **ret)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	int r = stream ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && labels[i].name; i++) {
		(void)fprintf(stream, "%s%s=\"", i ? "," : "{", labels[i].name);
		r = print_value(stream, other ? "other" : labels[i].value);
		(void)fprintf(stream, "\"%s", labels[i + 1].name ? "" : "}");
	}
	if (stream && fclose(stream) != 0)
		r = -ENOMEM;
	if (r == 0)
		*ret = kf_steal_string(&text);
	return r;
}

static struct kf_series *find(struct kf_exposition *exposition, enum kf_metric metric, const char *labels)
{
	for (size_t i = 0; i < exposition->metrics[metric].count; i++)
		if (strcmp(exposition->metrics[metric].series[i].labels, labels) == 0)
			return &exposition->metrics[metric].series[i];
	return NULL;
}

static int append(struct kf_exposition *exposition, enum kf_metric metric, char *labels, uint64_t value)
{
	size_t count = exposition->metrics[metric].count;
	struct kf_series *series =
		reallocarray(exposition->metrics[metric].series, count + 1, sizeof(struct kf_series));

	if (!series)
		return -ENOMEM;
	exposition->metrics[metric].series = series;
	series[count] = (struct kf_series){ .labels = labels, .value = value };
	exposition->metrics[metric].count++;
	return 0;
}

static int add(struct kf_exposition *exposition, enum kf_metric metric, const struct kf_label labels[], bool other,
	       uint64_t value)
{
	cleanup_free char *text = NULL;
	struct kf_series *series;
	int r = print_labels(labels, other, &text);

	if (r < 0)
		return r;
	series = find(exposition, metric, text);
	if (series) {
		series->value += value;
		return 0;
	}
	if (!other && exposition->metrics[metric].count >= KF_SERIES_MAX)
		return 1;
	r = append(exposition, metric, text, value);
	if (r == 0)
		(void)kf_steal_string(&text);
	return r;
}

int kf_exposition_add(struct kf_exposition *exposition, enum kf_metric metric, const struct kf_label labels[],
		      uint64_t value)
{
	int r = add(exposition, metric, labels, false, value);

	return r > 0 ? add(exposition, metric, labels, true, value) : r;
}

int kf_exposition_text(const struct kf_exposition *exposition, char **ret)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < KF_METRICS; i++) {
		(void)fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name, metrics[i].help, metrics[i].name,
			      metrics[i].type);
		for (size_t k = 0; k < exposition->metrics[i].count; k++)
			(void)fprintf(stream, "%s%s %" PRIu64 "\n", metrics[i].name,
				      exposition->metrics[i].series[k].labels, exposition->metrics[i].series[k].value);
	}
	/* A stream in memory fails only without memory. */
	if (ferror(stream) | fclose(stream))
		return -ENOMEM;
	*ret = kf_steal_string(&text);
	return 0;
}

void kf_exposition_done(struct kf_exposition *exposition)
{
	for (size_t i = 0; i < KF_METRICS; i++) {
		for (size_t k = 0; k < exposition->metrics[i].count; k++)
			free(exposition->metrics[i].series[k].labels);
		free(exposition->metrics[i].series);
	}
	*exposition = (struct kf_exposition){ 0 };
}
