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

#include <rte_errno.h>
#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "shm_private.h"

RTE_LOG_REGISTER(shm_logtype, driver.vinetalk.shm, NOTICE);

#define DEFAULT_PATH "/run/vinetalk/default.sock"
#define DEFAULT_TIMEOUT_MS 2000

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
map_region(struct shm_dev *d, const char *path)
{
	int ret;

	d->base = mmap(NULL, d->link.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		d->link.mem_fd, 0);
	if (d->base == MAP_FAILED) {
		d->base = NULL;
		ret = -errno;
		SHM_LOG(ERR, "%s: cannot map %" PRIu64 " bytes: %s", path, d->link.mem_size,
			strerror(errno));
		return ret;
	}
	/* The end of our socket must prove that nobody has this mapped any more. */
	madvise(d->base, d->link.mem_size, MADV_DONTFORK);
	ret = rte_vtregion_validate(d->base, d->link.mem_size, &d->geom);
	if (ret != 0) {
		SHM_LOG(ERR, "%s: what it hands out is no region that this library can use: %s",
			path, strerror(-ret));
		return ret;
	}
	if (d->link.id == 0 || d->link.id > d->geom.conf.nb_clients) {
		SHM_LOG(ERR, "%s: peer id %u is not in 1..%u", path, d->link.id,
			d->geom.conf.nb_clients);
		return -EPROTO;
	}
	if (d->geom.conf.layout != RTE_VTREGION_HASHED ||
			d->geom.conf.sync != RTE_VTREGION_SYNC_RTS) {
		SHM_LOG(ERR, "%s: layout %u with synchronisation %u is not known here", path,
			d->geom.conf.layout, d->geom.conf.sync);
		return -ENOTSUP;
	}
	d->hdr = rte_vtregion_hdr(d->base);
	d->slot_id = d->link.id - 1;
	d->slot = rte_vtregion_slot(d->base, &d->geom, d->slot_id);
	return 0;
}

/* Become the slot's owner and ask the appliance for queue pairs. */
static int
claim(struct shm_dev *d, const struct shm_args *args)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH };
	struct rte_vtregion_ctrl_rep rep;
	uint32_t none = 0;
	int ret;

	d->owner = (uint32_t)getpid() ^ (uint32_t)shm_now_us() << 8;
	d->owner |= d->owner == 0;
	if (!__atomic_compare_exchange_n(&d->slot->owner, &none, d->owner, false,
			__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		SHM_LOG(ERR, "%s: slot %u is owned by another process (%u)", args->path,
			d->slot_id, none);
		d->owner = 0;
		return -EBUSY;
	}
	d->slot->pid = (uint32_t)getpid();
	d->ctrl_seq = __atomic_load_n(&d->slot->rep_seq, __ATOMIC_ACQUIRE);
	req.arg = args->nb_qps != 0 ? args->nb_qps : d->geom.conf.qps_per_client;
	rte_strscpy(req.name, args->name, sizeof(req.name));
	ret = shm_ctrl(d, &req, &rep);
	if (ret != 0) {
		SHM_LOG(ERR, "%s: the appliance refuses to attach us: %s", args->path,
			strerror(-ret));
		return ret;
	}
	d->epoch = __atomic_load_n(&d->slot->epoch, __ATOMIC_RELAXED);
	d->nb_qps = __atomic_load_n(&d->slot->nb_qps, __ATOMIC_RELAXED);
	d->poller = __atomic_load_n(&d->slot->poller, __ATOMIC_RELAXED);
	d->rq = __atomic_load_n(&d->slot->rq, __ATOMIC_RELAXED);
	if (d->nb_qps == 0 || d->nb_qps > d->geom.conf.qps_per_client ||
			d->poller >= d->geom.conf.nb_pollers || d->rq >= d->geom.nb_rqs) {
		SHM_LOG(ERR, "%s: impossible answer: %u queue pairs, poller %u, queue %u",
			args->path, d->nb_qps, d->poller, d->rq);
		return -EPROTO;
	}
	d->attached = true;
	return 0;
}

static void
vectors_init(struct shm_dev *d)
{
	pthread_condattr_t attr;
	unsigned int i;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (i = 0; i < RTE_DIM(d->vectors); i++) {
		pthread_mutex_init(&d->vectors[i].lock, NULL);
		pthread_cond_init(&d->vectors[i].woken, &attr);
	}
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&d->life_lock, NULL);
}

static void
leave(struct shm_dev *d)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_DETACH };
	struct rte_vtregion_ctrl_rep rep;
	unsigned int i;

	if (d->attached && !shm_gone(d)) {
		d->attached = false; /* from here on another state of the slot is no surprise */
		shm_ctrl(d, &req, &rep);
	}
	if (d->owner != 0)
		__atomic_store_n(&d->slot->owner, 0, __ATOMIC_RELEASE);
	if (d->base != NULL)
		munmap(d->base, d->link.mem_size);
	rte_vtivshmem_disconnect(&d->link);
	for (i = 0; i < RTE_DIM(d->vectors); i++) {
		pthread_cond_destroy(&d->vectors[i].woken);
		pthread_mutex_destroy(&d->vectors[i].lock);
	}
	pthread_mutex_destroy(&d->life_lock);
	free(d);
}

static int
shm_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	struct shm_args args;
	struct shm_dev *d;
	int ret;

	ret = parse(text, &args);
	if (ret != 0)
		return ret;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	ret = rte_vtivshmem_connect(args.path, (int)args.timeout_ms, &d->link);
	if (ret != 0) {
		SHM_LOG(ERR, "cannot join %s: %s", args.path, strerror(-ret));
		free(d);
		return ret;
	}
	vectors_init(d);
	ret = map_region(d, args.path);
	if (ret == 0)
		ret = claim(d, &args);
	if (ret != 0) {
		leave(d);
		return ret;
	}
	dev->priv = d;
	dev->base = d->base;
	dev->arena = RTE_PTR_ADD(d->base, rte_vtregion_arena(&d->geom, d->slot_id));
	dev->arena_size = d->geom.arena_size;
	dev->capabilities = RTE_VINETALK_CAPA_DATA_PATH | RTE_VINETALK_CAPA_REMOTE |
		RTE_VINETALK_CAPA_EVENTS | RTE_VINETALK_CAPA_EXCLUSIVE;
	dev->max_qps = (uint16_t)RTE_MIN(d->nb_qps, (uint32_t)RTE_VINETALK_MAX_QPS);
	dev->min_depth = 1;
	dev->max_depth = d->geom.conf.cq_depth - 1;
	dev->vm_id = d->link.id;
	return 0;
}

static void
shm_close(struct rte_vinetalk_dev *dev)
{
	leave(dev->priv);
	dev->priv = NULL;
}

static struct rte_vinetalk_qp *
shm_qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf)
{
	struct shm_dev *d = dev->priv;
	const uint32_t index = d->slot_id * d->geom.conf.qps_per_client + qp_id;
	struct shm_qp *qp;
	int ret;

	RTE_SET_USED(conf);
	qp = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(sizeof(*qp)));
	if (qp == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	memset(qp, 0, sizeof(*qp));
	qp->dev = d;
	qp->rq_line = rte_vtregion_rq(d->base, &d->geom, d->rq);
	qp->poller_line = rte_vtregion_poller(d->base, &d->geom, d->poller);
	qp->qp_line = rte_vtregion_qp(d->base, &d->geom, index);
	qp->gen = __atomic_load_n(&qp->rq_line->gen, __ATOMIC_ACQUIRE) & ~RTE_VTREGION_GEN_CLOSED;
	qp->rq = rte_vtregion_rq_ring(d->base, &d->geom, d->rq, qp->gen % d->geom.nb_instances);
	qp->cq = rte_vtregion_cq_ring(d->base, &d->geom, index);
	ret = rte_vtregion_ring_validate(qp->rq, d->geom.conf.rq_depth, d->geom.conf.sync);
	if (ret == 0)
		ret = rte_vtregion_ring_validate(qp->cq, d->geom.conf.cq_depth,
			RTE_VTREGION_SYNC_ST);
	if (ret != 0) {
		SHM_LOG(ERR, "%s: queue pair %u: a ring's header is not what the geometry says",
			dev->name, qp_id);
		free(qp);
		rte_errno = -ret;
		return NULL;
	}
	qp->vector = RTE_VTREGION_VECTOR_DATA;
	if (d->geom.conf.nb_vectors > RTE_VTREGION_VECTOR_DATA)
		qp->vector += qp_id % (d->geom.conf.nb_vectors - RTE_VTREGION_VECTOR_DATA);
	qp->doorbell = d->link.nb_server_vectors > RTE_VTREGION_VECTOR_DATA ?
		d->link.server[RTE_VTREGION_VECTOR_DATA] : -1;
	qp->q.win.qp = (uint16_t)index;
	return &qp->q;
}

static void
shm_qp_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp)
{
	RTE_SET_USED(dev);
	free(qp);
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
	.qp_setup = shm_qp_setup,
	.qp_release = shm_qp_release,
	.accel_info = shm_accel_info,
	.accel_stats = shm_accel_stats,
	.vaccel_acquire = shm_vaccel_acquire,
	.vaccel_release = shm_vaccel_release,
	.proc_info = shm_proc_info,
	.proc_get = shm_proc_get,
	.proc_put = shm_proc_put,
	.wait = shm_wait,
	.enqueue = shm_enqueue,
	.dequeue = shm_dequeue,
};

RTE_VINETALK_REGISTER_DRIVER(shm_ops)
