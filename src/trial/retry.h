/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_RETRY_H
#define TRIAL_RETRY_H

/* Answers that are worth asking for again; private to trial/. */

#include "trial/walk.h"

/* Asks the kernel for one thing; @data is the caller's. */
typedef struct kernel_answer retry_question(const void *data);

/*
 * Asks up to three times while the answer is EAGAIN: a probe or a reset next door holds the lock
 * of the device that is opened (drivers/pci/pci.c, pci_try_reset_function).
 */
struct kernel_answer retry_open(retry_question *ask, const void *data);

/*
 * Asks again a second later where the answer is EBUSY: a reset that is under way keeps the group
 * from being claimed (7.3, drivers/iommu/iommu.c, recovery_cnt). What came of it is evidence about
 * @device (or TRIAL_GROUP), named by the @request that was repeated. Returns the answer that counts.
 */
struct kernel_answer retry_claim(struct trial_walk *walk, int device, const char *request,
				 retry_question *ask, const void *data);

#endif
