/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Buffers of clients that stay in an accelerator's memory between tasks; the control thread's.
 *
 * A buffer belongs to one accelerator. Those of a client do not overlap, so that together they
 * take no more of the accelerators' memory than its arena has, and their number is bounded. The operator may bound
 * what those of all clients of a domain take, since an accelerator's memory may be smaller than their arenas.
 */

#include <errno.h>

#include "vta_private.h"

/* The accelerators of the client's vaccels come before others. */
static bool
has_vaccel(const struct vta_client *c, const struct vta_accel *a)
{
	uint32_t i;

	for (i = 0; i < VTA_MAX_VACCELS; i++) {
		/* The owner poller clears it, and this thread frees what it points at. */
		const struct vta_vaccel *va = __atomic_load_n(&c->vaccels[i], __ATOMIC_ACQUIRE);

		if (va != NULL && va->lanes[0].accel == a)
			return true;
	}
	return false;
}

static int
add_to(struct vta_client *c, struct vta_accel *a, const struct vta_buf *buf, bool both)
{
	const struct vta_limits *l = &c->dom->limits;

	if (a->dev->ops->buf_add == NULL)
		return -ENOTSUP;
	if (l->max_accel_bytes != 0 && buf->len > l->max_accel_bytes - l->accel_bytes)
		return -EDQUOT;
	return a->dev->ops->buf_add(a->dev, RTE_PTR_ADD(c->dom->mem.base, buf->off), buf->len, both);
}

/* The first accelerator that has memory of its own. */
static int
place(struct vta_client *c, const struct rte_vtregion_ctrl_req *req, struct vta_buf *buf)
{
	const bool both = req->arg == RTE_VTREGION_BUF_BOTH;
	struct rte_vtappliance *app = c->dom->app;
	int ret = -ENOTSUP;
	uint32_t i, pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < app->nb_accels && ret == -ENOTSUP; i++) {
			buf->accel = &app->accels[i];
			if ((req->id != RTE_VTREGION_CTRL_ANY && req->id != i) ||
					has_vaccel(c, buf->accel) != (pass == 0))
				continue;
			ret = add_to(c, buf->accel, buf, both);
		}
	}
	return ret;
}

static int
check(const struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	const uint64_t off = req->buf.offset, len = req->buf.len;
	uint32_t i;

	if ((req->arg != RTE_VTREGION_BUF_ACCEL && req->arg != RTE_VTREGION_BUF_BOTH) || len == 0)
		return -EINVAL;
	/* The difference wraps to something huge for an offset below the arena. */
	if (off - c->arena_off > c->arena_len || len > c->arena_len - (off - c->arena_off))
		return -EFAULT;
	for (i = 0; i < c->nb_bufs; i++)
		if (off < c->bufs[i].off + c->bufs[i].len && c->bufs[i].off < off + len)
			return -EEXIST;
	return c->nb_bufs == VTA_MAX_BUFS ? -ENOSPC : 0;
}

int
vta_buf_add(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	struct vta_buf *buf = &c->bufs[c->nb_bufs % VTA_MAX_BUFS];
	int ret = check(c, req);

	if (ret == 0) {
		buf->off = req->buf.offset;
		buf->len = req->buf.len;
		ret = place(c, req, buf);
	}
	if (ret == -EDQUOT) {
		c->dom->buffers_refused++;
		VTA_DOM_LOG(WARNING, c->dom, "domain %s, client %u (%s): buffer of %" PRIu64 " bytes for an"
			" accelerator refused, over a limit: bytes of the domain in accelerators, %" PRIu64 " of at most"
			" %" PRIu64, c->dom->name, c->slot + 1, c->name, req->buf.len,
			c->dom->limits.accel_bytes, c->dom->limits.max_accel_bytes);
		return ret;
	}
	if (ret != 0) {
		VTA_DOM_LOG(INFO, c->dom, "domain %s, client %u (%s): buffer of %" PRIu64 " bytes at"
			" offset %" PRIu64 " refused: %s; it has %u of at most %u", c->dom->name, c->slot + 1, c->name,
			req->buf.len, req->buf.offset, rte_strerror(-ret), c->nb_bufs, VTA_MAX_BUFS);
		return ret;
	}
	c->nb_bufs++;
	c->dom->limits.accel_bytes += buf->len;
	rep->id = buf->accel->index;
	return 0;
}

/* It leaves its accelerator. */
static void
take_off(struct vta_client *c, const struct vta_buf *buf)
{
	struct rte_vtaccel *dev = buf->accel->dev;

	dev->ops->buf_del(dev, RTE_PTR_ADD(c->dom->mem.base, buf->off));
	c->dom->limits.accel_bytes -= buf->len;
}

int
vta_buf_del(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	uint32_t i;

	for (i = 0; i < c->nb_bufs; i++) {
		struct vta_buf *buf = &c->bufs[i];

		if (buf->off != req->buf.offset)
			continue;
		take_off(c, buf);
		*buf = c->bufs[--c->nb_bufs];
		return 0;
	}
	return -ENOENT;
}

void
vta_bufs_free(struct vta_client *c)
{
	while (c->nb_bufs > 0)
		take_off(c, &c->bufs[--c->nb_bufs]);
}
