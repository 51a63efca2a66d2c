/* SPDX-License-Identifier: Apache-2.0 */
/* With libbpf: the program is watch.bpf.c, which the build turned into watch.skel.h. */
#include "denials/watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "denials/calls.h"
#include "denials/denial.h"
#include "watch.skel.h"

struct bpf_watch {
	struct kf_watch watch;
	struct watch_bpf *program;
	struct ring_buffer *ring;
};

static int on_sample(void *data, void *sample, size_t size)
{
	struct bpf_watch *self = data;
	const struct kf_event *event = sample;
	const char *text = (const char *)(event + 1);

	if (size < sizeof *event || !kf_event_is_whole(event, text, size - sizeof *event))
		return 0;
	return self->watch.sink(self->watch.data, event, text);
}

static int add(struct kf_watch *watch, const struct kf_watched *watched, uint32_t number, struct kf_error *err)
{
	struct bpf_watch *self = (struct bpf_watch *)watch;
	int r = bpf_map__update_elem(self->program->maps.mount_namespaces, &watched->mount_namespace,
				     sizeof watched->mount_namespace, &number, sizeof number, BPF_ANY);

	if (r == 0 && watched->pid_namespace)
		r = bpf_map__update_elem(self->program->maps.pid_namespaces, &watched->pid_namespace,
					 sizeof watched->pid_namespace, &number, sizeof number, BPF_ANY);
	return r < 0 ? kf_fail_errno(err, -r, "cannot watch container %s", watched->id) : 0;
}

static void forget(struct kf_watch *watch, const struct kf_watched *watched)
{
	struct bpf_watch *self = (struct bpf_watch *)watch;

	(void)bpf_map__delete_elem(self->program->maps.mount_namespaces, &watched->mount_namespace,
				   sizeof watched->mount_namespace, 0);
	if (watched->pid_namespace)
		(void)bpf_map__delete_elem(self->program->maps.pid_namespaces, &watched->pid_namespace,
					   sizeof watched->pid_namespace, 0);
}

static int take(struct kf_watch *watch, struct kf_error *err)
{
	struct bpf_watch *self = (struct bpf_watch *)watch;
	int r = ring_buffer__consume(self->ring);

	return r < 0 ? kf_fail_errno(err, -r, "cannot take the denials from the kernel") : 0;
}

static uint64_t count_lost(const struct kf_watch *watch)
{
	const struct bpf_watch *self = (const struct bpf_watch *)watch;

	return self->program->bss->lost;
}

static void end(struct kf_watch *watch)
{
	struct bpf_watch *self = (struct bpf_watch *)watch;

	ring_buffer__free(self->ring);
	watch_bpf__destroy(self->program);
	free(self);
}

static int describe_calls(struct watch_bpf *program)
{
	const struct kf_event_roles known = { .known = 1 };
	uint32_t key = KF_EVENT_FOREIGN_CALL;
	int r = bpf_map__update_elem(program->maps.calls, &key, sizeof key, &known, sizeof known, BPF_ANY);

	for (unsigned int i = 0; r == 0 && i < kf_call_count; i++) {
		key = (uint32_t)kf_calls[i].number;
		r = bpf_map__update_elem(program->maps.calls, &key, sizeof key, &kf_calls[i].roles,
					 sizeof kf_calls[i].roles, BPF_ANY);
	}
	return r;
}

static int load(struct bpf_watch *self)
{
	int r;

	self->program = watch_bpf__open_and_load();
	if (!self->program)
		return -errno;
	r = describe_calls(self->program);
	if (r == 0)
		r = watch_bpf__attach(self->program);
	if (r < 0)
		return r;
	self->ring = ring_buffer__new(bpf_map__fd(self->program->maps.events), on_sample, self, NULL);
	if (!self->ring)
		return -errno;
	self->watch.fd = ring_buffer__epoll_fd(self->ring);
	return 0;
}

/* Instead of libbpf's pages of text. */
static int refuse(int code, struct kf_error *err)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		return kf_fail(err, EOPNOTSUPP, "this kernel does not describe itself (no /sys/kernel/btf/vmlinux)");
	if (code == EPERM || code == EACCES)
		return kf_fail(err, EPERM,
			       "this kernel does not take the BPF program: not root, or a lockdown (see "
			       "/sys/kernel/security/lockdown)");
	return kf_fail_errno(err, code, "this kernel does not take the BPF program");
}

int kf_watch_open_bpf(kf_event_sink sink, void *data, struct kf_watch **ret, struct kf_error *err)
{
	static const struct kf_watch_calls calls = { add, forget, take, count_lost, end };
	struct bpf_watch *self = calloc(1, sizeof *self);
	int r;

	if (!self)
		return kf_oom(err);
	self->watch = (struct kf_watch){ .calls = &calls, .sink = sink, .data = data, .fd = -1 };
	(void)libbpf_set_print(NULL);
	r = load(self);
	if (r < 0) {
		end(&self->watch);
		return refuse(-r, err);
	}
	*ret = &self->watch;
	return 0;
}
