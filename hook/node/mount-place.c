/* SPDX-License-Identifier: Apache-2.0 */
#include "node/mount-place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/path.h"

#define TABLE "/proc/self/mountinfo"

enum { TABLE_MAX = 16 * 1024 * 1024 };

static int compare(const void *a, const void *b)
{
	const struct kf_mount_line *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static int read_table(struct kf_mount_places *places, struct kf_error *err)
{
	size_t length;
	int r = kf_read_file(TABLE, TABLE_MAX, &places->text, &length, err);

	if (r < 0)
		return r;
	places->lines = calloc(count_lines(places->text) + 1, sizeof *places->lines);
	if (!places->lines)
		return kf_oom(err);
	for (char *line = places->text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		places->lines[places->count++] = (struct kf_mount_line){ strtoull(line, NULL, 10), line };
	}
	qsort(places->lines, places->count, sizeof *places->lines, compare);
	return 0;
}

/* mountinfo writes blanks and backslashes as \NNN. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

char *kf_mount_line_word(const char *line, size_t index)
{
	for (; index > 0; index--) {
		line += strcspn(line, " ");
		line += *line == ' ';
	}

	char *copy = strndup(line, strcspn(line, " "));

	if (copy)
		unescape(copy);
	return copy;
}

/* The path of FD, as /proc says it; the caller frees it. A deleted file has no path. */
static int path_of(int fd, const struct statx *st, char **ret)
{
	char path_of_fd[KF_FD_PATH_MAX];
	int r = st->stx_nlink == 0 ? -ENOENT : kf_read_link(kf_fd_path(fd, path_of_fd), ret);

	return r == 0 && *ret[0] != '/' ? -ENOENT : r;
}

static const char *find_line(const struct kf_mount_places *places, uint64_t id)
{
	const struct kf_mount_line wanted = { .id = id };
	const struct kf_mount_line *found = bsearch(&wanted, places->lines, places->count, sizeof wanted, compare);

	return found ? found->line : NULL;
}

/* ROOT of the mount and what PATH has below its TARGET. */
static int join(const char *root, const char *target, const char *path, char **ret)
{
	const char *rest = path + (strcmp(target, "/") == 0 ? 0 : strlen(target));

	if (!kf_path_within(path, target))
		return -ENOENT;
	if (strcmp(root, "/") == 0)
		root = "";
	if (strcmp(rest, "/") == 0)
		rest = "";
	return kf_format(ret, "%s%s", root, *root || *rest ? rest : "/");
}

/* LINE is ID PARENT DEVICE ROOT TARGET ... */
static int place_in(const char *line, const char *path, struct kf_mount_place *ret)
{
	cleanup_free char *device = kf_mount_line_word(line, 2), *root = kf_mount_line_word(line, 3),
			  *target = kf_mount_line_word(line, 4);
	struct kf_mount_place place = { 0 };

	if (!device || !root || !target)
		return -ENOMEM;
	if (strlen(device) >= sizeof place.device)
		return -EINVAL;
	memcpy(place.device, device, strlen(device) + 1);

	int r = join(root, target, path, &place.path);

	if (r == 0)
		*ret = place;
	return r;
}

static int place_of(const struct kf_mount_places *places, int fd, struct kf_mount_place *ret)
{
	cleanup_free char *path = NULL;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_NLINK | STATX_MNT_ID, &st) < 0)
		return -errno;

	int r = path_of(fd, &st, &path);
	const char *line = (st.stx_mask & STATX_MNT_ID) ? find_line(places, st.stx_mnt_id) : NULL;

	if (r == 0)
		r = line ? place_in(line, path, ret) : -ENOENT;
	return r;
}

int kf_mount_place(struct kf_mount_places *places, int fd, struct kf_mount_place *ret, struct kf_error *err)
{
	int r = places->lines ? 0 : read_table(places, err);

	if (r < 0)
		return r;
	r = place_of(places, fd, ret);
	return r < 0 ? kf_fail_errno(err, -r, "cannot find a mount in " TABLE) : 0;
}

bool kf_mount_place_within(const struct kf_mount_place *inner, const struct kf_mount_place *outer, bool strictly)
{
	return strcmp(inner->device, outer->device) == 0 && kf_path_within(inner->path, outer->path) &&
	       !(strictly && strcmp(inner->path, outer->path) == 0);
}

void kf_mount_places_done(struct kf_mount_places *places)
{
	free(places->text);
	free(places->lines);
	*places = (struct kf_mount_places){ 0 };
}

void kf_mount_place_done(struct kf_mount_place *place)
{
	free(place->path);
	*place = (struct kf_mount_place){ 0 };
}
