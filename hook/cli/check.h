/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_CLI_CHECK_H
#define KF_CLI_CHECK_H

/*
 * kubefence check: one file for each group of things it looks at. A group prints its rows and goes on whatever it
 * finds; what is not on this node, and need not be, has no row. Nothing is changed.
 */
#include "base/list.h"
#include "cli/row.h"
#include "policy/config.h"

struct kf_check {
	struct kf_rows rows;
	bool verbose;                   /* every value of the configuration, too */
	const char *config_path;        /* as in struct kf_cli */
	const struct kf_config *config; /* NULL: unusable; then there are no classes to look at */
};

/*
 * Print one row: the word for the check, what was looked at, and the message, which with kf_check_warn() and
 * kf_check_fail() comes with what there is to do.
 */
void kf_check_ok(struct kf_check *check, const char *name, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void kf_check_warn(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));
void kf_check_fail(struct kf_check *check, const char *name, const char *subject, const char *remedy, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));

/* Landlock, and the other security modules. */
void kf_check_kernel(struct kf_check *check);

/* nono, the profiles, their directory. */
void kf_check_nono(struct kf_check *check);

/* Our own hook, and for each class what it needs: the real runtime, a seccomp profile. */
void kf_check_classes(struct kf_check *check);

/* Is a class's shim on this node, or does it need none? The Kata class that is configured everywhere needs no Kata. */
bool kf_check_class_is_here(const struct kf_class_settings *class);

/* The container engines that are on this node: is each class's handler ours, are the hooks in force? */
void kf_check_engines(struct kf_check *check);

/*
 * The hook JSONs in DIRS, which ENGINE reads in this order (a later file replaces an earlier one of the same name).
 * PRECREATE: it knows that stage, as only Podman does.
 */
void kf_check_hooks(struct kf_check *check, const char *engine, const struct kf_list *dirs, bool precreate);

/* The journal, and the records of containers. */
void kf_check_state(struct kf_check *check);

#endif
