/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Quiesce and salvage of a request ring of several producers, with its spares.
 *
 *	producer	stores `inside`; full fence; loads the generation, and whether it is active;
 *			if both are right enqueues as MT_RTS rings do: reserves by the head, copies
 *			the slot word by word, the last one to end moves the tail; clears `inside`
 *	appliance	takes what is published. When a client has died: closes the generation; full
 *			fence; waits until no live client is inside, or detaches one that stays there; takes
 *			what is published; if more was reserved, or one that may still run was
 *			inside when it was detached, makes a ring new that no such one holds, takes from
 *			the reserved slots those that are whole and the next of a live client, and
 *			opens the generation of that ring
 *
 * Producer 0 lives, 1 may die at any step, 2 may be stopped at any step for any time: it is detached if
 * it is inside when the queue is closed, and goes on later. Queues are closed as well for others
 * (EXTRA times). A slot is two words, written in either order: who and number, and the check word. Rings
 * begin in the middle, full of whole requests of an earlier lap, so that indexes wrap.
 *
 * Stores pass later loads only where a fence is left out, by turning the two around: on TSO, and with
 * the acquires and releases that the code has, there is nothing else that fences are for. Moving
 * head and tail are one step each, as the stock ring's compare-exchange makes them.
 *
 * No request of producer 0, nor of 2 while it is not detached, is lost; none is done twice, out of order, or
 * by halves; everybody ends (no invalid end state), and runs are finite (`pan -l`). Without macros
 * there are no errors. Each of these must be found:
 *
 *	NO_INSIDE_FENCE	between the store to inside and the load of the generation
 *	NO_CLOSE_FENCE	between the store to the generation and the look at `inside`
 *	NO_WAIT		for those who are inside
 *	NO_SALVAGE	of the slots behind a hole
 *	NO_SEQ		number of a slot that is salvaged
 *	STAY		in a ring that a zombie was inside of, if it has no hole
 *	REUSE		a ring that a zombie holds
 *	NO_ACTIVE	a producer does not look whether it is detached
 *	OPEN_EARLY	the generation is opened before the salvage
 *
 * These alone do no harm; they are found together with another one:
 *
 *	NO_CHECK	of the check word, with NO_ORIGIN: requests of who is detached are taken. Those of
 *			live clients are whole when nobody live is inside
 *	NO_DRAIN	of what is published, before a ring is left: the salvage begins there
 *
 * Not modelled: numbers come again after 65,536 of them, and could then be those of slots of an earlier life of
 * a ring. So a spare is zeroed.
 */

#ifndef TASKS
#define TASKS 1
#endif
#define TASKS_OF(p) ((p) == 0 -> TASKS : 1)
#ifndef EXTRA
#define EXTRA 1
#endif
#define NB 3      /* producers */
#define RINGS 3
#define SIZE 4
#ifndef CAP
#define CAP (SIZE - 1)
#endif
#define START 2
#define LAST_LAP 7 /* a number that was used before */

#define MORTAL 1
#define STOPS 2

#define WORD(p, s) ((p) * 8 + (s))
#define AT(r, i) ((r) * SIZE + ((i) % SIZE))
#define CLOSED 8

byte head[RINGS], hcnt[RINGS], tail[RINGS], tcnt[RINGS];
byte word[RINGS * SIZE], check[RINGS * SIZE];
byte cons[RINGS];
byte gen;  /* a ring, + CLOSED */
bool inside[NB], attached[NB], ended[NB], gone[NB];
byte sent[NB]; /* published by one who was not detached then */
byte got[NB];  /* taken, in order */
bool dead;

/* ---- producers ---- */

/* Who was detached while it was stopped need not go on. */
#define may_die \
	if \
	:: p == MORTAL -> dead = true; goto over \
	:: p == STOPS && !attached[p] -> goto frozen \
	:: true \
	fi

proctype producer(byte p)
{
	byte s = 1, r, i;

	do
	:: s > TASKS_OF(p) -> break
	:: else ->
again:
#ifdef NO_INSIDE_FENCE
		atomic { r = gen; may_die };
		atomic { inside[p] = true; may_die };
#else
		atomic { inside[p] = true; may_die };
		atomic { r = gen; may_die };
#endif
#ifndef NO_ACTIVE
		atomic {
			if
			:: !attached[p] -> inside[p] = false; goto over
			:: else -> may_die
			fi
		};
#endif
		if
		:: r >= CLOSED ->
			atomic { inside[p] = false; may_die };
			atomic {
				gen < CLOSED || !attached[p];
				if
				:: !attached[p] -> goto over
				:: else -> goto again
				fi
			}
		:: else
		fi;
		atomic {
			if
			:: head[r] - cons[r] < CAP -> i = head[r]; head[r]++; hcnt[r]++; may_die
			:: else -> i = 255; may_die
			fi
		};
		if
		:: i == 255 ->
			atomic { inside[p] = false; may_die };
			atomic {
				/* Until there is room, or the ring is another. */
				gen != r || head[r] - cons[r] < CAP || !attached[p];
				goto again
			}
		:: else
		fi;
		if
		:: atomic { word[AT(r, i)] = WORD(p, s); may_die };
		   atomic { check[AT(r, i)] = WORD(p, s); may_die }
		:: atomic { check[AT(r, i)] = WORD(p, s); may_die };
		   atomic { word[AT(r, i)] = WORD(p, s); may_die }
		fi;
		atomic {
			tcnt[r]++;
			if
			:: tcnt[r] == hcnt[r] -> tail[r] = head[r]
			:: else
			fi;
			may_die
		};
		atomic { sent[p] = s; s++; inside[p] = false; may_die }
	od;
over:
	atomic { ended[p] = true; r = 0; i = 0; s = 0; goto left };
frozen:
end_frozen:
	false;
left:
}

/* ---- the appliance ---- */

byte cur, at, q, spare;
byte held; /* 1 + ring that a zombie may write */
byte extra = EXTRA;
bool hole, zombie;

#define SLOT word[AT(cur, at)]
#define WHOLE (check[AT(cur, at)] == SLOT)
#define NEXT (SLOT % 8 == got[q] + 1)

#ifdef NO_CHECK
#define is_whole(salvaging) (salvaging || WHOLE)
#else
#define is_whole(salvaging) WHOLE
#endif
#ifdef NO_SEQ
#define is_next(salvaging) (salvaging || NEXT)
#else
#define is_next(salvaging) NEXT
#endif
#ifdef NO_ORIGIN
#define is_live true
#else
#define is_live attached[q]
#endif

/* The slot at `at` of the ring in service, if it is whole and the next one of somebody. */
inline take(salvaging)
{
	q = SLOT / 8;
	if
	:: SLOT != 0 && is_live && is_whole(salvaging) && is_next(salvaging) ->
		assert(NEXT);
		assert(WHOLE);
		got[q]++
	:: else
	fi;
	q = 0
}

inline make_new(r)
{
	head[r] = START;
	tail[r] = START;
	cons[r] = START;
	hcnt[r] = 0;
	tcnt[r] = 0;
	at = 0;
	do
	:: at == SIZE -> break
	:: else -> word[AT(r, at)] = 0; check[AT(r, at)] = 0; at++
	od;
	at = 0
}

#ifdef STAY
#define MUST_MOVE hole
#else
#define MUST_MOVE (hole || zombie)
#endif

inline salvage()
{
#ifndef NO_DRAIN
	do
	:: cons[cur] == tail[cur] -> break
	:: else -> at = cons[cur]; take(false); cons[cur]++
	od;
#endif
	hole = head[cur] != cons[cur];
	if
	:: MUST_MOVE ->
		spare = (cur + 1) % RINGS;
#ifndef REUSE
		if
		:: held == 1 + spare -> spare = (spare + 1) % RINGS
		:: else
		fi;
		assert(held != 1 + spare);
#else
		/* As if one alone were left. */
		if
		:: held != 0 && held != 1 + cur -> spare = held - 1
		:: else
		fi;
#endif
		make_new(spare);
#ifndef NO_SALVAGE
		at = cons[cur];
		do
		:: at == head[cur] -> break
		:: else -> take(true); at++
		od;
#endif
		cur = spare
	:: else
	fi;
	at = 0;
	spare = 0;
	hole = false;
	zombie = false
}

#define live_inside ((inside[0] && attached[0]) || (inside[1] && attached[1]) || (inside[2] && attached[2]))

active proctype appliance()
{
	bool quiet;

end:
	do
	:: atomic { cons[cur] != tail[cur] -> at = cons[cur]; take(false); cons[cur]++; at = 0 }
	:: atomic {
		/* Somebody has died, or left. */
		if
		:: dead && attached[MORTAL] -> attached[MORTAL] = false
		:: ended[STOPS] && !attached[STOPS] && !gone[STOPS] -> gone[STOPS] = true; held = 0
		:: extra > 0 -> extra--
		fi
	   };
#ifdef NO_CLOSE_FENCE
		atomic { quiet = !live_inside };
#endif
		gen = cur + CLOSED;
#ifndef NO_WAIT
		do
		:: atomic { quiet || !live_inside -> quiet = false; break }
		:: atomic { dead && attached[MORTAL] -> attached[MORTAL] = false }
		:: atomic {
			/* The time is over. */
			inside[STOPS] && attached[STOPS] -> attached[STOPS] = false
		   };
		   atomic {
			if
			:: inside[STOPS] -> zombie = true; held = 1 + cur
			:: else
			fi
		   }
		od;
#endif
#ifdef OPEN_EARLY
		gen = cur;
#endif
		atomic { salvage() };
		gen = cur
	od
}

/* When nothing moves any more. */
active proctype judge()
{
	timeout;
	assert(ended[0] && got[0] == TASKS);
	assert(!attached[STOPS] || got[STOPS] == sent[STOPS])
}

init
{
	byte i = 0;

	atomic {
		do
		:: i == RINGS * SIZE -> break
		:: else ->
			word[i] = WORD(i % NB, LAST_LAP);
			check[i] = word[i];
			i++
		od;
		i = 0;
		do
		:: i == RINGS -> break
		:: else ->
			head[i] = START;
			tail[i] = START;
			cons[i] = START;
			i++
		od;
		attached[0] = true;
		attached[1] = true;
		attached[2] = true;
		i = 0;
		run producer(0);
		run producer(1);
		run producer(2)
	}
}
