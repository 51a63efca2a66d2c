/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_OCI_SPEC_H
#define KF_OCI_SPEC_H

#include <json-c/json.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/json.h"

struct kf_error;

/* The largest config.json we take. Podman's and CRI-O's are 10 to 30 KiB. */
#define KF_SPEC_MAX ((size_t)64 * 1024 * 1024)

/* The config.json of one bundle (runtime-spec config.md), with all that is needed to replace the file. */
struct kf_spec {
	char *bundle; /* the bundle's path, as it was given */
	int bundle_fd;
	struct stat st;
	struct json_object *document;
};

/* "Nothing loaded": safe for cleanup_spec. */
#define KF_SPEC_NONE ((struct kf_spec){ .bundle_fd = -1 })

/*
 * The text of config.json in the bundle, with a NUL after it, and the fstat(2) of the file: a regular one, no
 * symlink. *RET_TEXT is the caller's to free. 0, -EINVAL, -EFBIG or an error of open(2) and read(2).
 */
int kf_spec_read(int bundle_fd, struct stat *ret_st, char **ret_text, size_t *ret_length, struct kf_error *err);

/*
 * Loads BUNDLE/config.json: a regular file, no symlink, strict JSON (see base/json.h). 0, -EINVAL, -EFBIG or an
 * error of open(2) and read(2); *RET is untouched then.
 */
int kf_spec_load(const char *bundle, struct kf_spec *ret, struct kf_error *err);

/* Replaces the file by the edited document, atomically, with the owner and mode it had. */
int kf_spec_save(const struct kf_spec *spec, struct kf_error *err);

/* Parses a config.json that is in memory already, with a NUL after it; see kf_json_parse(). */
int kf_spec_parse(const char *text, size_t length, enum kf_json_mode mode, struct json_object **ret,
		  struct kf_error *err);

/* The annotations of a spec's document (may be NULL), or NULL. Borrowed. */
struct json_object *kf_spec_annotations(struct json_object *document);

/*
 * The path of the container's root filesystem on the host: root.path, which may be relative to the bundle, and is as
 * absolute as the bundle's. *RET_PATH is the caller's to free. -EINVAL if the spec has no such path.
 */
int kf_spec_rootfs(const struct kf_spec *spec, char **ret_path, struct kf_error *err);

/*
 * The same for DOCUMENT alone, whose bundle is BUNDLE; NULL: it is not known, and a relative path is -EINVAL.
 */
int kf_spec_root_path(struct json_object *document, const char *bundle, char **ret_path, struct kf_error *err);

/*
 * Refuses (-EPERM) the root file system at PATH if it is the host's own, by any path: a file made in it for the
 * container would be made on the host.
 */
int kf_spec_check_rootfs(const char *path, struct kf_error *err);

static inline void kf_spec_done(struct kf_spec *spec)
{
	free(spec->bundle);
	kf_close_fd(&spec->bundle_fd);
	(void)json_object_put(spec->document);
}

#define cleanup_spec KF_CLEANUP(kf_spec_done)

#endif
