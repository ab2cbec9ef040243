/*
 * The protocol of the cache: epoch, sequence, floor, lease. One shard, one key with two tags, FLIGHTS computations at a
 * time, any number of readers and of steps.
 *
 * The data is one bit: before the watched write of the database every computation gives OLD, after it NEW. A value that
 * an acknowledged invalidation should have removed is then an OLD one given to a read that began after the watched
 * write's invalidation was acknowledged. All other invalidations are noise, which may come at any moment; as any of
 * them could have been the watched one, watching one is watching all.
 *
 * README.md says what is abstracted and why nothing is lost by it, and which -D makes which variant.
 */
#ifndef FLIGHTS
#define FLIGHTS 3
#endif

#define OLD 0
#define NEW 1

/* Who holds a sequence: first the head and its fields, then what is stamped: the entry, what flights and
   the reader hold, and the same of the replica. */
#define SEQ 0
#define FLOOR 1
#define TAG_A 2
#define TAG_B 3
#define RULE 4
#define HEAD_SIZE 5
#define ENTRY 5
#define SHARD_SIZE 6
#define OF(c) (SHARD_SIZE + (c))
#define READER FLIGHTS
#define REPLICA (SHARD_SIZE + FLIGHTS + 1)
#ifdef FAILOVER
#define KNOWN (REPLICA + SHARD_SIZE) /* to the writer: the head's sequence after its invalidation */
#define HOLDERS (KNOWN + 1)
#define IS_HEAD(holder) (holder < HEAD_SIZE || (holder >= REPLICA && holder < REPLICA + HEAD_SIZE) || holder == KNOWN)
#else
#define HOLDERS REPLICA
#define IS_HEAD(holder) (holder < HEAD_SIZE)
#endif
byte sequence[HOLDERS];

/* Who holds an epoch: the head (at SEQ), the entry, flights, the reader. The head's, if there is one, is HEADS. */
#define NONE 0
#define HEADS 1
#define OTHER 2
#define REPLICAS 3
byte epoch[HOLDERS];

/* The rest of the shard: whether the rule's tags are all among the entry's, the entry's value, the lease's owner. */
bit ruleApplies;
bit stored;
byte lease;

/* Each flight has an owner of its own. A number may come again once nothing of the flight before is left. */
#ifdef OWNER_IS_PROCESS
#define OWNER(c) 1
#else
#define OWNER(c) ((c) + 1)
#endif
#define OWNER_GONE (FLIGHTS + 1)

bit flies[FLIGHTS];  /* which flights are under way */
bit values[FLIGHTS]; /* what they computed */

bit database;      /* what a computation gives now */
bit acknowledged;  /* the watched write's invalidation was acknowledged */

/* Temporaries of one step; they are no part of the state. */
hidden byte i;
hidden byte accepted;

#ifdef FAILOVER
#define OWNED(c) (now.lease == OWNER(c) || (now.replicating && now.replicaLease == OWNER(c)))
#else
#define OWNED(c) (now.lease == OWNER(c))
#endif

/* What cannot be asked any more is forgotten: fields that say no more than the floor or than tag A, for who asks for
   a rule asks for those too, and the token of a flight whose lease is gone, for its set is refused whatever it holds. */
inline tidy() {
    c_code {
        for (int k = 0; k < HOLDERS; k += REPLICA) {
            unsigned char *head = now.sequence + k;
            if (head[TAG_A] <= head[FLOOR]) { head[TAG_A] = 0; }
            if (head[TAG_B] <= head[FLOOR]) { head[TAG_B] = 0; }
            if (head[RULE] <= head[FLOOR] || head[RULE] <= head[TAG_A]) { head[RULE] = 0; }
        }
        if (now.sequence[RULE] == 0) { now.ruleApplies = 0; }
#ifdef FAILOVER
        if (now.sequence[REPLICA + RULE] == 0) { now.replicaRuleApplies = 0; }
#endif
#if !defined(SET_WITHOUT_LEASE) && !defined(OWNER_IS_PROCESS)
        for (int c = 0; c < FLIGHTS; c++) {
            if (now.flies[c] && !OWNED(c)) {
                now.epoch[OF(c)] = NONE;
                now.sequence[OF(c)] = 0;
#ifndef JOINERS
                now.values[c] = OLD;
#endif
            }
        }
#endif
    }
}

/* Only whether a stamp is at least a value of the head is ever asked, so both are replaced by levels that answer this
   alike: the level rises with a value of the head that is above a stamp. Stamps of dead epochs are not asked. */
inline renumber() {
    tidy();
    c_code {
        unsigned heads = 0, stamps = 0;
        for (int k = 0; k < HOLDERS; k++) {
            if (IS_HEAD(k)) { heads |= 1u << now.sequence[k]; }
            else if (now.epoch[k] == NONE || now.epoch[k] == OTHER) { now.sequence[k] = 0; }
            else { stamps |= 1u << now.sequence[k]; }
        }
        unsigned char levels[32], level = 0, stamped = 0;
        for (int value = 0; value < 32; value++) {
            if ((heads >> value & 1) && stamped) { level++; stamped = 0; }
            levels[value] = level;
            if (stamps >> value & 1) { stamped = 1; }
        }
        for (int k = 0; k < HOLDERS; k++) {
            if (IS_HEAD(k) || (now.epoch[k] != NONE && now.epoch[k] != OTHER)) {
                now.sequence[k] = levels[now.sequence[k]];
            }
        }
    }
}

inline forget(holder) {
    sequence[holder] = 0;
    epoch[holder] = NONE
}

/* ---- The message counter (with the epoch). Only equality is asked: of the head's, the token's, the joiner's. ---- */

#ifdef JOINERS
#define UNUSED 0
#define CURRENT 1
#define TOKENS 2
#define ELSE 3
byte counterOfToken, counterOfJoiner;
inline message() {
    if
    :: counterOfJoiner == CURRENT -> counterOfJoiner = (counterOfToken == CURRENT -> TOKENS : ELSE)
    :: else
    fi;
    if
    :: counterOfToken == CURRENT -> counterOfToken = TOKENS
    :: else
    fi
}

inline newToken() {
    counterOfToken = CURRENT;
    if
    :: counterOfJoiner == TOKENS -> counterOfJoiner = ELSE
    :: else
    fi
}
#else
#define message() skip
#endif
#ifdef JOIN_BY_SEQUENCE
#define messageOfKey() skip
#else
#define messageOfKey() message()
#endif

/* ---- The shard's scripts. Each is one step, as on the server. ---- */

#ifdef FAILOVER
#define OTHER_OR_REPLICAS (replicaHasEpoch -> REPLICAS : OTHER)
hidden byte replicaHasEpoch;
#else
#define OTHER_OR_REPLICAS OTHER
#endif

/* Rule 8: without a head there is a new epoch, which nobody ever held. The clock may have been set back meanwhile, so
   its first sequence is as low as can be. */
inline ensureHead() {
    if
    :: epoch[SEQ] == NONE ->
        epoch[SEQ] = HEADS;
        sequence[SEQ] = 0;
        sequence[FLOOR] = 0;
#ifndef SAME_EPOCH
#ifdef FAILOVER
        replicaHasEpoch = (epoch[REPLICA] == HEADS);
#endif
        for (i : 1 .. HOLDERS - 1) {
            if
            :: epoch[i] == HEADS -> epoch[i] = OTHER_OR_REPLICAS
            :: else
            fi
        };
#endif
        message()
    :: else
    fi
}

/* Rule 1. */
inline next() {
    ensureHead();
    sequence[SEQ]++
}

inline invalidate(tag) {
    next();
    sequence[tag] = sequence[SEQ];
    message();
    renumber()
}

/* Of all of several tags: A and B, which the entry has, or A and another, which it has not. There is room for one rule:
   when another comes, the older one becomes the invalidation of its first tag. */
inline invalidateAll(applies) {
    next();
#ifndef RULE_DROPPED
    if
    :: sequence[RULE] > sequence[TAG_A] -> sequence[TAG_A] = sequence[RULE]
    :: else
    fi;
#endif
    sequence[RULE] = sequence[SEQ];
    ruleApplies = applies;
    message();
    renumber()
}

inline clear() {
    next();
#ifndef CLEAR_WITHOUT_FLOOR
    sequence[FLOOR] = sequence[SEQ];
#endif
    sequence[TAG_A] = 0;
    sequence[TAG_B] = 0;
    sequence[RULE] = 0;
    ruleApplies = 0;
    message();
    renumber()
}

inline delete() {
    forget(ENTRY);
    stored = OLD;
#ifndef LEASE_SURVIVES_DELETE
    lease = 0;
#endif
    messageOfKey();
    renumber()
}

/* The truth as it is now. */
inline put() {
    ensureHead();
    epoch[ENTRY] = HEADS;
    sequence[ENTRY] = sequence[SEQ];
    stored = database;
    lease = 0;
    messageOfKey();
    renumber()
}

inline prune(tag) {
#ifndef PRUNE_WITHOUT_FLOOR
    if
    :: sequence[tag] > sequence[FLOOR] -> sequence[FLOOR] = sequence[tag]
    :: else
    fi;
#endif
    sequence[tag] = 0;
    renumber()
}

inline loseHead() {
    epoch[SEQ] = NONE;
    for (i : 0 .. HEAD_SIZE - 1) { sequence[i] = 0 };
    ruleApplies = 0;
    renumber()
}

/* Rule 4. The token: the head's epoch and sequence before the computation begins. */
inline takeLease(c) {
    ensureHead();
    lease = OWNER(c);
    flies[c] = 1;
    epoch[OF(c)] = HEADS;
    sequence[OF(c)] = sequence[SEQ];
    renumber()
}

/* Rule 2, for what one holds, a token or the entry's stamp. The entry has both tags. */
#ifdef LOST_IS_VALID
#define IN_EPOCH(c) (epoch[OF(c)] == HEADS || (epoch[OF(c)] != NONE && epoch[SEQ] == NONE))
#else
#define IN_EPOCH(c) (epoch[OF(c)] == HEADS && epoch[SEQ] == HEADS)
#endif
#define SINCE(c, holder) (sequence[OF(c)] >= sequence[holder])
#define UNTOUCHED(c) SINCE(c, SEQ)
#define HEAD_VALID(c) (IN_EPOCH(c) && SINCE(c, FLOOR) && (!ruleApplies || SINCE(c, RULE)))
#define VALID(c) (HEAD_VALID(c) && (UNTOUCHED(c) || (SINCE(c, TAG_A) && SINCE(c, TAG_B))))

/* Rule 5, and the stamp. */
#ifdef SET_WITHOUT_LEASE
#define SET_OWNED(c) true
#else
#define SET_OWNED(c) (lease == OWNER(c))
#endif
#ifdef SET_UNCHECKED
#define SET_VALID(c) true
#else
#define SET_VALID(c) VALID(c)
#endif
inline set(c) {
#ifdef STAMP_AT_SET
    epoch[OF(c)] = epoch[SEQ];
    sequence[OF(c)] = sequence[SEQ];
#endif
    accepted = SET_OWNED(c) && SET_VALID(c);
    if
    :: accepted ->
        epoch[ENTRY] = epoch[OF(c)];
        sequence[ENTRY] = sequence[OF(c)];
        stored = values[c];
        lease = 0
    :: else
    fi
}

#ifdef NEVER_SERVED
#define STALE(value, owed) ((owed) && (value) == NEW)
#else
#define STALE(value, owed) ((owed) && (value) == OLD)
#endif

/* ---- A caller that joins the flight of its process (rule 10). There is one flight, and others hold the lease. ---- */

#ifdef JOINERS
#define COMPUTES 1
#define SENT 2
#define STORED 3
#define REFUSED 4
byte flight;

#define BEFORE_SENT 1
#define AFTER_SENT 2
byte joined;
bit owedToJoiner;

/* The joiner read the head of the flight's token: between the two there was no message. */
#define SAME_HEAD (counterOfJoiner == counterOfToken)
#ifdef JOIN_ANY
#define ACCEPTED true
#elif defined(JOIN_ANY_STORED)
#define ACCEPTED (flight == STORED || SAME_HEAD)
#else
#define ACCEPTED ((flight == STORED && joined == BEFORE_SENT) || SAME_HEAD)
#endif

inline leave() {
    joined = 0;
    owedToJoiner = 0;
    counterOfJoiner = UNUSED
}

inline handOver(value) {
    if
    :: joined ->
        assert(!(ACCEPTED && STALE(value, owedToJoiner)));
        leave()
    :: else
    fi;
    flight = 0;
    counterOfToken = UNUSED
}

proctype Joiner() {
    do
    :: d_step { epoch[SEQ] != NONE -> owedToJoiner = acknowledged; counterOfJoiner = CURRENT };
        if
        :: d_step { flight != 0 -> joined = (flight == COMPUTES -> BEFORE_SENT : AFTER_SENT) };
            joined == 0
        :: d_step { leave() }
        fi
    od
}
#endif

/* ---- Failover: the replica has the state of an earlier moment, and becomes the primary. ---- */

#ifdef FAILOVER
bit replicating;        /* its state is that of a moment which is over: what came after is exposed */
bit replicaRuleApplies;
bit replicaStored;
byte replicaLease;
bit exposed;            /* the watched invalidation */
bit lost;

inline fallBehind() {
    for (i : 0 .. SHARD_SIZE - 1) {
        sequence[REPLICA + i] = sequence[i];
        epoch[REPLICA + i] = epoch[i]
    };
    replicaRuleApplies = ruleApplies;
    replicaStored = stored;
    replicaLease = lease;
    replicating = 1
}

#define HELD_BY_REPLICA(holder) (epoch[REPLICA] != NONE && epoch[holder] == epoch[REPLICA])

inline failOver() {
    ruleApplies = replicaRuleApplies;
    stored = replicaStored;
    lease = replicaLease;
    for (i : 0 .. SHARD_SIZE - 1) {
        sequence[i] = sequence[REPLICA + i];
        epoch[i] = epoch[REPLICA + i]
    };
    for (i : 1 .. REPLICA - 1) {
        if
        :: epoch[i] != NONE -> epoch[i] = (HELD_BY_REPLICA(i) -> HEADS : OTHER)
        :: else
        fi
    };
    if
    :: epoch[SEQ] != NONE -> epoch[SEQ] = HEADS
    :: else
    fi;
    for (i : REPLICA .. REPLICA + SHARD_SIZE - 1) { forget(i) };
    replicaRuleApplies = 0;
    replicaStored = OLD;
    replicaLease = 0;
    replicating = 0;
    lost = lost || exposed;
#if defined(WAIT) || defined(REPLAY) || defined(REPAIR)
    acknowledged = acknowledged && !exposed;
#endif
    exposed = 0;
    renumber()
}
#endif

/* ---- Flights: a miss, or a hit that is refreshed early, leads to one; it may begin at any time. ---- */

inline finish(c) {
    forget(OF(c));
    flies[c] = 0;
    values[c] = OLD;
#ifdef FAILOVER
    if
    :: replicaLease == OWNER(c) -> replicaLease = OWNER_GONE
    :: else
    fi;
#endif
    renumber()
}

proctype Flight(byte c) {
    do
    :: d_step { lease == 0 -> takeLease(c) };
#ifdef JOINERS
        d_step { newToken(); flight = COMPUTES };
        values[c] = database;
        flight = SENT;
        d_step { set(c); flight = (accepted -> STORED : REFUSED); renumber() };
        d_step { handOver(values[c]); finish(c) }
#else
        d_step { values[c] = database; renumber() };
        d_step { set(c); finish(c) }
#endif
    od
}

/* ---- A read: GET of the entry, then HMGET of the head and of tags. Reads change nothing that others see: what one
   reader is never given, any number of them are never given. ---- */

bit value, owed;

inline getEntry() {
    epoch[OF(READER)] = epoch[ENTRY];
    sequence[OF(READER)] = sequence[ENTRY];
    value = stored;
    /* What a read is owed is settled when it begins. */
    owed = acknowledged;
    renumber()
}

inline forgetEntry() {
    forget(OF(READER));
    value = OLD;
    owed = 0;
    renumber()
}

#ifdef FAILOVER
/* Others' steps between its commands are looked at without failovers; a read that meets one ends with its connection. */
proctype Reader() {
    do
    :: d_step {
            epoch[ENTRY] != NONE && acknowledged && stored == OLD ->
            getEntry();
            assert(!VALID(READER));
            forgetEntry()
        }
    od
}
#elif !defined(JOINERS)
proctype Reader() {
    do
    :: d_step { epoch[ENTRY] != NONE -> getEntry() };
        if
        /* The caller names both tags; or nothing was invalidated since, and it need not. */
        :: d_step { VALID(READER) -> assert(!STALE(value, owed)); forgetEntry() }
        /* It names A only: a second trip for B, with the head once more. */
        :: HEAD_VALID(READER) && !UNTOUCHED(READER) && SINCE(READER, TAG_A) ->
            d_step {
#ifdef SECOND_TRIP_WITHOUT_HEAD
                assert(!(SINCE(READER, TAG_B) && STALE(value, owed)));
#else
                assert(!(HEAD_VALID(READER) && SINCE(READER, TAG_B) && STALE(value, owed)));
#endif
                forgetEntry()
            }
        :: d_step { !VALID(READER) -> forgetEntry() }
        fi
    od
}
#endif

/* ---- The watched write: the database, then the invalidation, then its acknowledgement. ---- */

proctype Writer() {
    byte kind;
    select(kind : 0 .. 5);
#ifdef WATCHED
    kind == WATCHED;
#endif
#ifdef FAILOVER
    kind != 1 && kind != 2;
#endif
    database = NEW;
again:
    skip;
    d_step {
        if
        :: kind == 0 -> invalidate(TAG_A)
        :: kind == 1 -> invalidate(TAG_B)
        :: kind == 2 -> invalidateAll(1)
        :: kind == 3 -> clear()
        :: kind == 4 -> delete()
        :: kind == 5 -> put()
        fi;
#ifdef FAILOVER
#ifdef REPAIR_TO_KNOWN
        sequence[KNOWN] = sequence[SEQ];
#endif
        exposed = replicating;
        lost = 0
#endif
    };
#if defined(WAIT)
    /* WAIT says whether the replica has it. */
    if
    :: d_step { !exposed && !lost -> acknowledged = 1 }
    :: lost -> goto again
    fi
#elif defined(REPLAY) || defined(REPAIR)
    if
    :: d_step { !lost -> acknowledged = 1 }
    :: lost
    fi;
    lost;
#ifdef REPAIR
    /* What was lost is made up for by a floor above all that there is. */
#ifdef REPAIR_TO_KNOWN
    d_step {
        ensureHead();
        if
        :: sequence[SEQ] < sequence[KNOWN] -> sequence[SEQ] = sequence[KNOWN]
        :: else
        fi;
        sequence[FLOOR] = sequence[KNOWN];
        renumber();
        exposed = replicating;
        lost = 0;
        acknowledged = 1
    }
#else
    kind = 3;
    goto again
#endif
#else
    /* What was lost is done again, a put as a delete: its value need not be the truth any more. */
#ifdef REPLAY_ONLY_TAGS
    if
    :: kind < 4
    :: else -> acknowledged = 1; false
    fi;
#endif
    if
    :: kind == 5 -> kind = 4
    :: else
    fi;
    goto again
#endif
#else
    acknowledged = 1
#endif
}

/* ---- What others do, and what happens. ---- */

proctype Surroundings() {
    do
    :: d_step { epoch[SEQ] != NONE -> next(); message(); renumber() }           /* of a tag that the entry has not */
    :: d_step { epoch[SEQ] != NONE -> invalidate(TAG_A) }
#ifndef FAILOVER
    :: d_step { epoch[SEQ] != NONE -> invalidate(TAG_B) }
    :: d_step { epoch[SEQ] != NONE -> invalidateAll(0) }
    :: d_step { epoch[SEQ] != NONE -> invalidateAll(1) }
    :: d_step { sequence[TAG_B] != 0 -> prune(TAG_B) }
#endif
    :: d_step { epoch[SEQ] != NONE -> clear() }
    :: d_step { delete() }
    :: d_step { put() }
    :: d_step { sequence[TAG_A] != 0 -> prune(TAG_A) }
    :: d_step { epoch[SEQ] != NONE -> loseHead() }                               /* evicted, flushed */
    :: d_step { epoch[ENTRY] != NONE -> forget(ENTRY); stored = OLD; renumber() } /* expired, evicted */
    :: d_step { lease != 0 -> lease = 0; renumber() }                             /* expired, evicted */
#ifdef JOINERS
    :: d_step { lease == 0 -> lease = OWNER_GONE }                               /* others' flights */
#endif
#ifdef FAILOVER
    :: d_step { !replicating -> fallBehind(); renumber() }
    :: d_step { replicating -> failOver() }
#endif
    od
}

init {
    atomic {
        for (i : 0 .. FLIGHTS - 1) { run Flight(i) };
#ifdef JOINERS
        run Joiner();
#else
        run Reader();
#endif
        run Writer();
        run Surroundings()
    }
}
