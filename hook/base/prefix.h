/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_BASE_PREFIX_H
#define KF_BASE_PREFIX_H

/*
 * The path of an installed file. INSTALLED is the path for which this program was built, such as KF_DATADIR "/seccomp";
 * where that is below KF_PREFIX, it is moved to the prefix of this program: the directory P where the file of this
 * program is P/bin/NAME, P/libexec/kubefence/NAME or P/libexec/oci/hooks.d/NAME. So a tree works wherever it is put. A
 * program of another place (a build directory) goes by KF_PREFIX. *RET is the caller's to free. 0 or -ENOMEM.
 */
int kf_prefix_path(const char *installed, char **ret);

/* The same for the program file EXE, as /proc/self/exe names it; NULL: it is not known. For kf_prefix_path() and tests.
 */
int kf_prefix_path_of(const char *exe, const char *installed, char **ret);

#endif
