/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The listening socket: one server at a path, with its final permissions from the moment on
 * when the path exists.
 *
 * A lock file beside the socket decides between servers: the kernel drops the lock when its holder
 * dies, so what is found at the path under the lock is stale. A foreign server, without
 * our lock, is found by connecting to it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vtivshmem_private.h"

#define DEFAULT_MODE 0660
#define BACKLOG 128

static int
take_lock(const char *path)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	struct stat st, now;
	int fd, tries;

	snprintf(name, sizeof(name), "%s.lock", path);
	for (tries = 0; tries < 10; tries++) {
		fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			IVSHMEM_LOG(ERR, "%s: %s", name, strerror(errno));
			return -errno;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			int err = errno;

			close(fd);
			IVSHMEM_LOG(ERR, "%s: %s", path, err == EWOULDBLOCK ?
				"another server is alive there" : strerror(err));
			return err == EWOULDBLOCK ? -EADDRINUSE : -err;
		}
		/* The one before us may have removed the file that we have locked. */
		if (fstat(fd, &st) == 0 && stat(name, &now) == 0 &&
				st.st_ino == now.st_ino && st.st_dev == now.st_dev)
			return fd;
		close(fd);
	}
	return -EADDRINUSE;
}

/* Make room at the path: remove a socket that nobody listens on. */
static int
clear_path(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, ret;

	if (lstat(addr->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode)) {
		IVSHMEM_LOG(ERR, "%s: is there and no socket; not touched", addr->sun_path);
		return -EADDRINUSE;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* EACCES, EAGAIN (a full backlog) and the like do not prove that nobody is there. */
	ret = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 ? 0 : errno;
	close(fd);
	if (ret != ECONNREFUSED) {
		IVSHMEM_LOG(ERR, "%s: another server is alive there", addr->sun_path);
		return -EADDRINUSE;
	}
	return unlink(addr->sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}

/* A rename that replaces nothing: a server without our lock may have come by now. */
static int
give_name(const char *from, const char *to)
{
	int ret = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

	/* Not every file system can do that. */
	return ret != 0 && (errno == EINVAL || errno == ENOSYS) ? rename(from, to) : ret;
}

/* Bind under a private name, set the permissions, and only then give it its name. */
static int
bind_at(int fd, const struct rte_vtivshmem_server_conf *conf, const struct sockaddr_un *addr,
		struct vtivshmem_file *file)
{
	struct sockaddr_un tmp = { .sun_family = AF_UNIX };
	struct stat st;
	mode_t mode = conf->mode != 0 ? (mode_t)conf->mode : DEFAULT_MODE;
	int ret;

	ret = snprintf(tmp.sun_path, sizeof(tmp.sun_path), "%s.%d", conf->path, getpid() % 1000);
	if (ret >= (int)sizeof(tmp.sun_path))
		return -ENAMETOOLONG;
	ret = clear_path(&tmp); /* of one that died in here */
	if (ret != 0)
		return ret;
	if (bind(fd, (const struct sockaddr *)&tmp, sizeof(tmp)) != 0)
		return -errno;
	if (chmod(tmp.sun_path, mode) != 0 ||
			((conf->uid != (uid_t)-1 || conf->gid != (gid_t)-1) &&
			chown(tmp.sun_path, conf->uid, conf->gid) != 0) ||
			listen(fd, BACKLOG) != 0 || lstat(tmp.sun_path, &st) != 0 ||
			give_name(tmp.sun_path, addr->sun_path) != 0) {
		ret = errno == EEXIST ? -EADDRINUSE : -errno;
		unlink(tmp.sun_path);
		return ret;
	}
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return 0;
}

int
vtivshmem_listen(const struct rte_vtivshmem_server_conf *conf, int *lock_fd,
		struct vtivshmem_file *file)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, ret;

	/* Room for the suffix of the private name too. */
	if (conf->path == NULL || conf->path[0] == '\0')
		return -EINVAL;
	if (strlen(conf->path) + 5 > sizeof(addr.sun_path)) {
		IVSHMEM_LOG(ERR, "%s: has more than %zu characters", conf->path,
			sizeof(addr.sun_path) - 5);
		return -ENAMETOOLONG;
	}
	strcpy(addr.sun_path, conf->path);
	*lock_fd = take_lock(conf->path);
	if (*lock_fd < 0)
		return *lock_fd;
	ret = clear_path(&addr);
	fd = ret != 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret == 0)
		ret = fd < 0 ? -errno : bind_at(fd, conf, &addr, file);
	if (ret == 0)
		return fd;
	if (ret != -EADDRINUSE)
		IVSHMEM_LOG(ERR, "%s: cannot listen: %s", conf->path, strerror(-ret));
	if (fd >= 0)
		close(fd);
	vtivshmem_unlisten(conf->path, -1, *lock_fd, NULL);
	return ret;
}

void
vtivshmem_unlisten(const char *path, int fd, int lock_fd, const struct vtivshmem_file *file)
{
	struct stat st;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];

	if (fd >= 0) {
		if (lstat(path, &st) == 0 && st.st_dev == file->dev && st.st_ino == file->ino)
			unlink(path);
		close(fd);
	}
	if (lock_fd >= 0) {
		snprintf(name, sizeof(name), "%s.lock", path);
		unlink(name);
		close(lock_fd);
	}
}
