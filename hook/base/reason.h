/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_REASON_H
#define KF_BASE_REASON_H

#include "base/exit-code.h"

/*
 * Why a decision was made: the name here, the word for NONO_REASON in the journal, and the exit code with which
 * kubefence-hook denies a container for that reason. A new reason is one line here and one in kubefence-hook(8), which
 * tests/unit/test-reason.c holds against each other. The first one, zero, is the reason of an error until a function
 * states another.
 */
#define KF_REASONS(REASON)                                                                                             \
	REASON(INTERNAL_ERROR, "internal_error", KF_EXIT_INTERNAL)                                                     \
	/* The container opted in, or it did not. */                                                                   \
	REASON(RUNTIME_CLASS_MATCHED, "runtime_class_matched", KF_EXIT_INTERNAL)                                       \
	REASON(NO_RUNTIME_HANDLER, "no_runtime_handler", KF_EXIT_INTERNAL)                                             \
	REASON(RUNTIME_CLASS_NOT_MATCHED, "runtime_class_not_matched", KF_EXIT_INTERNAL)                               \
	REASON(PAUSE_CONTAINER, "sandbox_container", KF_EXIT_INTERNAL)                                                 \
	REASON(CLASS_UNKNOWN, "class_unknown", KF_EXIT_CONFIG)                                                         \
	/* It cannot be confined. */                                                                                   \
	REASON(PROFILE_INVALID, "profile_invalid", KF_EXIT_PROFILE)                                                    \
	REASON(PROFILE_NOT_ALLOWED, "profile_not_allowed", KF_EXIT_PROFILE)                                            \
	REASON(ALLOW_REFUSED, "allow_refused", KF_EXIT_PROFILE)                                                        \
	REASON(CONFIG_INVALID, "config_invalid", KF_EXIT_CONFIG)                                                       \
	REASON(STATE_INVALID, "state_invalid", KF_EXIT_STATE)                                                          \
	REASON(SPEC_INVALID, "spec_invalid", KF_EXIT_SPEC)                                                             \
	REASON(PROFILE_REFUSED, "profile_refused", KF_EXIT_PROFILE)                                                    \
	REASON(PRIVILEGES_REFUSED, "privileges_refused", KF_EXIT_SPEC)                                                 \
	REASON(RESTORE_REFUSED, "restore_refused", KF_EXIT_STATE)                                                      \
	REASON(COMMAND_NOT_FOUND, "command_not_found", KF_EXIT_SPEC)                                                   \
	REASON(SECCOMP_REFUSED, "seccomp_refused", KF_EXIT_SPEC)                                                       \
	REASON(NOT_WRAPPED, "not_wrapped", KF_EXIT_NOT_WRAPPED)                                                        \
	REASON(NONO_UNTRUSTED, "nono_untrusted", KF_EXIT_NONO_DIR)                                                     \
	REASON(LANDLOCK_UNAVAILABLE, "landlock_unavailable", KF_EXIT_LANDLOCK)                                         \
	REASON(MOUNT_REFUSED, "mount_refused", KF_EXIT_MOUNT)                                                          \
	REASON(RECORD_FAILED, "record_failed", KF_EXIT_RECORD)                                                         \
	/* It is for a further process in a container, which no hook sees. */                                          \
	REASON(EXEC_DENIED, "exec_denied", KF_EXIT_INTERNAL)                                                           \
	REASON(EXEC_ALLOWED, "exec_allowed", KF_EXIT_INTERNAL)                                                         \
	REASON(CONTAINER_UNKNOWN, "container_unknown", KF_EXIT_INTERNAL)                                               \
	REASON(NO_SUCH_CONTAINER, "no_such_container", KF_EXIT_INTERNAL)                                               \
	REASON(PROCESS_INVALID, "process_invalid", KF_EXIT_INTERNAL)

#define KF_REASON_ENUMERATOR(name, word, exit_code) KF_REASON_##name,
enum kf_reason { KF_REASONS(KF_REASON_ENUMERATOR) KF_REASON_COUNT };
#undef KF_REASON_ENUMERATOR

/* The word for NONO_REASON. A static string. */
const char *kf_reason_name(enum kf_reason reason);

/* The exit code of kubefence-hook for a denial with this REASON, and KF_EXIT_INTERNAL for any other number.
 */
enum kf_exit_code kf_reason_exit_code(enum kf_reason reason);

#endif
