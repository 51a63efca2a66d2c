/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's events about a container: any of them, with any text of the container, becomes words. */
#include <linux/types.h>

#include "base/escape.h"
#include "denials/denial.h"
#include "fuzz.h"

static void check_word(const char *text)
{
	cleanup_free char *escaped = NULL;

	must(!text || kf_escape_word(text, &escaped) == 0, "every word can be escaped");
	must(!escaped || (kf_is_plain(escaped) && !strchr(escaped, ' ')), "an escaped word is one word");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_denial struct kf_denial denial = { 0 };
	struct kf_event event;
	char *text;

	if (size < sizeof event)
		return 0;
	memcpy(&event, data, sizeof event);
	size -= sizeof event;
	/* Of exactly this size, so that ASan sees each byte too many. */
	text = malloc(size ? size : 1);
	if (text && kf_event_is_whole(&event, memcpy(text, data + sizeof event, size), size) &&
	    kf_denial_make(&event, text, &denial) == 0) {
		must(!denial.path || denial.path[0] == '/', "a path is absolute");
		must(!denial.new_path || denial.new_path[0] == '/', "a path is absolute");
		check_word(denial.program);
		check_word(denial.path);
		check_word(denial.new_path);
		check_word(denial.target);
		must(kf_operation_name(denial.operation) && kf_cause_name(denial.cause), "it has a name");
	}
	free(text);
	return 0;
}
