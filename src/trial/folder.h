/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TRIAL_FOLDER_H
#define TRIAL_FOLDER_H

#include <stdbool.h>

/*
 * Opens the folder of the undo records, made with mode 0755 (so are its parents) where
 * @create is set and it is missing. Returns the descriptor, or a negative errno.
 */
int undo_folder_open(const char *path, bool create);

#endif
