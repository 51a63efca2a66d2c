/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/watch.h"

int kf_watch_add(struct kf_watch *watch, const struct kf_watched *watched, uint32_t number, struct kf_error *err)
{
	return watch->calls->add(watch, watched, number, err);
}

void kf_watch_remove(struct kf_watch *watch, const struct kf_watched *watched)
{
	watch->calls->remove(watch, watched);
}

int kf_watch_fd(const struct kf_watch *watch)
{
	return watch->fd;
}

int kf_watch_take(struct kf_watch *watch, struct kf_error *err)
{
	return watch->calls->take(watch, err);
}

uint64_t kf_watch_lost(const struct kf_watch *watch)
{
	return watch->calls->lost(watch);
}

void kf_watch_free(struct kf_watch *watch)
{
	if (watch)
		watch->calls->free(watch);
}
