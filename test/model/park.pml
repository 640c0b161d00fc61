/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Park, ring and look again, in both directions.
 *
 *	thread	vtclient_path.c (enqueue, fence, parked?, ring the poller, take the flag back) and
 *		vtclient_wait.c (lock, parked, fence, ring empty?, one thread of a vector sleeps
 *		on the doorbell, the others behind it). Threads 0 and 1 share a vector, 2 has
 *		its own.
 *	poller	vta_poller.c, vta_complete.c, vta_idle.c, idle mode `interrupt` or `adaptive`.
 *	mate	vta_mail.c: another thread of the appliance that sends to the poller's inbox.
 *
 * Memory is TSO: each process has a FIFO of stores that only it does not see yet, process `memory`
 * writes them out at any later time. A fence waits until one's own FIFO is empty, so does an
 * exchange. The publication of a multi-producer enqueue (a CAS with release order) counts as
 * a store too: x86 would drain the FIFO there, the C11 memory model does not promise it.
 *
 * No sleep has a time limit here, so a wake-up that is lost is an invalid end state. Runs are
 * finite (checked by `pan -l`: no cycles at all), so each run ends with every task completed.
 *
 * Without macros there are no errors. Each of these leaves something out, and must be found:
 *
 *	NO_ENQUEUE_FENCE, NO_PARK_FENCE, NO_PARK_LOOK	client to poller
 *	NO_PUBLISH_FENCE, NO_WAIT_FENCE, NO_WAIT_LOOK	poller to client
 *	NO_BROADCAST			the watcher of a vector leaves silently
 *	NO_SEND_FENCE			mate to poller
 *
 * With DEATH client 0 may die between its doorbell and taking the flag back (each thread is a client
 * of its own then); still no errors, since it rings first, and takes back the flag of this sleep only: the
 * flag is the number of the sleep. With TAKE_FIRST as well (exchange, then ring, as the poller does with
 * clients) the flag is gone and nobody rings: must be found.
 */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef TASKS
#define TASKS 2
#endif
#ifndef ITEMS
#define ITEMS 0
#endif

#define NB_TASKS (THREADS * TASKS)
#define POLLER THREADS
#define MATE (THREADS + 1)
#if ITEMS > 0
#define NB_FIFOS (THREADS + 2)
#else
#define NB_FIFOS (THREADS + 1)
#endif
#ifdef DEATH
#define VECTOR(t) (t)
#define NB_VECTORS THREADS
#else
#define VECTOR(t) ((t) / 2)
#define NB_VECTORS ((THREADS + 1) / 2)
#if THREADS > 1
#define SHARED
#endif
#endif

/* What a store goes to. */
#define TAIL 0
#define PARKED 1
#define SLEEPING 2
#define INBOX 3
#define VPARKED 4  /* + vector */
#define CQ 8       /* + thread */

/* Stores on their way. */
chan fifo[NB_FIFOS] = [4] of { byte, byte };

/* The request ring, RTS: the tail moves when all that reserved have published. */
byte slot[NB_TASKS];
byte reserved, published, tail;

byte cq_tail[THREADS];
byte parked, sleeping, inbox;
byte vparked[NB_VECTORS];

/* The poller's epoll set: clients' doorbell is edge-triggered and never read, wakefd is neither. */
bool edge;
byte wakefd;

/* A client's vector: doorbell, and vtclient_vector. */
byte bell[NB_VECTORS];
bool locked[NB_VECTORS], watched[NB_VECTORS];
bool behind[NB_VECTORS]; /* at most one is: two threads share a vector */
#ifdef DEATH
bool died;
#endif

byte nb_ended, items_seen;

#define store(what, value) fifo[me] ! what, value
#define fence() empty(fifo[me])

/*
 * Each step below has one access to what others can see. What is invisible (a store into one's own
 * FIFO, a local variable, the wait of a fence) joins the access next to it in an `atomic`, which
 * leaves all orders of accesses as they are and makes the search small.
 */

/* Look at the flag of who may sleep; if set, take it, and ring if it was still set. */
#define wake(word, ring) \
	if \
	:: word != 0 -> \
		atomic { \
			empty(fifo[me]) -> \
			old = word; \
			word = 0 \
		}; \
		if \
		:: atomic { old != 0 -> ring; old = 0 } \
		:: else \
		fi \
	:: else \
	fi

active proctype memory()
{
	byte i, what, value;

end:
	do
	:: atomic {
		if
		:: nempty(fifo[0]) -> i = 0
		:: nempty(fifo[1]) -> i = 1
#if NB_FIFOS > 2
		:: nempty(fifo[2]) -> i = 2
#endif
#if NB_FIFOS > 3
		:: nempty(fifo[3]) -> i = 3
#endif
#if NB_FIFOS > 4
		:: nempty(fifo[4]) -> i = 4
#endif
		fi;
		fifo[i] ? what, value;
		if
		:: what == TAIL ->
			published++;
			if
			:: published == reserved -> tail = reserved
			:: else
			fi
		:: what == PARKED -> parked = value
#if ITEMS > 0
		:: what == SLEEPING -> sleeping = value
		:: what == INBOX -> inbox++
#endif
		:: what >= VPARKED && what < CQ -> vparked[what - VPARKED] = value
		:: what >= CQ -> cq_tail[what - CQ] = value
		fi;
		i = 0;
		what = 0;
		value = 0
	   }
	od
}

#ifdef DEATH
#define may_die \
	if \
	:: me == 0 -> goto ended_early \
	:: true \
	fi
#else
#define may_die skip
#endif

#ifndef TAKE_FIRST
inline wake_first()
{
	if
	:: parked != 0 ->
		old = parked;
		edge = true;
		may_die;
		atomic {
			empty(fifo[me]) ->
			if
			:: parked == old -> parked = 0
			:: else
			fi;
			old = 0
		}
	:: else
	fi
}
#endif

inline enqueue()
{
	atomic {
		slot[reserved] = me;
		reserved++;
		sent++;
		store(TAIL, 0)
	};
	atomic {
#ifndef NO_ENQUEUE_FENCE
		fence();
#endif
#ifdef TAKE_FIRST
		wake(parked, may_die; edge = true)
#else
		wake_first()
#endif
	}
}

inline sleep_once()
{
	if
#ifdef SHARED
	:: atomic {
		watched[v] ->
		locked[v] = false;
		behind[v] = true
	   };
		atomic { !behind[v] && !locked[v] -> locked[v] = true }
#endif
	:: atomic {
		else ->
		watched[v] = true;
		locked[v] = false
	   };
		bell[v] > 0;
		bell[v] = 0;
		atomic {
			!locked[v] ->
			locked[v] = true;
			watched[v] = false;
#ifndef NO_BROADCAST
			behind[v] = false
#endif
		}
	fi
}

inline wait()
{
	atomic { !locked[v] -> locked[v] = true };
	do
	:: 	store(VPARKED + v, 1);
		atomic {
#ifndef NO_WAIT_FENCE
			fence();
#endif
#ifndef NO_WAIT_LOOK
			if
			:: cq_tail[me] != got -> break
			:: else
			fi
#endif
		};
		sleep_once();
#ifdef NO_WAIT_LOOK
		if
		:: cq_tail[me] != got -> break
		:: else
		fi
#endif
	od;
	locked[v] = false
}

proctype thread(byte me)
{
	byte sent, got, old, v = VECTOR(me);

	do
	:: sent < TASKS -> enqueue()
	:: got < sent ->
		if
		:: cq_tail[me] == got -> wait()
		:: else
		fi;
		atomic {
			got = cq_tail[me];
			assert(got <= sent)
		}
	:: atomic { got == TASKS -> nb_ended++ }; goto out
	od;
#ifdef DEATH
ended_early:
	died = true;
	nb_ended++;
#endif
out:
	skip
}

#if ITEMS > 0
proctype mate(byte me)
{
	byte old, sent;

	do
	:: atomic { sent < ITEMS -> sent++; store(INBOX, 0) };
		atomic {
#ifndef NO_SEND_FENCE
			fence();
#endif
			wake(sleeping, wakefd++)
		}
	:: else -> break
	od
}
#endif

inline publish()
{
	/* For all queue pairs together one fence. */
	atomic {
		t = 0;
		do
		:: t < THREADS ->
			if
			:: dirty[t] -> store(CQ + t, done[t])
			:: else
			fi;
			t++
		:: else -> break
		od;
		t = 0
	};
#ifndef NO_PUBLISH_FENCE
	fence();
#endif
	do
	:: atomic {
			do
			:: t < THREADS && !dirty[t] -> t++
			:: else -> break
			od;
			if
			:: t == THREADS -> t = 0; break
			:: else
			fi;
			dirty[t] = false;
			wake(vparked[VECTOR(t)], bell[VECTOR(t)]++)
		}
	od
}

#define ALL_DONE (nb_ended == THREADS && items_seen == ITEMS)

proctype poller(byte me)
{
	byte head, t, old, done[THREADS];
	bool dirty[THREADS], work;
	byte number;

turn:
#if ITEMS > 0
	atomic {
		if
		:: inbox != items_seen -> items_seen = inbox; work = true
		:: else
		fi
	};
#endif
	if
	:: atomic { head != tail ->
			work = true;
			do
			:: head != tail ->
				t = slot[head];
				done[t]++;
				dirty[t] = true;
				head++
			:: else -> break
			od
		};
		publish()
	:: else
	fi;
	if
	:: atomic { work -> work = false; goto turn }
	:: else
	fi;

	atomic {
		number++;
		store(PARKED, number);
#if ITEMS > 0
		store(SLEEPING, 1)
#endif
	};
	atomic {
#ifndef NO_PARK_FENCE
		fence();
#endif
#if ITEMS > 0 && !defined(NO_PARK_LOOK)
		if
		:: inbox != items_seen -> goto unpark
		:: else
		fi;
#endif
		skip
	};
#ifndef NO_PARK_LOOK
	if
	:: head != tail -> goto unpark
	:: else
	fi;
#endif
	if
#if ITEMS > 0
	:: atomic { edge || wakefd != 0 -> edge = false; work = (wakefd != 0) };
		if
		:: atomic { work -> wakefd = 0; work = false }
		:: else
		fi
#else
	:: edge -> edge = false
#endif
	:: ALL_DONE -> goto out
	fi;
unpark:
	atomic {
		store(PARKED, 0);
#if ITEMS > 0
		store(SLEEPING, 0)
#endif
	};
	goto turn;
out:
#ifdef DEATH
	assert(died || head == NB_TASKS)
#else
	assert(head == NB_TASKS)
#endif
}

init
{
	atomic {
		run thread(0);
#if THREADS > 1
		run thread(1);
#endif
#if THREADS == 3
		run thread(2);
#endif
		run poller(POLLER);
#if ITEMS > 0
		run mate(MATE)
#endif
	}
}
