/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_OPTIONS_H
#define KF_RUNTIME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The options of the programs whose place we take, by tables that say how many values each option has.
 *  - kf_option_take(): runc (urfave/cli) and crun (argp), both parsers at once. It takes the forms "--key value",
 *    "--key=value" and Go's "-key" with either, the unambiguous beginnings of long names that argp takes, and argp's
 *    bundled short options with values attached.
 *  - kf_go_flag_take(): containerd's shims (Go's flag package). One dash or two before a full name, and nothing else.
 */
enum kf_arity {
	KF_NO_VALUE,
	KF_VALUE,
	KF_OPTIONAL_VALUE, /* only in the same word: "--key=value", "-kvalue" */
};

/* One option: its long name, its short letter (0: none), and its meaning to the caller (0: none). */
struct kf_option {
	const char *name;
	char letter;
	enum kf_arity arity;
	int meaning;
};

/* The place of an option's value: ARGV[WORD] after its first OFFSET bytes. WORD 0: the option has no value. */
struct kf_option_value {
	int word;
	size_t offset;
	const char *text; /* the value itself, borrowed from ARGV; NULL: the option has no value */
};

/* Called for each option that has a meaning. */
typedef void (*kf_option_note)(void *data, int meaning, struct kf_option_value value);

/* Is this word an option: a dash and more? "-" alone is an argument. */
bool kf_is_option(const char *word);

/*
 * Takes the option at ARGV[I] (kf_is_option(), not "--") by TABLE, which ends with a zeroed entry, and tells NOTE.
 * Returns the number of its words (possibly beyond ARGC when its value is missing), or 0 if the table does not have it.
 */
int kf_option_take(const struct kf_option *table, int argc, char *const argv[], int i, kf_option_note note, void *data);

/* The same by the rules of Go's flag package. */
int kf_go_flag_take(const struct kf_option *table, int argc, char *const argv[], int i, kf_option_note note,
		    void *data);

#endif
