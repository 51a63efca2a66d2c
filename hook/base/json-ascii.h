/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_ASCII_H
#define KF_BASE_JSON_ASCII_H

#include <stddef.h>

/*
 * The JSON in the LENGTH bytes at TEXT, written with printable ASCII and line ends only: what else stands in it, which
 * can only be in strings, becomes \uNNNN (RFC 8259, section 7). It means the same then, and a terminal makes nothing
 * of it. A byte that is no UTF-8 becomes \ufffd. *RET is NUL-terminated and the caller's to free. 0 or -ENOMEM.
 */
int kf_json_ascii(const char *text, size_t length, char **ret, size_t *ret_length);

#endif
