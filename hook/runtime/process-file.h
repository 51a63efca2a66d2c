/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_RUNTIME_PROCESS_FILE_H
#define KF_RUNTIME_PROCESS_FILE_H

#include <json-c/json.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"

/* The largest process file we take: far more than execve(2) takes as args and env. */
#define KF_PROCESS_MAX ((size_t)16 * 1024 * 1024)

/* The file that an engine names with exec --process: a Process of the runtime-spec (config.md, "Process"). */
struct kf_process_file {
	struct stat st;
	struct json_object *document; /* NULL: not loaded */
	struct kf_error flaw;         /* for a caller that wants to know later why it was not */
};

/*
 * Loads the file PATH, relative to the working directory as runtimes read it: a regular file, not itself a symlink,
 * strict JSON (base/json.h), no key in a spelling that runtimes read differently. Runtimes also take FIFOs, /dev/stdin
 * and crun's "-"; engines write files, and a stream can be read only once, by us or by the runtime. A stream is refused
 * with -EINVAL, and not opened. -EFBIG, or an error of open(2) and read(2); *RET is untouched then.
 */
int kf_process_file_load(const char *path, struct kf_process_file *ret, struct kf_error *err);

/*
 * Writes the document, as it is now, into a private copy of the file (kf_sealed_copy()). The runtime can open it as
 * /proc/self/fd/<*RET_FD>: runc and crun read it before they start anything, and close it before the container runs.
 */
int kf_process_file_copy(const struct kf_process_file *file, int *ret_fd, struct kf_error *err);

static inline void kf_process_file_done(struct kf_process_file *file)
{
	(void)json_object_put(file->document);
}

#define cleanup_process_file KF_CLEANUP(kf_process_file_done)

#endif
