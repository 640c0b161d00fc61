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

#include <rte_kvargs.h>
#include <rte_log.h>
#include <rte_string_fns.h>

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

struct shm_args {
	char path[108];
	char name[RTE_VINETALK_NAME_LEN];
	uint32_t timeout_ms;
	uint32_t nb_qps;
};

static int
arg_string(const char *key, const char *value, void *opaque)
{
	struct shm_args *args = opaque;
	const bool path = strcmp(key, "path") == 0;
	char *dst = path ? args->path : args->name;
	const size_t len = path ? sizeof(args->path) : sizeof(args->name);

	if (value == NULL || value[0] == '\0' || rte_strscpy(dst, value, len) < 0) {
		SHM_LOG(ERR, "%s=%s: 1 to %zu characters", key, value == NULL ? "" : value,
			len - 1);
		return value != NULL && value[0] != '\0' ? -ENAMETOOLONG : -EINVAL;
	}
	return 0;
}

static int
arg_number(const char *key, const char *value, void *opaque)
{
	uint32_t *dst = opaque;
	unsigned long v;
	char *end;

	errno = 0;
	v = value == NULL ? 0 : strtoul(value, &end, 10);
	if (value == NULL || errno != 0 || end == value || *end != '\0' || v == 0 || v > 1000000 ||
			value[0] == '-') {
		SHM_LOG(ERR, "%s=%s: not a number in 1..1000000", key,
			value == NULL ? "" : value);
		return -EINVAL;
	}
	*dst = (uint32_t)v;
	return 0;
}

static int
parse(const char *text, struct shm_args *args)
{
	static const char * const keys[] = { "path", "client", "timeout_ms", "queue_pairs", NULL };
	struct rte_kvargs *kv;
	int ret;

	memset(args, 0, sizeof(*args));
	rte_strscpy(args->path, DEFAULT_PATH, sizeof(args->path));
	snprintf(args->name, sizeof(args->name), "%s", program_invocation_short_name);
	args->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (text == NULL || text[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(text, keys);
	if (kv == NULL) {
		SHM_LOG(ERR, "arguments '%s': known keys are path, client, timeout_ms, queue_pairs",
			text);
		return -EINVAL;
	}
	/* rte_kvargs_process() turns every failure of a handler into -1. */
	ret = rte_kvargs_process(kv, "path", arg_string, args) != 0 ||
		rte_kvargs_process(kv, "client", arg_string, args) != 0 ||
		rte_kvargs_process(kv, "timeout_ms", arg_number, &args->timeout_ms) != 0 ||
		rte_kvargs_process(kv, "queue_pairs", arg_number, &args->nb_qps) != 0 ?
		-EINVAL : 0;
	rte_kvargs_free(kv);
	return ret;
}

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
join(struct shm_dev *d, const struct shm_args *args, struct rte_vtclient_link *link)
{
	int ret = map_region(&d->peer, args->path, &d->base);

	if (ret != 0)
		return ret;
	if (d->peer.id == 0) {
		SHM_LOG(ERR, "%s: peer id 0 is the appliance's", args->path);
		return -EPROTO;
	}
	*link = (struct rte_vtclient_link){
		.where = args->path,
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
	struct rte_vtclient_link link;
	struct rte_vtclient_conf conf;
	struct shm_args args;
	struct shm_dev *d;
	int ret;

	ret = parse(text, &args);
	if (ret != 0)
		return ret;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	ret = rte_vtivshmem_connect(args.path, (int)args.timeout_ms, &d->peer);
	if (ret != 0) {
		SHM_LOG(ERR, "cannot join %s: %s", args.path, strerror(-ret));
		free(d);
		return ret;
	}
	conf = (struct rte_vtclient_conf){ .name = args.name, .nb_qps = args.nb_qps };
	ret = join(d, &args, &link);
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
		"client=NAME shown by the appliance (the program's)\n"
		"timeout_ms=N for joining (2000)\n"
		"queue_pairs=N to ask for (all that a client can have)",
	.attach = shm_attach,
	.close = shm_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(shm_ops)
