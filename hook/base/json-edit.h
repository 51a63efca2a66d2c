/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_JSON_EDIT_H
#define KF_BASE_JSON_EDIT_H

struct kf_error;

/*
 * Edits of JSON text (RFC 8259) that leave every other byte alone: a number that a reader would round stays as it is
 * written. TEXT is an object whose member OBJECT is, or is to be, an object; NAME is a member of that one. Both names
 * are without characters that JSON escapes. *RET is the caller's to free. -EINVAL if TEXT is not a JSON object or has a
 * key twice (see enum kf_json_mode, STRICT), or if OBJECT is not an object; -ENOMEM.
 */

/*
 * Adds NAME with VALUE, which is JSON text, and OBJECT where it is missing. TEXT may be blank: it becomes an object. A
 * copy of TEXT if NAME is there with that value, -EEXIST if it has another one.
 */
int kf_json_add_member(const char *text, const char *object, const char *name, const char *value, char **ret,
		       struct kf_error *err);

/*
 * Removes NAME if each member of VALUE is in it, and OBJECT if it is then empty; a copy of TEXT if NAME is not there,
 * -EEXIST if NAME is not an object with them.
 */
int kf_json_remove_member(const char *text, const char *object, const char *name, const char *value, char **ret,
			  struct kf_error *err);

#endif
