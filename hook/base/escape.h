/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_ESCAPE_H
#define KF_BASE_ESCAPE_H

#include <stdbool.h>

/*
 * Text on its way to a terminal. There are four functions, because they answer four needs:
 *  - kf_escape(): a whole text of a command's output. Printable ASCII stays, also '\': a message may hold what
 * kf_quote() has escaped already.
 *  - kf_quote() (base/error.h): one value within a message, in a buffer of a fixed size. It escapes '\' too, so that no
 *    value can imitate an escape, and cuts a long one.
 *  - kf_escape_word(): one whole value, such as a path, in a line of values. It escapes '\' and blanks, too.
 *  - kf_json_ascii() (base/json-ascii.h): a JSON document, which has to mean the same afterwards.
 */

/* Does TEXT consist of printable ASCII? */
bool kf_is_plain(const char *text);

/* Writes every byte of TEXT that is not printable ASCII as \xNN. *RET is the caller's to free. 0 or -ENOMEM. */
int kf_escape(const char *text, char **ret);

/* The same, and blanks and '\' are escaped, too: no value can imitate an escape or another value. */
int kf_escape_word(const char *text, char **ret);

#endif
