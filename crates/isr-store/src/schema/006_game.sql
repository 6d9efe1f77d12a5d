-- Schema 6: what is seen of running games, and the messages that show it.

-- One row per server and minute, for pictures and sparklines. NULL is what could not be read.
CREATE TABLE sample (
    server INTEGER NOT NULL,
    -- Since 1970, UTC.
    minute INTEGER NOT NULL,
    players INTEGER,
    -- Updates per second, times 100.
    ups_x100 INTEGER,
    game_s INTEGER,
    PRIMARY KEY (server, minute)
) STRICT, WITHOUT ROWID;

-- A row of these changes the message that the row with this number became, instead of adding one.
ALTER TABLE delivery ADD COLUMN changes INTEGER;
CREATE INDEX delivery_changes ON delivery (changes) WHERE changes IS NOT NULL;

-- What each rule remembers of each server. post is the delivery that became the message of an alert that is not over:
-- it outlives its retention, so that the end of the alert finds the message.
CREATE TABLE alert (
    server TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    destination TEXT,
    post INTEGER,
    PRIMARY KEY (server, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_post ON alert (post) WHERE post IS NOT NULL;

-- The message that shows a server's card. begun_ms: a first request was begun then and its answer is not known.
CREATE TABLE card (
    destination TEXT NOT NULL,
    server TEXT NOT NULL,
    message_id INTEGER,
    begun_ms INTEGER,
    PRIMARY KEY (destination, server)
) STRICT, WITHOUT ROWID;

-- Planned work: alerts of a server keep silent. The server '' is all of them.
CREATE TABLE maintenance (
    server TEXT PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    by_whom TEXT NOT NULL
) STRICT, WITHOUT ROWID;
