/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_DENIALS_EVENT_H
#define KF_DENIALS_EVENT_H

/*
 * One system call that failed, as watch.bpf.c and ptrace.c report it. BPF programs include this file, too: it uses the
 * types of <linux/types.h> alone.
 */
#include <linux/types.h>

enum {
	KF_EVENT_ARGS = 8, /* six, and a power of two */
	KF_EVENT_GROUPS = 32,
	KF_EVENT_NAME = 16,       /* TASK_COMM_LEN */
	KF_EVENT_PATH = 4096,     /* PATH_MAX: no system call takes more */
	KF_EVENT_ADDRESS = 128,   /* struct sockaddr_storage */
	KF_EVENT_TEXT = 16 * 1024 /* a power of two */
};

/*
 * The parts of an event's text, one after the other. A directory, and the program, is the components of its path from
 * the last one to the root, each with a NUL after it: "bin", "usr". A path is as the process wrote it.
 */
enum kf_event_part {
	KF_PART_DIRECTORY,     /* where PATH starts: the working directory, or the one of a descriptor */
	KF_PART_NEW_DIRECTORY, /* the same for NEW_PATH */
	KF_PART_PROGRAM,       /* the executable */
	KF_PART_PATH,
	KF_PART_NEW_PATH, /* of rename and link */
	KF_PART_ADDRESS,  /* struct sockaddr */
	KF_EVENT_PARTS
};

enum kf_event_flag {
	KF_EVENT_CUT = 1,        /* a part did not fit */
	KF_EVENT_UNREADABLE = 2, /* a path could not be read */
	KF_EVENT_FOREIGN = 4,    /* a 32-bit system call on a 64-bit kernel: its number is another table's */
};

/* The text follows it. */
struct kf_event {
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 args[KF_EVENT_ARGS];
	__u64 how_flags;      /* of openat2(2): flags of struct open_how */
	__u64 capabilities;   /* effective */
	__u32 watched;        /* the number of the watched container */
	__u32 pid, tid;       /* of the process and its thread, on the host */
	__u32 inner_pid;      /* of the process, in its own pid namespace */
	__u32 uid, gid;       /* of the file system, as the host counts them */
	__u32 user_namespace; /* its inode number */
	__u32 group_count;
	__u32 groups[KF_EVENT_GROUPS];
	__s32 number; /* of the system call */
	__s32 error;  /* errno, positive */
	__u32 flags;  /* enum kf_event_flag */
	char name[KF_EVENT_NAME];
	__u32 lengths[KF_EVENT_PARTS];
};

/* The roles of a system call's arguments, counted from 1; 0: the call has no such argument. */
struct kf_event_roles {
	__u8 known; /* the call is one that is watched */
	__u8 directory, path;
	__u8 new_directory, new_path;
	__u8 address, address_length;
	__u8 message;                /* struct msghdr with an address */
	__u8 how;                    /* struct open_how */
	__u8 from_cwd, new_from_cwd; /* without a directory argument the path starts at the working directory */
};

/* More than any architecture's table has numbers; the last one stands for all calls of KF_EVENT_FOREIGN. */
enum { KF_EVENT_CALLS = 512, KF_EVENT_FOREIGN_CALL = KF_EVENT_CALLS - 1 };

#endif
