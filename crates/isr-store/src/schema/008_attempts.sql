-- An attempt whose answer was lost is repeated exactly: how many rows its message held, on the first of them.
ALTER TABLE delivery ADD COLUMN attempt_rows INTEGER;

-- What tells this store from every other one. Two programs of one bot must not mark their messages alike.
CREATE TABLE identity (
    mark INTEGER NOT NULL
) STRICT;

INSERT INTO identity (mark) VALUES (random());
