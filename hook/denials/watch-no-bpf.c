/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of watch-bpf.c where clang, bpftool or libbpf was missing when kubefence was built. */
#include <errno.h>

#include "base/error.h"
#include "denials/watch.h"

int kf_watch_open_bpf(kf_event_sink sink, void *data, struct kf_watch **ret, struct kf_error *err)
{
	(void)sink;
	(void)data;
	(void)ret;
	return kf_fail(err, EOPNOTSUPP, "this kubefence was built without BPF");
}
