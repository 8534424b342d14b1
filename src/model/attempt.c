/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/attempt.h"

const struct attempt_step *attempt_first_failure(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n_steps; i++)
		if ((attempt->steps[i].err != 0 && !attempt->steps[i].noted) ||
		    !attempt->steps[i].finished)
			return &attempt->steps[i];
	return NULL;
}

int attempt_add_step(struct attempt *attempt, const struct attempt_step *step)
{
	struct attempt_step *grown =
		reallocarray(attempt->steps, attempt->n_steps + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	attempt->steps = grown;
	grown[attempt->n_steps++] = *step;
	return 0;
}

int attempt_add_log(struct attempt *attempt, const char *line)
{
	char **grown = reallocarray(attempt->log, attempt->n_log + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	attempt->log = grown;
	grown[attempt->n_log] = strdup(line);
	if (!grown[attempt->n_log])
		return -ENOMEM;
	attempt->n_log++;
	return 0;
}

void attempt_release(struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->n_log; i++)
		free(attempt->log[i]);
	free(attempt->log);
	free(attempt->steps);
	evidence_set_release(&attempt->evidence);
	*attempt = (struct attempt){0};
}
