-- Schema 3: lines that look like events and that nothing understood, by shape and game version: the drift alarm.

CREATE TABLE unknown_lines (
    server TEXT NOT NULL,
    -- Of the game; empty where the log does not tell.
    version TEXT NOT NULL,
    shape TEXT NOT NULL,
    lines INTEGER NOT NULL CHECK (lines >= 0),
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    -- When admins were told; NULL while they were not.
    told_ms INTEGER,
    -- One of the lines, without addresses and ids.
    sample TEXT NOT NULL,
    PRIMARY KEY (server, version, shape)
) STRICT, WITHOUT ROWID;
