/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of engines that kubefence check reads, as TOML and as a hook's JSON; and the same bytes made plain for a
 * terminal.
 */
#include "base/json-ascii.h"
#include "base/toml-lines.h"
#include "cli/hook-file.h"
#include "fuzz.h"

static void look_for(const char *text, const char *name)
{
	cleanup_list struct kf_list found = { 0 };
	int r = kf_toml_strings(text, name, &found);

	must(r == 0 || r == 1, "TOML is found or not");
	must(r == 1 || found.count == 0, "what is not there has no strings");
}

static void read_hook(const char *text, size_t size)
{
	struct json_object *file = NULL;
	struct kf_error err = { 0 };
	int r = kf_hook_file_parse(text, size, "input", &file, &err);

	must_tell(r, &err);
	if (r < 0)
		return;
	must(kf_hook_file_program(file)[0] == '/', "a hook's program is an absolute path");
	(void)kf_hook_file_is_ours(file);
	(void)kf_hook_file_has_stage(file, "precreate");
	(void)kf_hook_file_is_for_all(file);
	(void)json_object_put(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = text_of(data, size), *ascii = NULL;
	size_t length = 0;

	look_for(text, "crio.runtime.hooks_dir");
	look_for(text, "plugins.io.containerd.grpc.v1.cri.containerd.runtimes.nono-runc.options.BinaryName");
	read_hook(text, size);
	must(kf_json_ascii(text, size, &ascii, &length) == 0 && strlen(ascii) == length,
	     "every text can be made plain");
	for (const char *c = ascii; *c; c++)
		must((*c >= 0x20 && *c < 0x7f) || *c == '\n', "and is plain then");
	return 0;
}
