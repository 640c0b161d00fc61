/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The ready set of layout `thread`: one request ring for each producer, two levels of bits above
 * them, one poller.
 *
 *	producer	stores its tail; full fence; unless its queue is watched sets its leaf bit
 *			if it is clear, and makes sure of the summary bit in any case; then looks
 *			at `parked`, and rings
 *	poller		takes the summary, then the leaf words, by exchange; re-reads the tail of
 *			each queue found. One that had something is hot from then on: watched, and
 *			looked at in each turn. At any time an empty one may be let go: watched 0,
 *			full fence, a look at the tail. Before it sleeps: parked, full fence, a
 *			look at the summary and at the hot queues
 *
 * Queues 0 and 1 share a leaf word. Producer 1 may die at any step; its queue then stays as it is,
 * or another life goes on with it. Memory is TSO, as in park.pml. The sleep has no time limit and
 * the poller does not sweep, so a lost task of a living producer is an invalid end state; what
 * a dead one left may stay. Runs are finite (checked by `pan -l`).
 *
 * Who rings: a producer that takes the flag by exchange and dies before it has rung takes the
 * wake-up of all others with it (TAKE_FIRST below). So it rings first and clears the flag after
 * that. Others may have woken the poller meanwhile, and that may have parked again, so the flag
 * holds the number of the park and is cleared by compare-and-swap. With NO_CLEAR only the poller
 * clears: that is right too, at the cost of a doorbell for each enqueue until the poller runs.
 *
 * Without macros there are no errors, nor with NO_CLEAR. Each of these must be found:
 *
 *	NO_ENQUEUE_FENCE	between the store of the tail and the load of the leaf
 *	NO_PARK_FENCE		between the store of `parked` and the look at the summary
 *	NO_PARK_LOOK		no look at the summary after `parked` is set
 *	SUMMARY_IF_WORD_CLEAR	no look at the summary if the leaf word had any bit: a neighbour may
 *				have died between leaf and summary
 *	SUMMARY_IF_BIT_CLEAR	the same for one's own bit: a former life may have died there
 *	PARKED_EARLY		the load of `parked` passes that of the summary (weakly ordered
 *				processors: the load of the summary must be an acquire)
 *	LEAF_FIRST		the poller clears the summary after it took the leaf words
 *	FORGET			the poller drops a queue before it has seen it empty
 *	NO_COOL_FENCE, NO_COOL_LOOK	when a hot queue is let go
 *	NO_HOT_LOOK		no look at the hot queues after `parked` is set
 *	TAKE_FIRST		exchange, then ring
 *	NO_NUMBER		ring, then clear, whichever park it was
 */

#ifndef TASKS
#define TASKS 2
#endif
/* Of the one that may die. */
#ifndef TASKS_1
#define TASKS_1 TASKS
#endif
#define TASKS_OF(q) ((q) == MORTAL -> TASKS_1 : TASKS)

#ifndef NB_QUEUES
#define NB_QUEUES 2
#endif
#define NB_WORDS ((NB_QUEUES + 1) / 2)
#define POLLER NB_QUEUES
#define MORTAL 1

#define WORD(q) ((q) / 2)
#define BIT(q) (1 << ((q) % 2))

/* What a store goes to; below PARKED: the tail of that queue; above: its `watched`. */
#define PARKED NB_QUEUES
#define WATCHED(q) (NB_QUEUES + 1 + (q))

chan fifo[NB_QUEUES + 1] = [6] of { byte, byte };

byte tail[NB_QUEUES], head[NB_QUEUES];
byte leaf[NB_WORDS];
byte summary;
byte parked;
bit watched[NB_QUEUES];
bool edge; /* the doorbell: edge-triggered, never read */

bool dead[NB_QUEUES];
byte nb_ended;

#define store(what, value) fifo[me] ! what, value
#define fence() empty(fifo[me])

/*
 * As in park.pml, each step has one access to what others see. A bit is loaded, and set if it was
 * clear, in one step: to set it later is the same as to do both later, since setting it twice is
 * the same as once.
 */

active proctype memory()
{
	byte i, what, value;

end:
	do
	:: atomic {
		if
		:: nempty(fifo[0]) -> i = 0
		:: nempty(fifo[1]) -> i = 1
		:: nempty(fifo[2]) -> i = 2
#if NB_QUEUES == 3
		:: nempty(fifo[3]) -> i = 3
#endif
		fi;
		fifo[i] ? what, value;
		if
		:: what == PARKED -> parked = value
		:: what > PARKED -> watched[what - WATCHED(0)] = value
		:: else -> tail[what] = value
		fi;
		i = 0;
		what = 0;
		value = 0
	   }
	od
}

/* After each step that others can see: elsewhere it makes no difference to them. */
#define may_die \
	if \
	:: mortal -> goto died \
	:: true \
	fi

inline ring()
{
#ifdef TAKE_FIRST
	atomic {
		empty(fifo[me]) ->
		was = parked;
		parked = 0;
		may_die
	};
	atomic {
		if
		:: was != 0 -> edge = true
		:: else
		fi;
		was = 0
	}
#else
	atomic { edge = true; may_die };
	atomic {
#ifndef NO_CLEAR
		empty(fifo[me]) ->
		if
#ifdef NO_NUMBER
		:: true -> parked = 0
#else
		:: parked == was -> parked = 0
		:: else
#endif
		fi;
#endif
		was = 0
	}
#endif
}

proctype producer(byte me)
{
	byte nb, was, word;
	bool mortal = (me == MORTAL);

life:
	do
	:: nb < TASKS_OF(me) ->
		atomic { nb++; store(me, nb); may_die };
		atomic {
#ifndef NO_ENQUEUE_FENCE
			fence();
#endif
			if
			:: watched[me] -> goto look
			:: else
			fi
		};
		atomic {
			word = leaf[WORD(me)];
			if
			:: (word & BIT(me)) == 0 ->
				empty(fifo[me]);
				leaf[WORD(me)] = leaf[WORD(me)] | BIT(me);
				may_die
			:: else
			fi
		};
#ifdef PARKED_EARLY
		was = parked;
#endif
		atomic {
#if defined(SUMMARY_IF_WORD_CLEAR)
			if
			:: word != 0 -> goto look
			:: else
			fi;
#elif defined(SUMMARY_IF_BIT_CLEAR)
			if
			:: (word & BIT(me)) != 0 -> goto look
			:: else
			fi;
#endif
			if
			:: (summary & (1 << WORD(me))) == 0 ->
				empty(fifo[me]);
				summary = summary | (1 << WORD(me));
#ifdef PARKED_EARLY
				was = parked; /* nothing passes a locked operation */
#endif
				may_die
			:: else
			fi
		};
look:
		atomic {
#ifndef PARKED_EARLY
			was = parked;
#endif
			word = 0;
			if
			:: was == 0 -> goto life
			:: else
			fi
		};
		ring()
	:: atomic { nb == TASKS_OF(me) -> nb_ended++ }; goto out
	od;
died:
	atomic {
		was = 0;
		word = 0;
		mortal = false;
		if
		:: nb < TASKS_OF(me) -> goto life
		:: dead[me] = true; nb_ended++
		fi
	};
out:
	skip
}

#define DONE(q) (dead[q] || head[q] == TASKS_OF(q))
#if NB_QUEUES == 3
#define ALL_DONE (nb_ended == 3 && DONE(0) && DONE(1) && DONE(2))
#else
#define ALL_DONE (nb_ended == 2 && DONE(0) && DONE(1))
#endif

#define skip_to_set(bits, nb) \
	do \
	:: i < nb && (bits & (1 << i)) == 0 -> i++ \
	:: else -> break \
	od

proctype poller(byte me)
{
	byte taken, i, marks, hot, number;
	bool work, cooling;

turn:
	if
	:: atomic { summary != 0 ->
			empty(fifo[me]);
			taken = summary;
#ifndef LEAF_FIRST
			summary = 0;
#endif
			skip_to_set(taken, NB_WORDS)
		};
		do
		:: atomic { i < NB_WORDS ->
				marks = marks | (leaf[i] << (2 * i));
				leaf[i] = 0;
				i++;
				skip_to_set(taken, NB_WORDS);
				if
				:: i == NB_WORDS -> i = 0; taken = 0; break
				:: else
				fi
			}
		od;
#ifdef LEAF_FIRST
		summary = 0
#endif
	:: else
	fi;
	/* One task of each queue is a turn's budget. */
	do
	:: atomic {
			skip_to_set(marks, NB_QUEUES);
			if
			:: i == NB_QUEUES -> i = 0; break
			:: else
			fi;
			marks = marks & ~(1 << i);
			if
			:: head[i] != tail[i] ->
				head[i]++;
				work = true;
#ifndef FORGET
				if
				:: (hot & (1 << i)) == 0 ->
					hot = hot | (1 << i);
					store(WATCHED(i), 1)
				:: else
				fi
#endif
			:: else
			fi;
			i++
		}
	od;
	do
	:: atomic {
			skip_to_set(hot, NB_QUEUES);
			if
			:: i == NB_QUEUES -> i = 0; break
			:: else
			fi;
			if
			:: head[i] != tail[i] -> head[i]++; work = true; i++
			:: head[i] == tail[i] -> i++
			:: head[i] == tail[i] -> store(WATCHED(i), 0); cooling = true
			fi
		};
		if
		:: atomic { cooling ->
			cooling = false;
#ifndef NO_COOL_FENCE
			fence();
#endif
			if
#ifndef NO_COOL_LOOK
			:: head[i] != tail[i] -> store(WATCHED(i), 1)
#endif
			:: else -> hot = hot & ~(1 << i)
			fi;
			i++
		   }
		:: else
		fi
	od;
	atomic {
		if
		:: work -> work = false; goto turn
		:: else -> number++; store(PARKED, number)
		fi
	};

	atomic {
#ifndef NO_PARK_FENCE
		fence();
#endif
#ifndef NO_PARK_LOOK
		if
		:: summary != 0 -> goto unpark
		:: else
		fi;
#endif
		skip
	};
#ifndef NO_HOT_LOOK
	do
	:: atomic {
			skip_to_set(hot, NB_QUEUES);
			if
			:: i == NB_QUEUES -> i = 0; break
			:: else
			fi;
			if
			:: head[i] != tail[i] -> i = 0; goto unpark
			:: else -> i++
			fi
		}
	od;
#endif
	if
	:: edge -> edge = false
	:: ALL_DONE -> goto out
	fi;
unpark:
	store(PARKED, 0);
	goto turn;
out:
	skip
}

init
{
	atomic {
		run producer(0);
		run producer(1);
#if NB_QUEUES == 3
		run producer(2);
#endif
		run poller(POLLER)
	}
}
