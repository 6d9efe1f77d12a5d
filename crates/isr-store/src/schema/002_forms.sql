-- Schema 2: what a delivery becomes besides a line of text.

-- form: NULL a line, 1 alone, 2 embed, 3 picture (its PNG in attachment).
ALTER TABLE delivery ADD COLUMN form INTEGER;
-- The player that it is about, where a later delivery may be merged with it.
ALTER TABLE delivery ADD COLUMN subject TEXT;
-- Whom it may ping, as isr-core encodes it; NULL nobody.
ALTER TABLE delivery ADD COLUMN pings TEXT;
ALTER TABLE delivery ADD COLUMN attachment BLOB;
