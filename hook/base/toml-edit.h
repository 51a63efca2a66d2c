/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_TOML_EDIT_H
#define KF_BASE_TOML_EDIT_H

struct kf_error;

/*
 * Edits of TOML text by its lines (toml-lines.h) that leave every other byte alone. KEY is a key before the first
 * table, and VALUE a string without quotes, backslashes and control characters. *RET is the text with the edit, or a
 * copy of it if there is nothing to edit; it is the caller's to free. 0, -ENOMEM, or as said.
 */

/*
 * Adds VALUE to the array KEY as its last string, or a line `KEY = ["VALUE"]` after the one with `version`, or as the
 * first line. -EINVAL if KEY is not an array.
 */
int kf_toml_add_string(const char *text, const char *key, const char *value, char **ret, struct kf_error *err);

/*
 * Takes VALUE out of the array KEY, with its comma. With DROP_EMPTY, the line goes too if it is then an empty array as
 * kf_toml_add_string() writes one.
 */
int kf_toml_remove_string(const char *text, const char *key, const char *value, _Bool drop_empty, char **ret,
			  struct kf_error *err);

/* Removes the table NAME and all tables in it, from the header to the next one that is not, with the comments in
 * between. */
int kf_toml_remove_table(const char *text, const char *name, char **ret, struct kf_error *err);

#endif
