/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_SCAN_H
#define KF_BASE_JSON_SCAN_H

#include <stddef.h>

/*
 * What json-c does not tell about a text: it accepts NaN, single quotes and raw control characters even when asked
 * to be strict, lets the last of two equal keys win, and cuts integers to 64 bits. One pass over the text finds
 * these, and how much of it there has to be: without memory json-c leaves parts of strings out. It is no parser: json-c
 * has already accepted the text.
 */
struct kf_json_number {
	size_t ordinal; /* its place among the numbers of the document, from 0 */
	size_t offset, length;
};

struct kf_json_scan {
	size_t bytes;   /* of all strings, keys too, unescaped, and of all numbers with a fraction or exponent */
	size_t members; /* "key": value pairs in the text; fewer in the tree means that a key stands twice */
	struct kf_json_number *odd_numbers; /* integers that json-c would write back differently: -0, beyond 64 bits */
	size_t odd_count;
};

/* Scans LENGTH bytes at TEXT. 0, -EINVAL with *RET_OFFSET at the offending byte, or -ENOMEM. */
int kf_json_scan(const char *text, size_t length, struct kf_json_scan *ret, size_t *ret_offset);

/* Frees what a scan holds. */
void kf_json_scan_done(struct kf_json_scan *scan);

#endif
