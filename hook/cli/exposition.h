/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_EXPOSITION_H
#define KF_CLI_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The metrics of kubefence metrics. Names and labels are part of the interface (kubefence(8)). */
enum kf_metric {
	KF_METRIC_BUILD_INFO,
	KF_METRIC_LANDLOCK,
	KF_METRIC_DECISIONS,
	KF_METRIC_EXECS,
	KF_METRIC_CONTAINERS,
	KF_METRIC_CHECK,
	KF_METRICS
};

/* A label and its value; a table of them ends with a zeroed one. The value NULL is "". */
struct kf_label {
	const char *name, *value;
};

/* A metric has at most so many series. Further ones are one, with the value "other" in each label. */
enum { KF_SERIES_MAX = 256 };

struct kf_series {
	char *labels; /* as they are printed, "" without any */
	uint64_t value;
};

/* Numbers that are gathered. Zeroed means none. */
struct kf_exposition {
	struct {
		struct kf_series *series;
		size_t count;
	} metrics[KF_METRICS];
};

/*
 * Adds VALUE to the series of METRIC with these labels. Values that are not plain text, or longer than 128 bytes, are
 * escaped and cut as kf_quote() does: a pod can have written them. 0 or -ENOMEM.
 */
int kf_exposition_add(struct kf_exposition *exposition, enum kf_metric metric, const struct kf_label labels[],
		      uint64_t value);

/*
 * Writes all of it in the text format of Prometheus ("Exposition formats", version 0.0.4). A metric without a series
 * has its head only. *RET is the caller's to free. 0 or -ENOMEM.
 */
int kf_exposition_text(const struct kf_exposition *exposition, char **ret);

void kf_exposition_done(struct kf_exposition *exposition);

#define cleanup_exposition KF_CLEANUP(kf_exposition_done)

#endif
