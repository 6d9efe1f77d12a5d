-- Schema 1: positions, lanes, deliveries, tallies.
-- Foreign keys are not declared: the writer alone inserts, and a parent lookup per delivery costs more than it gives.

-- One stream of one server.
CREATE TABLE source (
    source INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    stream TEXT NOT NULL,
    UNIQUE (server, stream)
) STRICT;

-- Small numbers for the random 64-bit ids of generations. A number is never given out twice.
CREATE TABLE generation (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    id INTEGER NOT NULL UNIQUE
) STRICT;

-- The committed position in each generation. A row outlives its generation for as long as deliveries of it may exist:
-- it is what refuses lines that were already turned into deliveries.
CREATE TABLE checkpoint (
    generation INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    head_len INTEGER NOT NULL,
    head_hash INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    anchor_len INTEGER NOT NULL,
    anchor_hash INTEGER NOT NULL,
    seen_size INTEGER NOT NULL CHECK (seen_size >= 0),
    ended INTEGER NOT NULL,
    saved_ms INTEGER NOT NULL,
    context BLOB NOT NULL
) STRICT;

-- One ordered lane per destination, with exact counters kept in the transactions that change them, so that nothing is
-- ever counted at start.
CREATE TABLE lane (
    lane INTEGER PRIMARY KEY,
    destination TEXT NOT NULL UNIQUE,
    waiting_rows INTEGER NOT NULL DEFAULT 0,
    waiting_bytes INTEGER NOT NULL DEFAULT 0,
    given_up_rows INTEGER NOT NULL DEFAULT 0,
    releases INTEGER NOT NULL DEFAULT 0
) STRICT;

-- state: 0 waiting, 1 in flight, 2 delivered, 3 dead, 4 expired.
-- guarded: 1 when the position that was committed together with the row lies behind its line. Such a line is refused by
-- the position for ever, so the row need not be found by its id; only the few others are in the index over ids.
CREATE TABLE delivery (
    seq INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    part INTEGER NOT NULL,
    guarded INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    happened_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    server TEXT NOT NULL,
    kind TEXT NOT NULL,
    username TEXT,
    message_id INTEGER,
    reason TEXT,
    text TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX delivery_id ON delivery (generation, line_offset, part, lane) WHERE guarded = 0;
CREATE INDEX delivery_open ON delivery (lane) WHERE state <= 1;
CREATE INDEX delivery_in_flight ON delivery (lane) WHERE state = 1;
CREATE INDEX delivery_settled ON delivery (state, changed_ms) WHERE state >= 2;

-- What was suppressed, dropped or sent twice, by server and rule.
CREATE TABLE tally (
    server TEXT NOT NULL,
    rule TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (server, rule)
) STRICT, WITHOUT ROWID;
