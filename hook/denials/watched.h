/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_WATCHED_H
#define KF_DENIALS_WATCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "node/record.h"

struct kf_error;

/*
 * A container whose denials are looked for. Its descriptors keep its namespaces, so that their numbers do not become
 * those of others while it is watched, and questions about its files can be asked when it has ended.
 */
struct kf_watched {
	char *id, *pod, *namespace, *name, *profile, *handler, *bundle;
	struct kf_process_id process;      /* its first one */
	int mount_fd, user_fd, network_fd; /* its namespaces */
	uint32_t mount_namespace;          /* the inode numbers of namespaces (namespaces(7)) */
	uint32_t user_namespace;
	uint32_t pid_namespace;  /* 0: not its own alone */
	bool own_users;          /* it has a user namespace */
	char *uid_map, *gid_map; /* of its first process, as in /proc (user_namespaces(7)) */
	bool ended;
};

/*
 * Looks at the first process of the container of RECORD. *RET is the caller's to clean up. -ESRCH, with a message, if
 * it has ended; -ENOTSUP if the record names no process, or it shares the mount namespace of this process; or an error
 * of reading /proc.
 */
int kf_watched_open(const struct kf_record *record, struct kf_watched *ret, struct kf_error *err);

/* Closes the descriptors of a container that has ended; its names stay. */
void kf_watched_close(struct kf_watched *watched);

void kf_watched_done(struct kf_watched *watched);

#define KF_WATCHED_NONE ((struct kf_watched){ .mount_fd = -1, .user_fd = -1, .network_fd = -1 })
#define cleanup_watched KF_CLEANUP(kf_watched_done)

#endif
