/* SPDX-License-Identifier: Apache-2.0 */
#include "denials/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, and never more than half full. */
enum { SLOTS = 32768 };

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_equal(const struct kf_denial *a, const struct kf_denial *b)
{
	return a->watched == b->watched && a->operation == b->operation && a->error == b->error &&
	       same_text(a->program, b->program) && same_text(a->path, b->path) &&
	       same_text(a->new_path, b->new_path) && same_text(a->target, b->target);
}

/* FNV-1a. A container that knows it makes its own report slow, up to KF_FOLD_MAX. */
static uint32_t hash_text(uint32_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return (hash ^ 0xff) * 16777619U;
}

static uint32_t hash_of(const struct kf_denial *denial)
{
	uint32_t hash =
		2166136261U ^ denial->watched ^ (uint32_t)denial->operation << 8 ^ (uint32_t)denial->error << 16;

	hash = hash_text(hash, denial->program);
	hash = hash_text(hash, denial->path);
	hash = hash_text(hash, denial->new_path);
	return hash_text(hash, denial->target);
}

/* The slot of an equal one, or the empty one where it would be. */
static size_t *find_slot(struct kf_fold *fold, const struct kf_denial *denial)
{
	size_t i = hash_of(denial) % SLOTS;

	while (fold->slots[i] && !is_equal(&fold->items[fold->slots[i] - 1].denial, denial))
		i = (i + 1) % SLOTS;
	return &fold->slots[i];
}

static int append(struct kf_fold *fold, const struct kf_denial *denial, size_t *slot)
{
	struct kf_folded *items = fold->items;

	if ((fold->count & (fold->count - 1)) == 0) {
		items = reallocarray(items, fold->count ? fold->count * 2 : 1, sizeof *items);
		if (!items)
			return -ENOMEM;
		fold->items = items;
	}
	items[fold->count] = (struct kf_folded){ .denial = *denial };
	*slot = ++fold->count;
	return 1;
}

int kf_fold_add(struct kf_fold *fold, const struct kf_denial *denial, struct kf_folded **ret)
{
	size_t *slot;
	int r = 0;

	*ret = NULL;
	if (!fold->slots && !(fold->slots = calloc(SLOTS, sizeof *fold->slots)))
		return -ENOMEM;
	slot = find_slot(fold, denial);
	if (*slot) {
		fold->items[*slot - 1].denial.count += denial->count;
	} else if (fold->count == KF_FOLD_MAX) {
		fold->left_out += denial->count;
		return 0;
	} else {
		r = append(fold, denial, slot);
	}
	if (r >= 0)
		*ret = &fold->items[*slot - 1];
	return r;
}

void kf_fold_done(struct kf_fold *fold)
{
	for (size_t i = 0; i < fold->count; i++)
		kf_denial_done(&fold->items[i].denial);
	free(fold->items);
	free(fold->slots);
	*fold = (struct kf_fold){ 0 };
}
