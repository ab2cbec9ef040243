/*
 * The near cache: what a process keeps in its memory, and how it learns what became invalid. One shard, one key, one
 * process, any number of messages, any time. A second is ONE_SECOND units.
 *
 * As in cache.pml the data is one bit, and one write is watched. What is promised is bounded: PROMISED after the
 * watched invalidation was acknowledged, to another process, nothing OLD is served from memory. Messages may come late
 * or never, singly or all of them, and nobody is told; so may heartbeats.
 */
#ifndef ONE_SECOND
#define ONE_SECOND 5
#endif
#ifndef PROMISED
#define PROMISED ONE_SECOND
#endif

/* The message counter: who holds a number. 0: nobody. QUEUED messages are on their way to the process. */
#define HEAD 0
#define MIRROR 1
#define HEARTBEAT 2
#define REPLICA 3
#define QUEUE 4
#ifndef QUEUED
#define QUEUED 2
#endif
#define HOLDERS (QUEUE + QUEUED)
byte number[HOLDERS];
bit watched[QUEUED];      /* which of the messages is that of the watched invalidation */
byte queued;

/* The server. */
bit executed;             /* the watched invalidation */
bit deletes;              /* it is a delete, which moves no sequence; otherwise it is one of tags or a clear */
byte age;                 /* time since its acknowledgement, 0: not acknowledged; at most ONE_SECOND + 1 */

/* The process. Its mirror is there when number[MIRROR] is. */
bit knows;                /* the mirror would call OLD invalid: its sequences include the watched one */
byte alive;               /* for how long it may be served from */
bit present;              /* OLD is in memory; NEW may always be served, and is not looked at */
bit adopted;              /* the mirror's number was taken from a heartbeat, and no message followed yet */

#define IDLE 0
#define SENT 1
#define ANSWERED 2        /* by the server; the answer is on its way */
#define PENDING 3         /* the answer is there and says that messages are missing */
byte heartbeat;
byte elapsed;             /* since it was sent; at most ONE_SECOND */
bit waited;               /* pending for a unit of time */
bit ofOther;              /* the answer is another primary's */
bit sawWatched;           /* the answer is of a time after the watched invalidation */

byte fill;                /* IDLE, SENT, ANSWERED */
bit ticket;               /* what was read, OLD, may still be inserted */

#ifdef FAILOVER
bit replicaExecuted;
bit changed;              /* the primary; the process does not know */
#endif

/* Only order and neighbourhood matter: gaps are shortened to one missing number. */
inline renumber() {
    c_code {
        unsigned held = 0;
        unsigned char names[32], name = 0, last = 0;
        for (int k = 0; k < HOLDERS; k++) { if (now.number[k]) { held |= 1u << now.number[k]; } }
        for (int value = 1; value < 32; value++) {
            if (held >> value & 1) {
                name += last != 0 && value == last + 1 ? 1 : name == 0 ? 1 : 2;
                names[value] = name;
                last = value;
            }
        }
        for (int k = 0; k < HOLDERS; k++) { if (now.number[k]) { now.number[k] = names[now.number[k]]; } }
    }
}

/* Publishes; what does not fit is lost, as is what the network loses. */
inline publish(isWatched) {
    number[HEAD]++;
    if
    :: queued < QUEUED ->
        number[QUEUE + queued] = number[HEAD];
        watched[queued] = isWatched;
        queued++
    :: else
    fi;
    renumber()
}

inline dequeue() {
    c_code {
        for (int k = 0; k + 1 < QUEUED; k++) {
            now.number[QUEUE + k] = now.number[QUEUE + k + 1];
            now.watched[k] = now.watched[k + 1];
        }
        now.number[QUEUE + QUEUED - 1] = 0;
        now.watched[QUEUED - 1] = 0;
        now.queued--;
    }
}

inline endHeartbeat() {
    heartbeat = IDLE;
    elapsed = 0;
    sawWatched = 0;
    number[HEARTBEAT] = 0;
    waited = 0;
    ofOther = 0
}

/* Everything of the shard is forgotten, also what is being read. */
inline drop() {
    number[MIRROR] = 0;
    knows = 0;
    alive = 0;
    adopted = 0;
    present = 0;
#ifndef FILL_WITHOUT_TICKET
    ticket = 0;
#endif
    if
    :: heartbeat == PENDING -> endHeartbeat()
    :: else
    fi
}

inline extend() {
#ifdef ALIVE_SINCE_ANSWER
    alive = ONE_SECOND;
#else
    if
    :: ONE_SECOND - elapsed > alive -> alive = ONE_SECOND - elapsed
    :: else
    fi;
#endif
}

/* The number is the last plus one. */
inline apply() {
    number[MIRROR] = number[QUEUE];
    adopted = 0;
    if
    :: watched[0] ->
        if
        :: deletes
        :: else -> knows = 1
        fi;
        present = 0;
#ifndef FILL_WITHOUT_TICKET
        if
        :: deletes -> ticket = 0
        :: else
        fi
#endif
    :: else
    fi;
    if
    :: heartbeat == PENDING && number[MIRROR] >= number[HEARTBEAT] -> extend(); endHeartbeat()
    :: else
    fi
}

inline receive() {
    if
    :: number[MIRROR] == 0
#ifdef NO_GAPS
    :: number[MIRROR] != 0 -> apply()
#else
    :: number[MIRROR] != 0 && number[QUEUE] == number[MIRROR] + 1 -> apply()
    /* Late ones, which the heartbeat has counted. */
    :: number[MIRROR] != 0 && number[QUEUE] <= number[MIRROR] && adopted
    :: number[MIRROR] != 0 && (number[QUEUE] > number[MIRROR] + 1 || (number[QUEUE] <= number[MIRROR] && !adopted)) -> drop()
#endif
    fi;
    dequeue();
    renumber()
}

#ifdef FAILOVER
/* A new subscription, and all anew. */
inline notice() {
    drop();
    endHeartbeat();
    do
    :: queued != 0 -> dequeue()
    :: else -> break
    od;
    changed = 0;
    renumber()
}
#endif

inline heed() {
    if
    :: number[MIRROR] == 0 ->
        /* The floor of the new mirror is the head's sequence. */
        number[MIRROR] = number[HEARTBEAT];
        knows = sawWatched && !deletes;
        adopted = 1;
        extend();
        endHeartbeat()
    /* Also when messages have overtaken the answer. */
    :: number[MIRROR] >= number[HEARTBEAT] -> extend(); endHeartbeat()
    :: number[MIRROR] != 0 && number[MIRROR] < number[HEARTBEAT] ->
#ifdef ALIVE_AT_ONCE
        extend();
#endif
        heartbeat = PENDING
    fi;
    renumber()
}

#define SERVABLE (present && alive && number[MIRROR] && !knows)

/* Nothing OLD can be in memory any more, whatever follows. */
#ifdef FAILOVER
#define SETTLED (executed && !present && fill == IDLE && (number[REPLICA] == 0 || replicaExecuted))
#else
#define SETTLED (executed && !present && fill == IDLE)
#endif

/* ---- The server and the others. ---- */

proctype Server() provided (!SETTLED) {
    number[HEAD] = 1;
    do
    :: d_step { publish(0) }
#ifdef FAILOVER
    :: d_step { number[REPLICA] == 0 -> number[REPLICA] = number[HEAD]; replicaExecuted = executed }
    :: d_step { number[REPLICA] != 0 ->
            number[HEAD] = number[REPLICA];
            number[REPLICA] = 0;
            /* What was lost is owed again when it was done again. */
            if
            :: executed && !replicaExecuted -> executed = 0; age = 0
            :: else
            fi;
            replicaExecuted = 0;
#ifndef NOT_NOTICED
            changed = 1;
#endif
            renumber()
        }
#endif
    od
}

proctype Writer() provided (!SETTLED) {
    if
    :: deletes = 0
    :: deletes = 1
    fi;
    do
    :: d_step { !executed -> executed = 1; publish(1) }
    :: d_step { executed && age == 0 -> age = 1 }
    od
}

proctype Network() provided (!SETTLED) {
    do
    :: d_step { queued != 0 -> receive() }
    :: d_step { queued != 0 -> dequeue(); renumber() }
    od
}

/* ---- The process. ---- */

proctype Heart() provided (!SETTLED) {
    do
    :: d_step { heartbeat == IDLE -> heartbeat = SENT }
#if defined(FAILOVER) && !defined(NOT_NOTICED)
    /* With the number comes who answered. */
    :: d_step { heartbeat == SENT -> heartbeat = ANSWERED; ofOther = changed;
            if
            :: changed
            :: else -> number[HEARTBEAT] = number[HEAD]; sawWatched = executed
            fi
        }
#else
    :: d_step { heartbeat == SENT -> heartbeat = ANSWERED; number[HEARTBEAT] = number[HEAD]; sawWatched = executed }
#endif
#if defined(FAILOVER) && !defined(NOT_NOTICED)
    :: d_step { heartbeat == ANSWERED && !ofOther -> heed() }
    :: d_step { heartbeat == ANSWERED && ofOther -> notice() }
    :: d_step { changed -> notice() }
#else
    :: d_step { heartbeat == ANSWERED -> heed() }
#endif
    /* No answer; or a pending one that is given up, for a newer one or for its missing messages. */
#ifdef ALIVE_AT_ONCE
    :: d_step { heartbeat == SENT || heartbeat == ANSWERED -> endHeartbeat(); renumber() }
#else
    :: d_step { heartbeat != IDLE -> endHeartbeat(); renumber() }
#endif
    :: d_step { heartbeat == PENDING -> drop(); renumber() }
    /* The subscription was interrupted, and says so. */
    :: d_step { number[MIRROR] != 0 -> drop(); renumber() }
    od
}

proctype Filler() provided (!SETTLED) {
    do
    :: d_step { fill == IDLE && number[MIRROR] != 0 && !executed -> fill = SENT; ticket = 1 }
    /* What the shared cache gives is never older than what was executed there: cache.pml. */
    :: d_step { fill == SENT && !executed -> fill = ANSWERED }
    :: d_step { fill == ANSWERED ->
            present = present || (ticket && alive && number[MIRROR] != 0 && !knows);
            fill = IDLE;
            ticket = 0
        }
    :: d_step { fill != IDLE -> fill = IDLE; ticket = 0 }
    :: d_step { present -> present = 0 }
    od
}

proctype Reader() provided (!SETTLED) {
    do
    :: d_step { SERVABLE && age > PROMISED -> assert(false) }
    od
}

/* ---- Time. ---- */

proctype Clock() provided (!SETTLED) {
    do
    :: d_step {
#ifdef ALIVE_AT_ONCE
            /* It waits that long for the missing messages, then it drops. */
            !waited ->
#endif
            if
            :: alive -> alive--
            :: else
            fi;
            if
            :: age != 0 && age <= ONE_SECOND -> age++
            :: else
            fi;
            if
            :: heartbeat != IDLE && elapsed < ONE_SECOND -> elapsed++
            :: else
            fi;
#ifdef ALIVE_AT_ONCE
            waited = (heartbeat == PENDING);
#endif
        }
    od
}

init {
    atomic {
        run Server();
        run Writer();
        run Network();
        run Heart();
        run Filler();
        run Reader();
        run Clock()
    }
}
