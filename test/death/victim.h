/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VICTIM_H
#define VICTIM_H

/* What a victim does between its two stops. */
enum victim_op {
	VICTIM_ATTACH = 'a',
	VICTIM_ENQUEUE = 'e',
	VICTIM_DOORBELL = 'b', /* the same, with a poller that sleeps */
	VICTIM_DEQUEUE = 'd',
	VICTIM_PARK = 'p',
	VICTIM_LEAVE = 'l',
};

/* How a victim that was not killed ended. */
enum victim_outcome {
	VICTIM_DONE = 0,
	VICTIM_DETACHED = 10, /* it was told so, or refused */
	VICTIM_LOST,          /* a task has no end */
	VICTIM_DOUBLED,       /* a task has two, or one that was never sent has one */
	VICTIM_ORDER,
	VICTIM_CONTENT,
	VICTIM_STATUS,        /* an error that nothing explains */
};

#endif /* VICTIM_H */
