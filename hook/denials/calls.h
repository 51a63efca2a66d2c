/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_CALLS_H
#define KF_DENIALS_CALLS_H

#include <stdint.h>

#include "denials/event.h"

/* The things that Landlock can refuse (Documentation/userspace-api/landlock.rst), in the words of the reports. */
enum kf_operation {
	KF_OP_READ, /* the calls that open files are KF_OP_READ in the table; their flags tell which of three it is */
	KF_OP_WRITE,
	KF_OP_CREATE,
	KF_OP_EXEC,
	KF_OP_MKDIR,
	KF_OP_MKNOD,
	KF_OP_SYMLINK,
	KF_OP_LINK,
	KF_OP_RENAME,
	KF_OP_UNLINK,
	KF_OP_RMDIR,
	KF_OP_TRUNCATE,
	KF_OP_IOCTL,
	KF_OP_SOCKET,
	KF_OP_BIND,
	KF_OP_CONNECT,
	KF_OP_SEND,
	KF_OP_SIGNAL,
	KF_OP_PTRACE,
	KF_OP_MOUNT,
	KF_OP_FOREIGN, /* a 32-bit system call, known only as such */
};

/* One system call of the table. The arguments are counted from 1; 0: the call has no such argument. */
struct kf_call {
	int number;
	enum kf_operation operation;
	struct kf_event_roles roles;
	uint8_t flags;   /* the flags of open(2) */
	uint8_t process; /* a process or thread by its number */
	uint8_t signal;  /* the number of a signal */
};

/* All calls that are watched, and their number. */
extern const struct kf_call kf_calls[];
extern const unsigned int kf_call_count;

/* The call with that number of this architecture, or NULL. */
const struct kf_call *kf_call_find(int number);

/* The word for OPERATION. Static. */
const char *kf_operation_name(enum kf_operation operation);

#endif
