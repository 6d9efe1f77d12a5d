-- Schema 9: the audit log as a chain, how far it was posted, personal notices, linked players.

-- SHA-256 of the former row's hash and of everything in this row; NULL: written before there was a chain.
-- A further kind: 'removed' (of: the last row that age removed).
ALTER TABLE audit ADD COLUMN hash BLOB;

-- Where the log and its chain begin: the oldest row that there was, and the first that has to have a hash. One row.
CREATE TABLE audit_chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    oldest INTEGER NOT NULL,
    first INTEGER NOT NULL
) STRICT;
INSERT INTO audit_chain (one, oldest, first)
SELECT 1, ifnull((SELECT min(seq) FROM audit), given + 1), given + 1
FROM (SELECT max(ifnull((SELECT max(seq) FROM audit), 0),
                 ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)) AS given);

-- The newest row that age removed: what is left of the chain begins behind it, and a row of the chain says so. One row at
-- most.
CREATE TABLE audit_removed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- The last row of the audit log that was put into the outbox for a destination.
CREATE TABLE audit_posted (
    destination TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

-- What people of Discord want to be told, each for themselves: by message in a channel, theirs alone or not.
CREATE TABLE watch (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL,
    server TEXT NOT NULL,
    -- 'player', 'research', 'server'
    what TEXT NOT NULL,
    player TEXT,
    channel INTEGER NOT NULL
) STRICT;

-- Players who proved that they are these people of Discord.
CREATE TABLE linked_player (
    person INTEGER PRIMARY KEY,
    player TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX linked_player_once ON linked_player (player COLLATE NOCASE);
