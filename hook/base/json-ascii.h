/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_ASCII_H
#define KF_BASE_JSON_ASCII_H

#include <stddef.h>

/*
 * The JSON in the LENGTH bytes at TEXT, written with printable ASCII and line ends only: every other character, which
 * can only be in a string, becomes \uNNNN (RFC 8259, section 7). The document means the same, and a terminal executes
 * nothing of it. A byte that is not UTF-8 becomes \ufffd. *RET is NUL-terminated and the caller's to free. 0 or
 * -ENOMEM.
 */
int kf_json_ascii(const char *text, size_t length, char **ret, size_t *ret_length);

#endif
