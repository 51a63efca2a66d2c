/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports the system calls of watched containers that failed with EACCES, EPERM or EXDEV. It sits on the raw tracepoint
 * sys_exit alone: the registers still have the arguments there, and the kernel has read the paths, so that they are in
 * memory. Any other call costs two comparisons.
 *
 * The structures are the few members that are read, at the places that the running kernel has them (CO-RE).
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

enum {
	COMPONENTS_MAX = 48,
	COMPONENT_ROOM = 256, /* NAME_MAX and a NUL */
	NESTED_MAX = 8,       /* pid namespaces in a container that are looked through */
	AT_FDCWD = -100,
	COMPAT = 2, /* TS_COMPAT of arch/x86/include/asm/thread_info.h */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct pid_namespace *parent;
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct user_namespace {
	struct ns_common ns;
};

struct id {
	unsigned int val;
};

struct group_info {
	int ngroups;
	struct id gid[1];
};

/* Other members before Linux 6.3, but the same 64 bits. */
struct capabilities {
	__u64 val;
};

struct cred {
	struct id fsuid;
	struct id fsgid;
	struct capabilities cap_effective;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct mm_struct {
	struct file *exe_file;
};

struct thread_info {
	unsigned int status;
};

struct task_struct {
	struct thread_info thread_info;
	struct mm_struct *mm;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	const struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, r10, r8, r9, orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long regs[31];
	unsigned long orig_x0;
	int syscallno;
};
#endif

#pragma clang attribute pop

/* Read from user space, where both have had this layout for ever. */
struct user_message {
	__u64 name;
	__u32 name_length;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
} mount_namespaces SEC(".maps"), pid_namespaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KF_EVENT_CALLS);
	__type(key, __u32);
	__type(value, struct kf_event_roles);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

/*
 * The buffer in which an event is put together. The slack is for the bytes that are written after the last check of the
 * room.
 */
struct scratch {
	struct kf_event event;
	char text[KF_EVENT_TEXT + KF_EVENT_PATH];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

__u64 lost; /* events for which there was no room */

static __always_inline bool find_watched(struct task_struct *task, __u32 *ret)
{
	__u32 inum = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	__u32 *found = bpf_map_lookup_elem(&mount_namespaces, &inum);

	if (!found) {
		struct pid *pid = BPF_CORE_READ(task, thread_pid);
		unsigned int level = BPF_CORE_READ(pid, level);
		struct pid_namespace *ns = NULL;

		/* The process can have made namespaces of its own. The array has more than the one element. */
		if (level > 32)
			return false;
		bpf_core_read(&ns, sizeof ns, (void *)&pid->numbers[0].ns + level * bpf_core_type_size(struct upid));
		for (int i = 0; i < NESTED_MAX && ns && !found; i++) {
			inum = BPF_CORE_READ(ns, ns.inum);
			found = bpf_map_lookup_elem(&pid_namespaces, &inum);
			ns = BPF_CORE_READ(ns, parent);
		}
	}
	if (found)
		*ret = *found;
	return found != NULL;
}

#if defined(__TARGET_ARCH_x86)
static __always_inline void read_registers(struct pt_regs *regs, struct kf_event *event)
{
	event->number = (__s32)BPF_CORE_READ(regs, orig_ax);
	event->args[0] = BPF_CORE_READ(regs, di);
	event->args[1] = BPF_CORE_READ(regs, si);
	event->args[2] = BPF_CORE_READ(regs, dx);
	event->args[3] = BPF_CORE_READ(regs, r10);
	event->args[4] = BPF_CORE_READ(regs, r8);
	event->args[5] = BPF_CORE_READ(regs, r9);
}

static __always_inline bool is_foreign(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_info.status) & COMPAT;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline void read_registers(struct pt_regs *regs, struct kf_event *event)
{
	event->number = BPF_CORE_READ(regs, syscallno);
	event->args[0] = BPF_CORE_READ(regs, orig_x0);
	event->args[1] = BPF_CORE_READ(regs, regs[1]);
	event->args[2] = BPF_CORE_READ(regs, regs[2]);
	event->args[3] = BPF_CORE_READ(regs, regs[3]);
	event->args[4] = BPF_CORE_READ(regs, regs[4]);
	event->args[5] = BPF_CORE_READ(regs, regs[5]);
}

static __always_inline bool is_foreign(struct task_struct *task)
{
	(void)task;
	return false;
}
#endif

static __always_inline __u64 argument(const struct kf_event *event, __u8 role)
{
	return event->args[(role - 1) & (KF_EVENT_ARGS - 1)];
}

/* Makes the compiler forget its knowledge of NUMBER, so that it keeps the bounds that the verifier wants to see. */
static __always_inline __u64 opaque(__u64 number)
{
	asm volatile("" : "+r"(number));
	return number;
}

static __always_inline char *text_end(struct scratch *scratch, __u32 used)
{
	return &scratch->text[opaque(used) & (KF_EVENT_TEXT - 1)];
}

static __always_inline void copy_credentials(struct task_struct *task, struct kf_event *event)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct group_info *info = BPF_CORE_READ(cred, group_info);
	int count = BPF_CORE_READ(info, ngroups);

	event->uid = BPF_CORE_READ(cred, fsuid.val);
	event->gid = BPF_CORE_READ(cred, fsgid.val);
	bpf_core_read(&event->capabilities, sizeof event->capabilities, &cred->cap_effective);
	event->user_namespace = BPF_CORE_READ(cred, user_ns, ns.inum);
	event->group_count = (__u32)count;
	bpf_core_read(event->groups, sizeof event->groups, &info->gid);
}

static __always_inline void copy_identity(struct task_struct *task, struct kf_event *event)
{
	__u64 both = bpf_get_current_pid_tgid();
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);

	event->time_ns = bpf_ktime_get_boot_ns();
	event->pid = (__u32)(both >> 32);
	event->tid = (__u32)both;
	event->inner_pid = 0;
	if (level <= 32)
		bpf_core_read(&event->inner_pid, sizeof event->inner_pid,
			      (void *)&pid->numbers[0].nr + level * bpf_core_type_size(struct upid));
	bpf_get_current_comm(event->name, sizeof event->name);
}

static __always_inline struct scratch *get_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratches, &zero);
}

/*
 * Appends the components of a path up to the root directory; PLACE and ROOT are addresses of struct path. Returns the
 * new end of the text. The verifier looks at a global function once, however often it is called.
 */
__noinline __u32 copy_place(__u32 used, __u64 place, __u64 root)
{
	const struct path *from = (void *)place, *to = (void *)root;
	struct dentry *dentry = BPF_CORE_READ(from, dentry), *root_dentry = BPF_CORE_READ(to, dentry);
	struct vfsmount *root_mnt = BPF_CORE_READ(to, mnt);
	struct mount *mount = (void *)BPF_CORE_READ(from, mnt) - bpf_core_field_offset(struct mount, mnt);
	struct scratch *scratch = get_scratch();

	if (!scratch)
		return used;
	for (int i = 0; i < COMPONENTS_MAX; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (dentry == root_dentry && &mount->mnt == root_mnt)
			return used;
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || dentry == parent) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount || dentry != BPF_CORE_READ(mount, mnt.mnt_root))
				return used;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		if (used >= KF_EVENT_TEXT - COMPONENT_ROOM)
			break;

		long length = bpf_probe_read_kernel_str(text_end(scratch, used), COMPONENT_ROOM,
							BPF_CORE_READ(dentry, d_name.name));

		if (length > 0)
			used += length & (2 * COMPONENT_ROOM - 1);
		dentry = parent;
	}
	scratch->event.flags |= KF_EVENT_CUT;
	return used;
}

static __always_inline struct path *path_of_descriptor(struct task_struct *task, int fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < 0 || (unsigned int)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof file, files + fd);
	return file ? (void *)file + bpf_core_field_offset(struct file, f_path) : NULL;
}

static __always_inline __u32 copy_directory(struct task_struct *task, struct scratch *scratch, __u32 used, __u8 role,
					    bool from_cwd, enum kf_event_part part)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	int fd = role ? (int)argument(&scratch->event, role) : AT_FDCWD;
	struct path *place = NULL;
	__u32 end = used;

	if (fd != AT_FDCWD)
		place = path_of_descriptor(task, fd);
	else if (from_cwd || role)
		place = (void *)fs + bpf_core_field_offset(struct fs_struct, pwd);
	if (place)
		end = copy_place(used, (__u64)place, (__u64)fs + bpf_core_field_offset(struct fs_struct, root));
	scratch->event.lengths[part] = end - used;
	return end;
}

static __always_inline __u32 copy_path(struct scratch *scratch, __u32 used, __u8 role, enum kf_event_part part)
{
	scratch->event.lengths[part] = 0;
	if (!role)
		return used;
	if (used >= KF_EVENT_TEXT - 1) {
		scratch->event.flags |= KF_EVENT_CUT;
		return used;
	}

	long length = bpf_probe_read_user_str(text_end(scratch, used), KF_EVENT_PATH,
					      (void *)argument(&scratch->event, role));

	if (length <= 0) {
		scratch->event.flags |= KF_EVENT_UNREADABLE;
		return used;
	}
	scratch->event.lengths[part] = length & (2 * KF_EVENT_PATH - 1);
	return used + scratch->event.lengths[part];
}

static __always_inline __u32 copy_address(struct scratch *scratch, __u32 used, const struct kf_event_roles *roles)
{
	struct kf_event *event = &scratch->event;
	void *address = NULL;
	__u32 length = 0;

	event->lengths[KF_PART_ADDRESS] = 0;
	if (roles->address) {
		address = (void *)argument(event, roles->address);
		length = (__u32)argument(event, roles->address_length);
	} else if (roles->message) {
		struct user_message message = { 0 };

		bpf_probe_read_user(&message, sizeof message, (void *)argument(event, roles->message));
		address = (void *)message.name;
		length = message.name_length;
	}
	if (!address || !length || used >= KF_EVENT_TEXT - 1)
		return used;
	if (length > KF_EVENT_ADDRESS - 1)
		length = KF_EVENT_ADDRESS - 1;
	length = opaque(length) & (KF_EVENT_ADDRESS - 1);
	if (bpf_probe_read_user(text_end(scratch, used), length, address) < 0)
		return used;
	event->lengths[KF_PART_ADDRESS] = length;
	return used + length;
}

static __always_inline __u32 copy_program(struct task_struct *task, struct scratch *scratch, __u32 used)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	__u32 end = used;

	if (file)
		end = copy_place(used, (__u64)file + bpf_core_field_offset(struct file, f_path),
				 (__u64)fs + bpf_core_field_offset(struct fs_struct, root));
	scratch->event.lengths[KF_PART_PROGRAM] = end - used;
	return end;
}

static __always_inline __u32 copy_text(struct task_struct *task, struct scratch *scratch,
				       const struct kf_event_roles *roles)
{
	__u32 used = 0;

	used = copy_directory(task, scratch, used, roles->directory, roles->from_cwd, KF_PART_DIRECTORY);
	used = copy_directory(task, scratch, used, roles->new_directory, roles->new_from_cwd, KF_PART_NEW_DIRECTORY);
	used = copy_program(task, scratch, used);
	used = copy_path(scratch, used, roles->path, KF_PART_PATH);
	used = copy_path(scratch, used, roles->new_path, KF_PART_NEW_PATH);
	return copy_address(scratch, used, roles);
}

SEC("raw_tracepoint/sys_exit")
int on_exit(struct bpf_raw_tracepoint_args *context)
{
	long result = (long)context->args[1];

	if (result != -EACCES && result != -EPERM && result != -EXDEV)
		return 0;

	struct task_struct *task = (void *)bpf_get_current_task();
	struct scratch *scratch = get_scratch();
	__u32 watched, number;

	if (!scratch || !find_watched(task, &watched))
		return 0;
	scratch->event.flags = is_foreign(task) ? KF_EVENT_FOREIGN : 0;
	read_registers((void *)context->args[0], &scratch->event);
	number = scratch->event.flags ? KF_EVENT_FOREIGN_CALL : (__u32)scratch->event.number;

	const struct kf_event_roles *roles = bpf_map_lookup_elem(&calls, &number);

	if (!roles || !roles->known)
		return 0;
	scratch->event.watched = watched;
	scratch->event.error = (__s32)-result;
	scratch->event.how_flags = 0;
	if (roles->how)
		bpf_probe_read_user(&scratch->event.how_flags, sizeof scratch->event.how_flags,
				    (void *)argument(&scratch->event, roles->how));
	copy_identity(task, &scratch->event);
	copy_credentials(task, &scratch->event);

	__u64 size = opaque(copy_text(task, scratch, roles));

	if (size > sizeof scratch->text)
		size = sizeof scratch->text;
	if (bpf_ringbuf_output(&events, scratch, sizeof scratch->event + size, 0) < 0)
		__sync_fetch_and_add(&lost, 1);
	return 0;
}

char licence[] SEC("license") = "Dual BSD/GPL";
