/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KF_LAUNCHER_CARRY_H
#define KF_LAUNCHER_CARRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

/*
 * The container's environment on its way through nono. Nono reads some variables, takes others away, sorts them by name
 * and ends when one is not UTF-8. So each variable travels as a value, in pieces of the form
 *   KUBEFENCE_ENV_000001=+TEXT   there is more of this variable in the next piece
 *   KUBEFENCE_ENV_000002=.TEXT   this is the last piece of a variable
 * numbered from 1. TEXT is printable ASCII; every other byte and '%' is written as %XX. A variable of the container
 * that has this form travels in the same way as any other one.
 */

/* Appends the pieces of ENVIRONMENT to PIECES and adds their number to *COUNT. 0 or -ENOMEM. */
int kf_carry_pack(char *const environment[], struct kf_list *pieces, size_t *count);

/*
 * Appends the variables whose pieces are in ENVIRONMENT to VARIABLES, in their old order, and leaves out everything
 * else. -EBADMSG unless exactly COUNT pieces are there, in the order of their numbers; -ENOMEM.
 */
int kf_carry_unpack(char *const environment[], size_t count, struct kf_list *variables);

/* Is this assignment such a piece? */
bool kf_carry_is_piece(const char *assignment);

#endif
