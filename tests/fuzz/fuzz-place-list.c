/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of nono.sh/allow or nono.sh/deny: an accepted one is normal and bounded, and means the same when read
 * again.
 */
#include "base/path.h"
#include "fuzz.h"
#include "policy/place-list.h"

static void check_path(const char *text)
{
	char normal[KF_PLACE_BYTES_MAX + 2];

	must(text[0] == '/' && strlen(text) <= KF_PLACE_BYTES_MAX && !kf_path_goes_up(text), "a path is absolute");
	must(!strpbrk(text, ",\n*?[$"), "a path has no separators and no patterns");
	kf_path_normalize(text, normal);
	must(strcmp(text, normal) == 0, "a path is normal");
}

static void check_place(const struct kf_place *place)
{
	if (place->kind == KF_PLACE_WORD)
		must(place->text[0] && strspn(place->text, "abcdefghijklmnopqrstuvwxyz-") == strlen(place->text),
		     "a word is plain");
	else
		check_path(place->text);
}

/* As a pod would write the place. */
static void check_again(const struct kf_place *place)
{
	cleanup_place_list struct kf_place_list list = { .count = 0 };
	struct kf_error err = { 0 };
	char text[KF_PLACE_BYTES_MAX + 2];

	(void)snprintf(text, sizeof text, "%s%s", place->kind == KF_PLACE_HOME ? "~" : "", place->text);
	/* It ended in blanks before the slash at its end went, or "~" makes it one byte longer than the limit. */
	if (strchr(" \t\r", text[strlen(text) - 1]) || strlen(text) > KF_PLACE_BYTES_MAX)
		return;
	must(kf_place_list_parse(text, "again", &list, &err) == 0 && list.count == 1, "a place can be read again");
	must(list.places[0].kind == place->kind && strcmp(list.places[0].text, place->text) == 0,
	     "a place means the same again");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = text_of(data, size);
	cleanup_place_list struct kf_place_list list = { .count = 0 };
	struct kf_error err = { 0 };
	int r = kf_place_list_parse(text, "nono.sh/allow", &list, &err);

	must_tell(r, &err);
	must(list.count <= KF_PLACES_MAX && (r == 0 || list.count == 0),
	     "the list is bounded, and empty after a failure");
	for (size_t i = 0; i < list.count; i++) {
		check_place(&list.places[i]);
		check_again(&list.places[i]);
	}
	return 0;
}
