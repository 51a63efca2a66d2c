/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CONFIG_KEYS_H
#define KF_POLICY_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct kf_config;
struct kf_error;

/* May this stand between the brackets of a section: "kubefence" or "class NAME"? */
bool kf_config_section_valid(const char *section);

/*
 * Sets one key of one section. CONTINUED: the value stood on an indented line of its own and adds to a list. ERR's
 * message says what is wrong with the key or the value, without file and line. 0, -EINVAL or -ENOMEM.
 */
int kf_config_set(struct kf_config *config, const char *section, const char *key, const char *value, bool continued,
		  struct kf_error *err);

/* The name of the INDEXth key of [kubefence], or OF_CLASS of [class NAME]; NULL behind the last one. Static. */
const char *kf_config_key_name(bool of_class, size_t index);

/* Fills in the defaults and checks what must be there once all files are read. */
int kf_config_complete(struct kf_config *config, struct kf_error *err);

#endif
