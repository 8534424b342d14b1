/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HOST_DETACHED_H
#define HOST_DETACHED_H

/*
 * A copy of this process that asks the kernel what it may not answer, and is nobody's to wait
 * for: where it hangs it is left behind. Private to host/.
 */

/*
 * Starts @body with one end of a socket (SOCK_SEQPACKET) as its only descriptor beside /dev/null;
 * the process ends when it returns. Returns the other end, which the caller closes, or a negative
 * errno.
 */
int host_detached_start(void (*body)(void *data, int socket), void *data);

/*
 * Waits until a message, or the end, can be read from @socket: 0, -ETIMEDOUT after @milliseconds,
 * or another negative errno.
 */
int host_detached_await(int socket, int milliseconds);

#endif
