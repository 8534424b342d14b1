/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "host/in_use_part.h"
#include "host/root_file.h"

#define TABLE_LIMIT (256 << 20)
/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1

/* Words of eight hexadecimal digits, each a number in the machine's own byte order. */
static bool parse_address(const char *text, uint8_t ret[16], size_t *ret_length)
{
	size_t length = strcspn(text, ":");

	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		uint32_t word;

		if (sscanf(text + 8 * i, "%8" SCNx32, &word) != 1)
			return false;
		memcpy(ret + 4 * i, &word, sizeof(word));
	}
	*ret_length = length / 2;
	return true;
}

/* A connection over IPv4 of a socket that takes both. */
static void unmap(uint8_t address[16])
{
	memmove(address, address + 12, 4);
}

static bool is_mapped(const uint8_t address[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/*
 * "0: 0F02000A:0016 0202000A:D2B4 01 00000000:00000000 00:00000000 00000000 0 0 4242 ..."
 * (Documentation/networking/proc_net_tcp.rst). False: not established, or not a line.
 */
static bool parse_line(char *line, struct session *ret, uint64_t *ret_inode)
{
	char *words[10];
	size_t length, other;

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		words[i] = host_next_word(&line);
		if (!words[i])
			return false;
	}
	*ret = (struct session){0};
	if (strtol(words[3], NULL, 16) != TCP_ESTABLISHED ||
	    !parse_address(words[1], ret->local, &length) ||
	    !parse_address(words[2], ret->remote, &other) || length != other)
		return false;
	ret->family = length == 4 ? AF_INET : AF_INET6;
	if (ret->family == AF_INET6 && is_mapped(ret->local) && is_mapped(ret->remote)) {
		unmap(ret->local);
		unmap(ret->remote);
		ret->family = AF_INET;
	}
	*ret_inode = strtoull(words[9], NULL, 10);
	return true;
}

/* The connection's socket; of several processes that share it, one that we descend from. */
static const struct open_socket *find_socket(const struct open_file_list *files, uint64_t inode)
{
	const struct open_socket *found = NULL;

	for (size_t i = 0; i < files->n_sockets; i++)
		if (files->sockets[i].inode == inode && (!found || files->sockets[i].ancestor))
			found = &files->sockets[i];
	return found;
}

static int read_table(const struct in_use_source *source, const char *path,
		      struct session_list *list)
{
	AUTO_FREE char *text = NULL;
	char *cursor, *line;
	int r = host_root_read_all(source->root, path, TABLE_LIMIT, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	cursor = text;
	while ((line = host_next_line(&cursor))) {
		struct session session, *grown;
		uint64_t inode;

		if (!parse_line(line, &session, &inode))
			continue;
		session.socket = find_socket(source->files, inode);
		if (!session.socket)
			continue;
		grown = reallocarray(list->sessions, list->n_sessions + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->sessions = grown;
		list->sessions[list->n_sessions++] = session;
	}
	return 0;
}

int session_list_read(const struct in_use_source *source, struct session_list *ret)
{
	int r = 0;

	*ret = (struct session_list){0};
	if (!source->files || source->files->n_sockets == 0)
		return 0;
	r = read_table(source, "/proc/self/net/tcp", ret);
	if (r == 0)
		r = read_table(source, "/proc/self/net/tcp6", ret);
	if (r < 0) {
		free(ret->sessions);
		*ret = (struct session_list){0};
	}
	return r;
}
