/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_OUTPUT_H
#define KF_CLI_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>

struct kf_error;

/* The formats of output. Zero is the one for people. */
enum kf_output { KF_OUTPUT_SHORT, KF_OUTPUT_WIDE, KF_OUTPUT_JSON, KF_OUTPUT_YAML };

/* Reads the value of --output; TEXT NULL: KF_OUTPUT_SHORT. 0, or -EINVAL with a message that names the formats. */
int kf_output_parse(const char *text, enum kf_output *ret, struct kf_error *err);

/* Is it a format for programs? */
static inline bool kf_output_is_document(enum kf_output output)
{
	return output == KF_OUTPUT_JSON || output == KF_OUTPUT_YAML;
}

/*
 * Prints one of many documents: JSON on one line, or YAML after a line "---". Strings of YAML are quoted as in JSON, so
 * that none is read as a number, a date or a further line. OUTPUT is one of the two. 0, -ENOMEM or -EIO.
 */
int kf_output_document(struct json_object *document, enum kf_output output);

/* Prints DOCUMENT as one item of a YAML list. 0, -ENOMEM or -EIO. */
int kf_output_yaml_item(struct json_object *document);

#endif
