/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_POLICY_CREDENTIALS_H
#define KF_POLICY_CREDENTIALS_H

/*
 * Places where known programs keep credentials; /$NONO_SECRETS is about them, too. kubefence-profiles(7) has the same
 * lists. Each ends with NULL.
 */

/* Below a home and /root. */
extern const char *const kf_credentials_in_home[];

/* Directories, whether of the image or of a mount. */
extern const char *const kf_credential_directories[];

/* Files of the format of shadow(5), which are secret where a password's hash is in them. */
extern const char *const kf_password_files[];

#endif
