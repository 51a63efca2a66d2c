/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/new-profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/lookup.h"
#include "nono/dir.h"
#include "nono/profile.h"
#include "nono/validate.h"
#include "policy/config.h"
#include "policy/names.h"

static int open_dir(const struct kf_config *config, int *ret_fd, struct kf_error *err)
{
	return kf_nono_dir_open(config->nono_bin_path, config->allow_dynamic_nono == KF_SWITCH_YES, ret_fd, err);
}

int kf_installed_profile(const struct kf_config *config, const char *name, struct json_object **ret,
			 struct kf_error *err)
{
	cleanup_profile struct kf_profile profile = { 0 };
	cleanup_close int nono_fd = -1, fd = -1;
	int r = open_dir(config, &nono_fd, err);

	if (r == 0)
		r = kf_nono_dir_open_profile(nono_fd, name, &fd, err);
	if (r == 0)
		r = kf_profile_read(fd, name, &profile, err);
	if (r == 0)
		*ret = json_object_get(profile.document);
	return r;
}

int kf_new_profile_check(const struct kf_config *config, const char *name, bool replace, struct kf_error *err)
{
	cleanup_free char *path = NULL;
	char quoted[KF_QUOTED_MAX];

	if (!kf_profile_name_valid(name) || !kf_profile_name_nono_takes(name))
		return kf_fail(err, EINVAL, "'%s' cannot be the name of a profile: use letters, digits and '-'",
			       kf_quote(quoted, name));
	if (kf_nono_dir_profile_path(config->nono_dir, name, &path) < 0)
		return kf_oom(err);
	if (!replace && access(path, F_OK) == 0)
		return kf_fail(err, EEXIST, "%s is there already: take another name, or say --replace", path);
	return 0;
}

/* nono wants a file. This one is in no directory that a container sees. */
static int ask_nono(const struct kf_config *config, const char *text, size_t length, struct kf_error *err)
{
	char path[] = "/run/kubefence-profile.XXXXXX.json";
	cleanup_close int fd = mkostemps(path, (int)strlen(".json"), O_CLOEXEC);
	int r;

	if (fd < 0)
		return kf_fail_errno(err, errno, "cannot make a file in /run");
	r = kf_write_all(fd, text, length);
	r = r < 0 ? kf_fail_errno(err, -r, "cannot write %s", path)
		  : kf_nono_validate(config->nono_bin_path, path, KF_NONO_MSEC, err);
	(void)unlink(path);
	return r;
}

static int check(const struct kf_config *config, const char *name, struct json_object *document, const char *text,
		 struct kf_error *err)
{
	const struct kf_profile profile = { .document = document };
	int r = kf_profile_check_wrap(&profile, name, err);

	if (r == 0)
		r = kf_profile_check_last_step(&profile, name, err);
	return r < 0 ? r : ask_nono(config, text, strlen(text), err);
}

static int set_name(struct json_object *document, const char *name)
{
	struct json_object *meta = kf_json_ensure(document, "meta", json_type_object);

	if (!meta || kf_json_set_string(meta, "name", name) < 0)
		return -ENOMEM;
	return kf_json_set_string(meta, "description", "Learned from the refusals of containers");
}

int kf_new_profile_write(const struct kf_config *config, const char *name, struct json_object *document,
			 struct kf_error *err)
{
	static const struct stat like = { .st_mode = 0644 };
	cleanup_free char *file = NULL, *lines = NULL;
	cleanup_close int nono_fd = -1, dir_fd = -1;
	const char *text;
	int r;

	if (set_name(document, name) < 0 || kf_format(&file, "%s.json", name) < 0)
		return kf_oom(err);
	text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
								JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text || kf_format(&lines, "%s\n", text) < 0)
		return kf_oom(err);
	r = check(config, name, document, lines, err);
	if (r == 0)
		r = open_dir(config, &nono_fd, err);
	if (r < 0)
		return r;
	dir_fd = kf_openat2(nono_fd, "profiles", O_RDONLY | O_DIRECTORY, KF_LOOKUP_TRUSTED);
	if (dir_fd < 0)
		return kf_fail_errno(err, -dir_fd, "cannot open the directory of profiles");
	return kf_replace_file_at(dir_fd, file, lines, strlen(lines), &like, err);
}
