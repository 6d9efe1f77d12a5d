-- Statistics: who was on which server when, and how often what happened. Never what somebody said.
-- Names are numbers here: a row of counts is a few bytes. Player 0 is nobody, detail 0 is none.

CREATE TABLE stat_server (
    server INTEGER PRIMARY KEY,
    tag TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE stat_player (
    player INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- The first join that was seen; NULL for who was only mentioned.
    joined_ms INTEGER,
    -- The hour of the last event, for retention.
    last_hour INTEGER NOT NULL,
    UNIQUE (server, name)
) STRICT;

-- Kinds, causes of death, technologies.
CREATE TABLE stat_word (
    word INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- ended_ms is NULL while the player is on the server.
CREATE TABLE session (
    session INTEGER PRIMARY KEY,
    server INTEGER NOT NULL,
    player INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    ended_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX session_open ON session (server, player) WHERE ended_ms IS NULL;
CREATE INDEX session_ended ON session (ended_ms) WHERE ended_ms IS NOT NULL;

-- Counts by hour (since 1970, UTC) for some weeks, and by day for as long as statistics are kept. Both are written at
-- once: rolling up is removing the hours.
CREATE TABLE hour_count (
    hour INTEGER NOT NULL,
    server INTEGER NOT NULL,
    player INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, server, player, kind, detail)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_count (
    day INTEGER NOT NULL,
    server INTEGER NOT NULL,
    player INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, server, player, kind, detail)
) STRICT, WITHOUT ROWID;

-- Up to where recaps of a server were posted, so that none is posted twice.
CREATE TABLE recap (
    server INTEGER NOT NULL,
    span TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (server, span)
) STRICT, WITHOUT ROWID;
