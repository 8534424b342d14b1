/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "check.h"

static char folder[] = "iommu-diag-fd-XXXXXX";
static int at;

static void put(const char *name, const char *data, size_t size)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_INT(fd_write_all(fd, data, size), 0);
	close(fd);
}

static void small(void)
{
	char buffer[8];

	put("value", "vfio\n", 5);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), 4);
	CHECK_STR(buffer, "vfio");
	put("value", "a\n\n", 3);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), 2);
	CHECK_STR(buffer, "a\n");
	put("value", "", 0);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), 0);
	CHECK_STR(buffer, "");
	put("value", "\n", 1);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), 0);
	/* Seven fit with their terminator, eight do not: never a value that was cut. */
	put("value", "1234567", 7);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), 7);
	CHECK_STR(buffer, "1234567");
	put("value", "12345678", 8);
	CHECK_INT(fd_read_small_at(at, "value", buffer, sizeof(buffer)), -EMSGSIZE);
	CHECK_INT(fd_read_small_at(at, "absent", buffer, sizeof(buffer)), -ENOENT);
	CHECK_INT(fd_read_small_at(at, ".", buffer, sizeof(buffer)), -EISDIR);
}

static void whole(void)
{
	static char large[10000];
	char *text = NULL;
	size_t size = 7;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + i % 26);
	put("file", large, sizeof(large));
	CHECK_INT(fd_read_all_at(at, "file", sizeof(large), &text, &size), 0);
	CHECK_INT(size, sizeof(large));
	CHECK(text && memcmp(text, large, sizeof(large)) == 0 && text[size] == '\0');
	free(text);
	text = NULL;
	CHECK_INT(fd_read_all_at(at, "file", sizeof(large) - 1, &text, &size), -EFBIG);
	CHECK(text == NULL);
	put("file", large, 4095);
	CHECK_INT(fd_read_all_at(at, "file", 65536, &text, NULL), 0);
	CHECK_INT(text ? strlen(text) : 0, 4095);
	free(text);
	put("file", "", 0);
	CHECK_INT(fd_read_all_at(at, "file", 0, &text, &size), 0);
	CHECK_INT(size, 0);
	CHECK_STR(text, "");
	free(text);
	CHECK_INT(fd_read_all_at(at, "absent", 10, &text, &size), -ENOENT);
	CHECK_INT(fd_read_all_at(at, ".", 10, &text, &size), -EISDIR);
	/* A FIFO that nobody writes to does not hold us up. */
	CHECK_INT(mkfifoat(at, "fifo", 0600), 0);
	CHECK_INT(fd_read_all_at(at, "fifo", 10, &text, &size), 0);
	CHECK_INT(size, 0);
	free(text);
}

static void bytes(void)
{
	char buffer[8] = "";
	int fd;

	put("file", "abcdef\n", 7);
	fd = openat(at, "file", O_RDONLY | O_CLOEXEC);
	CHECK_INT(fd_read_bytes(fd, buffer, 4), 4);
	CHECK(memcmp(buffer, "abcd", 4) == 0);
	CHECK_INT(fd_read_bytes(fd, buffer, sizeof(buffer)), 3);
	CHECK_INT(fd_end_text(buffer, 3, sizeof(buffer)), 2);
	CHECK_STR(buffer, "ef");
	CHECK_INT(fd_read_bytes(fd, buffer, sizeof(buffer)), 0);
	CHECK_INT(fd_end_text(buffer, 0, sizeof(buffer)), 0);
	CHECK_STR(buffer, "");
	CHECK_INT(fd_end_text(buffer, 8, sizeof(buffer)), -EMSGSIZE);
	CHECK_INT(fd_end_text(buffer, -EIO, sizeof(buffer)), -EIO);
	close(fd);
	CHECK_INT(fd_read_bytes(fd, buffer, sizeof(buffer)), -EBADF);
}

static void links(void)
{
	char name[8];

	CHECK_INT(symlinkat("../../bus/pci/drivers/nvme", at, "driver"), 0);
	CHECK_INT(fd_read_link_name_at(at, "driver", name, sizeof(name)), 4);
	CHECK_STR(name, "nvme");
	CHECK_INT(fd_read_link_name_at(at, "driver", name, 5), 4);
	CHECK_INT(fd_read_link_name_at(at, "driver", name, 4), -EMSGSIZE);
	CHECK_INT(symlinkat("12", at, "group"), 0);
	CHECK_INT(fd_read_link_name_at(at, "group", name, sizeof(name)), 2);
	CHECK_STR(name, "12");
	CHECK_INT(fd_read_link_name_at(at, "absent", name, sizeof(name)), -ENOENT);
	CHECK_INT(fd_read_link_name_at(at, "file", name, sizeof(name)), -EINVAL);
}

static void on_alarm(int number)
{
	(void)number;
}

/* The other end gives and takes a few bytes at a time, and signals come in between. */
static void pipes(void)
{
	static char data[200000], back[200000];
	const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
	int there[2], here[2];
	pid_t child;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	CHECK_INT(pipe2(there, O_CLOEXEC), 0);
	CHECK_INT(pipe2(here, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		char part[977];
		size_t done = 0;

		while (done < sizeof(data)) {
			ssize_t length = read(there[0], part, sizeof(part));

			for (ssize_t sent = 0; sent < length; sent += length / 2 + 1) {
				ssize_t rest = length - sent, half = length / 2 + 1;

				if (write(here[1], part + sent,
					  (size_t)(rest < half ? rest : half)) < 0)
					_exit(1);
			}
			done += (size_t)length;
			if (done % 7 == 0)
				kill(getppid(), SIGUSR1);
		}
		_exit(write(here[1], "rest", 4) != 4);
	}
	close(there[0]);
	close(here[1]);
	sigaction(SIGUSR1, &action, NULL);
	/* Halves, so that neither pipe fills up for good. */
	for (size_t i = 0; i < sizeof(data); i += 20000) {
		CHECK_INT(fd_write_all(there[1], data + i, 20000), 0);
		CHECK_INT(fd_read_exact(here[0], back + i, 20000), 1);
	}
	CHECK(memcmp(data, back, sizeof(data)) == 0);
	/* Four bytes of eight, then the end: not a clean one. */
	CHECK_INT(fd_read_exact(here[0], back, 8), -EPIPE);
	CHECK_INT(fd_read_exact(here[0], back, 8), 0);
	CHECK_INT(fd_read_exact(here[0], back, 0), 1);
	close(there[1]);
	close(here[0]);
	waitpid(child, NULL, 0);
}

static void errors(void)
{
	char byte;
	int ends[2];

	CHECK_INT(fd_write_all(-1, "x", 1), -EBADF);
	CHECK_INT(fd_write_all(-1, "", 0), 0);
	CHECK_INT(fd_read_exact(-1, &byte, 1), -EBADF);
	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	CHECK_INT(fd_write_all(ends[1], "x", 1), -EPIPE);
	close(ends[1]);
}

int main(void)
{
	static const char *const made[] = {"value", "file", "fifo", "driver", "group"};

	if (!mkdtemp(folder))
		return 99;
	at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	small();
	whole();
	bytes();
	links();
	pipes();
	errors();
	for (size_t i = 0; i < ARRAY_LENGTH(made); i++)
		unlinkat(at, made[i], 0);
	close(at);
	CHECK_INT(rmdir(folder), 0);
	return check_result();
}
