/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Transport for processes and containers: the region comes by the ivshmem server protocol from
 * the broker's socket.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_log.h>

#include <rte_vtclient.h>
#include <rte_vtivshmem.h>

RTE_LOG_REGISTER(shm_logtype, driver.vinetalk.shm, NOTICE);
#define SHM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, shm_logtype, "SHM: " fmt "\n", ## __VA_ARGS__)

#define DEFAULT_PATH "/run/vinetalk/default.sock"
#define DEFAULT_TIMEOUT_MS 2000

struct shm_dev {
	struct rte_vtivshmem_client peer;
	void *base;
};

static int
map_region(const struct rte_vtivshmem_client *peer, const char *path, void **base)
{
	int ret;

	*base = mmap(NULL, peer->mem_size, PROT_READ | PROT_WRITE, MAP_SHARED, peer->mem_fd, 0);
	if (*base == MAP_FAILED) {
		*base = NULL;
		ret = -errno;
		SHM_LOG(ERR, "%s: cannot map %" PRIu64 " bytes: %s", path, peer->mem_size,
			strerror(errno));
		return ret;
	}
	/* The end of our socket must prove that nobody has this mapped any more. */
	if (madvise(*base, peer->mem_size, MADV_DONTFORK) != 0) {
		ret = -errno;
		SHM_LOG(ERR, "%s: MADV_DONTFORK: %s", path, strerror(errno));
		return ret;
	}
	return 0;
}

static void
leave(struct shm_dev *d)
{
	if (d->base != NULL)
		munmap(d->base, d->peer.mem_size);
	rte_vtivshmem_disconnect(&d->peer);
	free(d);
}

static int
join(struct shm_dev *d, const char *path, struct rte_vtclient_link *link)
{
	int ret = map_region(&d->peer, path, &d->base);

	if (ret != 0)
		return ret;
	if (d->peer.id == 0) {
		SHM_LOG(ERR, "%s: peer id 0 is the appliance's", path);
		return -EPROTO;
	}
	*link = (struct rte_vtclient_link){
		.where = path,
		.base = d->base,
		.size = d->peer.mem_size,
		.id = d->peer.id,
		.sock = d->peer.sock,
		.nb_server = d->peer.nb_server_vectors,
		.nb_own = d->peer.nb_own_vectors,
	};
	RTE_BUILD_BUG_ON(sizeof(link->server) != sizeof(d->peer.server));
	memcpy(link->server, d->peer.server, sizeof(link->server));
	memcpy(link->own, d->peer.own, sizeof(link->own));
	return 0;
}

static int
shm_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	char path[108] = DEFAULT_PATH;
	uint32_t timeout_ms = DEFAULT_TIMEOUT_MS;
	const struct rte_vtclient_arg own[] = {
		{ .key = "path", .text = path, .len = sizeof(path) },
		{ .key = "timeout_ms", .number = &timeout_ms, .min = 1, .max = 1000000 },
	};
	struct rte_vtclient_link link;
	struct rte_vtclient_conf conf;
	struct shm_dev *d;
	int ret;

	ret = rte_vtclient_args("shm", text, own, RTE_DIM(own), &conf);
	if (ret != 0)
		return ret;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	ret = rte_vtivshmem_connect(path, (int)timeout_ms, &d->peer);
	if (ret != 0) {
		SHM_LOG(ERR, "cannot join %s: %s", path, strerror(-ret));
		free(d);
		return ret;
	}
	ret = join(d, path, &link);
	if (ret == 0)
		ret = rte_vtclient_attach(dev, &link, &conf);
	if (ret != 0) {
		leave(d);
		return ret;
	}
	dev->transport = d;
	return 0;
}

static void
shm_close(struct rte_vinetalk_dev *dev)
{
	rte_vtclient_detach(dev);
	leave(dev->transport);
	dev->transport = NULL;
}

static const struct rte_vinetalk_ops shm_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "shm",
	.help = "path=SOCKET of the broker (" DEFAULT_PATH ")\n"
		"timeout_ms=N for joining (2000)\n"
		RTE_VTCLIENT_ARGS_HELP,
	.attach = shm_attach,
	.close = shm_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(shm_ops)
