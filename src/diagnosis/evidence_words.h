/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_EVIDENCE_WORDS_H
#define DIAGNOSIS_EVIDENCE_WORDS_H

/* How observations name what was looked at: private to diagnosis/. */

#include "diagnosis/facts_evidence.h"

/* The attribute @name of the device, as a person would type it; static until the next call. */
const char *device_attribute(const struct device_view *view, const char *name);

/* "yes", "absent", or NULL where it is unknown. Static. */
const char *truth_word(enum truth truth);

#endif
