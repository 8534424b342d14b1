/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "trial/retry.h"

#define OPEN_TRIES 3
#define OPEN_PAUSE_NANOSECONDS 100000000L
#define CLAIM_PAUSE_SECONDS 1

struct kernel_answer retry_open(retry_question *ask, const void *data)
{
	const struct timespec pause = {.tv_nsec = OPEN_PAUSE_NANOSECONDS};
	struct kernel_answer answer = ask(data);

	for (int tries = 1; answer.err == EAGAIN && tries < OPEN_TRIES; tries++) {
		nanosleep(&pause, NULL);
		answer = ask(data);
	}
	return answer;
}

struct kernel_answer retry_claim(struct trial_walk *walk, int device, const char *request,
				 retry_question *ask, const void *data)
{
	const struct timespec pause = {.tv_sec = CLAIM_PAUSE_SECONDS};
	struct kernel_answer answer = ask(data), again;
	char where[80];

	if (answer.err != EBUSY)
		return answer;
	nanosleep(&pause, NULL);
	again = ask(data);
	snprintf(where, sizeof(where), "%s a second later", request);
	walk_observe(walk, device, EVIDENCE_RESET_IN_PROGRESS, truth_of(again.err == 0), where,
		     again.err == 0 ? "success" : "refused again");
	return again.err == 0 ? again : answer;
}
