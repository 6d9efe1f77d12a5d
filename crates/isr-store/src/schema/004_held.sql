-- What quiet hours hold back until their end, to be told in one digest.

-- generation is the id itself, not its small number: the rows are few and go away within a day. A number is never given
-- out twice: the ids of digests are made from them.
CREATE TABLE held (
    held INTEGER PRIMARY KEY AUTOINCREMENT,
    until_ms INTEGER NOT NULL,
    destination TEXT NOT NULL,
    server TEXT NOT NULL,
    generation INTEGER NOT NULL,
    line_offset INTEGER NOT NULL,
    part INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    happened_ms INTEGER NOT NULL,
    UNIQUE (generation, line_offset, part, destination)
) STRICT;

CREATE INDEX held_until ON held (until_ms);
