/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_SCAN_H
#define KF_BASE_JSON_SCAN_H

#include <stddef.h>

/* An OCI spec nests about ten deep; the rest is for fields that do not exist yet. */
enum { KF_JSON_DEPTH_MAX = 64 };

/*
 * What json-c does not tell about a text: it accepts NaN, single quotes and raw control characters even when asked
 * to be strict, lets the last of two equal keys win, and cuts integers to 64 bits. One pass over the text finds
 * these, and how much of it there has to be: without memory json-c leaves parts of strings out. It is no parser: what
 * it lets through is JSON only if json-c accepts it, too; but for what that is not given to read.
 */
struct kf_json_number {
	size_t ordinal; /* its place among the numbers of the document, from 0 */
	size_t offset, length;
};

/* The member INNER of the object OUTER of a document. */
struct kf_json_path {
	const char *outer, *inner;
};

/* What is counted is all but what is inside the unread object. */
struct kf_json_scan {
	size_t bytes;   /* of all strings, keys too, unescaped, and of all numbers with a fraction or exponent */
	size_t members; /* "key": value pairs in the text; fewer in the tree means that a key stands twice */
	struct kf_json_number *odd_numbers; /* integers that json-c would write back differently: -0, beyond 64 bits */
	size_t odd_count;
	size_t unread_offset, unread_length; /* 0: there is none */
};

/*
 * Scans LENGTH bytes at TEXT. If the member UNREAD (may be NULL) is an object, it is proved to be JSON, and where it
 * stands is told. 0, -EINVAL with *RET_OFFSET at the offending byte, or -ENOMEM.
 */
int kf_json_scan(const char *text, size_t length, const struct kf_json_path *unread, struct kf_json_scan *ret,
		 size_t *ret_offset);

/* Frees what a scan holds. */
void kf_json_scan_done(struct kf_json_scan *scan);

#endif
