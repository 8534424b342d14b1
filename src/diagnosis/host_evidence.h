/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_HOST_EVIDENCE_H
#define DIAGNOSIS_HOST_EVIDENCE_H

#include "diagnosis/facts_evidence.h"

/* The part of evidence_from_facts() that is the same for every device of the host. */
void host_evidence_add(const struct host_facts *host, struct evidence_set *set);

#endif
