/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/place-list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"

#define SEPARATORS ",\n"
#define BLANKS " \t\r"
#define LETTERS "abcdefghijklmnopqrstuvwxyz-"

static int refuse(const char *name, const char *item, const char *rule, struct kf_error *err)
{
	char quoted[KF_QUOTED_MAX];

	return kf_fail(err, EINVAL, "annotation %s: '%s' %s", name, kf_quote(quoted, item), rule);
}

static bool has_control_character(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* Finds the kind of ITEM, and where its text starts. */
static int classify(const char *item, const char *name, struct kf_place *ret, const char **ret_start,
		    struct kf_error *err)
{
	*ret_start = item;
	if (strspn(item, LETTERS) == strlen(item)) {
		ret->kind = KF_PLACE_WORD;
		return 0;
	}
	ret->kind = item[0] == '~' ? KF_PLACE_HOME : KF_PLACE_PATH;
	*ret_start += ret->kind == KF_PLACE_HOME;
	if ((*ret_start)[0] != '/' && !(ret->kind == KF_PLACE_HOME && (*ret_start)[0] == '\0'))
		return refuse(name, item, "is not an absolute path, ~/PATH or a word of a-z and '-'", err);
	if (kf_path_goes_up(item))
		return refuse(name, item, "has '..' in it: name the place itself", err);
	if (strpbrk(item, "*?[$") || has_control_character(item))
		return refuse(name, item,
			      "has a pattern, a variable or a control character in it: name the place itself", err);
	return 0;
}

static int parse_place(const char *item, const char *name, struct kf_place *ret, struct kf_error *err)
{
	const char *start;

	if (strlen(item) > KF_PLACE_BYTES_MAX)
		return refuse(name, item, "is longer than 4095 bytes", err);

	int r = classify(item, name, ret, &start, err);

	if (r < 0)
		return r;
	ret->text = malloc(strlen(start) + 2);
	if (!ret->text)
		return kf_oom(err);
	if (ret->kind == KF_PLACE_WORD)
		memcpy(ret->text, start, strlen(start) + 1);
	else
		kf_path_normalize(start, ret->text);
	return 0;
}

/* Adds the item of LENGTH bytes at TEXT, blanks around it included. */
static int add_item(struct kf_place_list *list, const char *text, size_t length, const char *name, struct kf_error *err)
{
	size_t blank = strspn(text, BLANKS);

	if (blank >= length)
		return 0;
	text += blank;
	length -= blank;
	while (strchr(BLANKS, text[length - 1]))
		length--;

	cleanup_free char *item = strndup(text, length);

	if (!item)
		return kf_oom(err);
	if (list->count == KF_PLACES_MAX)
		return refuse(name, item, "is one place too many: name at most 64", err);

	int r = parse_place(item, name, &list->places[list->count], err);

	list->count += r == 0;
	return r;
}

int kf_place_list_parse(const char *text, const char *name, struct kf_place_list *ret, struct kf_error *err)
{
	struct kf_place_list list = { .count = 0 };
	int r = 0;

	while (r == 0 && *text) {
		size_t length = strcspn(text, SEPARATORS);

		r = add_item(&list, text, length, name, err);
		text += length + (text[length] != '\0');
	}
	if (r < 0)
		kf_place_list_clear(&list);
	else
		*ret = list;
	return r;
}

void kf_place_list_clear(struct kf_place_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->places[i].text);
	list->count = 0;
}
