-- Schema 7: what people do through the bot and the command line.

-- One row before a command leaves (kind 'sent') and one when its end is known (kind 'ended', of: the row before it), or one
-- alone for what was refused ('refused'). Nothing is ever changed here; only age removes rows.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    of INTEGER,
    -- The user of Discord; NULL for the command line.
    person INTEGER,
    name TEXT NOT NULL,
    -- The Discord server and the channel.
    guild INTEGER,
    channel INTEGER,
    server TEXT,
    command TEXT NOT NULL,
    -- The exact line for the console, secrets left out.
    line TEXT,
    outcome TEXT NOT NULL,
    -- What the game said.
    answer TEXT
) STRICT;
CREATE INDEX audit_at ON audit (at_ms);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- When somebody used a command, for as long as it counts.
CREATE TABLE command_use (
    person INTEGER NOT NULL,
    class TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX command_use_at ON command_use (at_ms);

-- The server that somebody chose for the commands that follow.
CREATE TABLE chosen_server (
    person INTEGER PRIMARY KEY,
    server TEXT NOT NULL
) STRICT;
