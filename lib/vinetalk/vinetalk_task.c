/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Tasks: filling them in, their state, waiting for them. */

#include <errno.h>
#include <string.h>

#include "vinetalk_private.h"

/* How long rte_vinetalk_run() waits before it tries again to enqueue. */
#define RETRY_US INT64_C(100)

int
rte_vinetalk_task_args(uint16_t dev_id, struct rte_vinetalk_task *task, const void *args,
		uint32_t len)
{
	RTE_SET_USED(dev_id);
	if (task == NULL || (args == NULL && len != 0))
		return -EINVAL;
	if (len > RTE_VINETALK_INLINE_ARGS)
		return -E2BIG;
	task->flags &= (uint8_t)~RTE_VINETALK_TASK_F_ARGS_REF;
	memset(task->args, 0, sizeof(task->args));
	if (len != 0)
		memcpy(task->args, args, len);
	task->args_len = (uint8_t)len;
	return 0;
}

/* Whether a part of memory lies in the device's arena. */
static bool
in_arena(const struct rte_vinetalk_dev *dev, const void *ptr, uint64_t len)
{
	uint64_t rel = (uint64_t)((uintptr_t)ptr - (uintptr_t)dev->arena);

	return rel <= dev->arena_size && len <= dev->arena_size - rel;
}

int
rte_vinetalk_task_args_ref(uint16_t dev_id, struct rte_vinetalk_task *task, const void *args,
		uint32_t len)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);

	if (dev == NULL)
		return -ENODEV;
	if (task == NULL || args == NULL)
		return -EINVAL;
	if (len > RTE_VINETALK_MAX_ARGS)
		return -E2BIG;
	if (!in_arena(dev, args, len))
		return -EFAULT;
	task->flags |= RTE_VINETALK_TASK_F_ARGS_REF;
	task->args_len = 0;
	task->args_ref = (struct rte_vinetalk_args_ref){
		.offset = rte_vinetalk_offset(dev_id, args),
		.len = len,
	};
	return 0;
}

int
rte_vinetalk_task_segs(uint16_t dev_id, struct rte_vinetalk_task *task,
		const struct rte_vinetalk_seg *table, uint8_t nb_in, uint8_t nb_out)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	const uint32_t nb = (uint32_t)nb_in + nb_out;

	if (dev == NULL)
		return -ENODEV;
	if (task == NULL || table == NULL || nb == 0)
		return -EINVAL;
	if (nb > RTE_VINETALK_MAX_SEGS)
		return -EMSGSIZE;
	if (!in_arena(dev, table, nb * sizeof(*table)))
		return -EFAULT;
	task->flags |= RTE_VINETALK_TASK_F_SEGS_REF;
	task->nb_in = nb_in;
	task->nb_out = nb_out;
	task->seg_off[0] = rte_vinetalk_offset(dev_id, table);
	task->seg_len[0] = nb * (uint32_t)sizeof(*table);
	task->seg_off[1] = 0;
	task->seg_len[1] = 0;
	return 0;
}

uint64_t
rte_vinetalk_task_bytes(const struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task)
{
	const unsigned int nb = RTE_MIN((unsigned int)task->nb_in + task->nb_out,
		(unsigned int)RTE_VINETALK_MAX_SEGS);
	const struct rte_vinetalk_seg *table;
	uint64_t bytes = 0;
	unsigned int i;

	if ((task->flags & RTE_VINETALK_TASK_F_SEGS_REF) == 0) {
		for (i = 0; i < nb && i < RTE_VINETALK_INLINE_SEGS; i++)
			bytes += task->seg_len[i];
		return bytes;
	}
	table = RTE_PTR_ADD(dev->base, task->seg_off[0]);
	if (!in_arena(dev, table, nb * sizeof(*table)))
		return 0; /* it will fail with -EFAULT */
	for (i = 0; i < nb; i++)
		bytes += table[i].len;
	return bytes;
}

int
rte_vinetalk_task_stat(uint16_t dev_id, const struct rte_vinetalk_task *task,
		struct rte_vinetalk_task_stat *stat)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	const struct rte_vinetalk_window_entry *e;
	const struct rte_vinetalk_window *w = NULL;
	uint16_t i;

	if (dev == NULL)
		return -ENODEV;
	if (task == NULL || stat == NULL)
		return -EINVAL;
	stat->state = RTE_VINETALK_TASK_UNKNOWN;
	stat->status = 0;
	for (i = 0; i < dev->nb_qps; i++)
		if (dev->qps[i] != NULL && dev->qps[i]->win.qp == task->qp_seq >> 16)
			w = &dev->qps[i]->win;
	if (w == NULL)
		return -EINVAL;
	e = &w->entries[task->qp_seq & w->mask];
	if (e->state == RTE_VINETALK_TASK_UNKNOWN || e->seq != (uint16_t)task->qp_seq ||
			e->cookie != task->cookie)
		return 0;
	stat->state = (enum rte_vinetalk_task_state)e->state;
	if (stat->state == RTE_VINETALK_TASK_ENDED)
		stat->status = e->status;
	return 0;
}

/* Called with the lock held. */
static int
task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task)
{
	struct rte_vinetalk_task_stat stat;
	int ret = rte_vinetalk_task_stat(dev->id, task, &stat);

	if (ret != 0)
		return ret;
	if (stat.state != RTE_VINETALK_TASK_IN_FLIGHT)
		return -ENOENT;
	return dev->ops->task_cancel != NULL ? dev->ops->task_cancel(dev, task) : -ENOTSUP;
}

int
rte_vinetalk_task_cancel(uint16_t dev_id, const struct rte_vinetalk_task *task)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (task == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "task_cancel", start, task_cancel(dev, task));
}

uint16_t
rte_vinetalk_window_abort(struct rte_vinetalk_window *w, int32_t status,
		struct rte_vinetalk_completion *completions, uint16_t nb)
{
	uint16_t n = 0, seq = w->oldest;

	while (n < nb && w->in_flight != 0 && seq != w->next_seq) {
		struct rte_vinetalk_window_entry *e = &w->entries[seq & w->mask];

		if (e->state == RTE_VINETALK_TASK_IN_FLIGHT) {
			completions[n] = (struct rte_vinetalk_completion){
				.cookie = e->cookie,
				.status = status,
				.qp_seq = rte_vinetalk_qp_seq(w->qp, seq),
			};
			/* Moves oldest on as well. */
			rte_vinetalk_window_end(w, &completions[n]);
			n++;
		}
		seq++;
	}
	return n;
}

int
rte_vinetalk_wait(uint16_t dev_id, uint16_t qp_id, int64_t timeout_us)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	struct rte_vinetalk_qp *qp;
	uint64_t start;
	int ret;

	if (dev == NULL)
		return -ENODEV;
	qp = vinetalk_qp(dev, qp_id);
	if (qp == NULL)
		return -EINVAL;
	if (timeout_us < 0 && qp->win.in_flight == 0)
		return -ENODATA;
	start = dev->ops->trace != NULL ? vinetalk_now_ns() : 0;
	ret = dev->ops->wait(qp, timeout_us);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, "wait", start, vinetalk_now_ns(), ret);
	return ret;
}

/* The queue pair of a device whose driver has events, or NULL and why. */
static struct rte_vinetalk_qp *
event_qp(uint16_t dev_id, uint16_t qp_id, int *ret)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	struct rte_vinetalk_qp *qp = NULL;

	*ret = -ENODEV;
	if (dev == NULL)
		return NULL;
	qp = vinetalk_qp(dev, qp_id);
	*ret = -EINVAL;
	if (qp == NULL)
		return NULL;
	*ret = -ENOTSUP;
	return dev->ops->event_fd != NULL && (dev->capabilities & RTE_VINETALK_CAPA_EVENTS) ? qp :
		NULL;
}

int
rte_vinetalk_event_fd(uint16_t dev_id, uint16_t qp_id)
{
	int ret;
	struct rte_vinetalk_qp *qp = event_qp(dev_id, qp_id, &ret);

	return qp != NULL ? qp->dev->ops->event_fd(qp) : ret;
}

int
rte_vinetalk_event_arm(uint16_t dev_id, uint16_t qp_id)
{
	int ret;
	struct rte_vinetalk_qp *qp = event_qp(dev_id, qp_id, &ret);

	return qp != NULL ? qp->dev->ops->event_arm(qp) : ret;
}

/* What is left of a time limit; -1: there is none. */
static int64_t
left_of(int64_t timeout_us, uint64_t start)
{
	int64_t left;

	if (timeout_us < 0)
		return -1;
	left = timeout_us - (int64_t)((vinetalk_now_ns() - start) / 1000);
	return left < 0 ? 0 : left;
}

static int
run(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp, struct rte_vinetalk_task *task,
		struct rte_vinetalk_completion *completion, int64_t timeout_us, uint64_t start)
{
	int64_t left;
	int ret;

	/* A shared request queue may be full of others' tasks. */
	while (rte_vinetalk_enqueue_burst(dev->id, qp->id, task, 1) == 0) {
		if (!vinetalk_class(dev)->started)
			return -ENODEV;
		left = left_of(timeout_us, start);
		if (left == 0)
			return -EAGAIN;
		ret = dev->ops->wait(qp, left < 0 ? RETRY_US : RTE_MIN(left, RETRY_US));
		if (ret == -ENODEV)
			return -ENODEV;
	}
	while (rte_vinetalk_dequeue_burst(dev->id, qp->id, completion, 1) == 0) {
		ret = dev->ops->wait(qp, left_of(timeout_us, start));
		/* -ENODEV: the dequeue will end the task. */
		if (ret == -ETIMEDOUT)
			return ret;
	}
	return 0;
}

int
rte_vinetalk_run(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_task *task,
		struct rte_vinetalk_completion *completion, int64_t timeout_us)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	const uint64_t start = vinetalk_now_ns();
	struct rte_vinetalk_qp *qp;
	int ret;

	if (dev == NULL)
		return -ENODEV;
	if (task == NULL || completion == NULL)
		return -EINVAL;
	qp = vinetalk_qp(dev, qp_id);
	if (qp == NULL)
		return -EINVAL;
	if (qp->win.in_flight != 0)
		return -EBUSY;
	ret = run(dev, qp, task, completion, timeout_us, start);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, "run", start, vinetalk_now_ns(), ret);
	return ret;
}

const char *
rte_vinetalk_strstatus(int32_t status)
{
	switch (status) {
	case 0:
		return "ok";
	case -EINVAL:
		return "arguments, segments or flags are not right";
	case -EMSGSIZE:
		return "too many segments";
	case -EFAULT:
		return "a segment or the arguments lie outside the arena";
	case -ENODEV:
		return "no such virtual accelerator";
	case -ENOENT:
		return "no such procedure";
	case -ENOTSUP:
		return "the accelerator cannot run this procedure";
	case -ENOSPC:
		return "the output is too small";
	case -ECANCELED:
		return "cancelled";
	case -ETIMEDOUT:
		return "time limit";
	case -EDQUOT:
		return "over a limit of the virtual accelerator or of the domain";
	case -ENOMEM:
		return "the appliance is out of memory";
	case -EIO:
		return "the accelerator failed";
	case -ESTALE:
		return "what the accelerator kept was lost when it failed";
	case -ECONNRESET:
		return "the appliance is gone";
	default:
		return status < 0 && status >= -4095 ? strerror(-status) : "unknown status";
	}
}
