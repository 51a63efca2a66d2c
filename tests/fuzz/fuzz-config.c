/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file: an accepted one is complete and plain; a refused one can still be salvaged. */
#include "fuzz.h"
#include "policy/config.h"
#include "policy/names.h"

static void check_class(const struct kf_class_settings *class)
{
	must(kf_handler_valid(class->name), "classes have valid names");
	must(kf_profile_name_valid(class->default_profile), "profiles have valid names");
	must(!class->runtime || class->runtime[0] == '/', "runtimes are absolute");
	for (size_t i = 0; i < class->allowed_profiles.count; i++)
		must(kf_profile_name_valid(class->allowed_profiles.items[i]), "allowed profiles have valid names");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memory_file(data, size);
	cleanup_config struct kf_config *config = NULL, *salvaged = NULL;
	struct kf_error err = { 0 };
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

	int r = kf_config_load(path, &config, &err);

	must_tell(r, &err);
	salvaged = kf_config_salvage(path);
	must(salvaged != NULL, "something can always be salvaged");
	if (r < 0)
		return 0;
	must(config->runtime_classes.count > 0 && config->nono_bin_path[0] == '/' && config->nono_dir[0] == '/' &&
		     config->state_dir[0] == '/',
	     "a configuration that was taken is complete");
	for (size_t i = 0; i < config->runtime_classes.count; i++) {
		struct kf_class_settings class = kf_config_class(config, config->runtime_classes.items[i]);

		check_class(&class);
	}
	return 0;
}
