-- Schema 10: personal notices by direct message, and the end of a watch with the right to it.

-- The Discord server in which it was asked for; NULL: before that was kept.
ALTER TABLE watch ADD COLUMN guild INTEGER;
-- The channel of direct messages with the person, where it is told there.
ALTER TABLE watch ADD COLUMN direct INTEGER;
-- When Discord last said what gives the right to it, Unix milliseconds; 0: never, or not any more.
ALTER TABLE watch ADD COLUMN confirmed_ms INTEGER NOT NULL DEFAULT 0;
-- Why this program ended it ('channel', 'closed', 'forbidden', 'left') and when, Unix milliseconds. Kept for a while, for people.
ALTER TABLE watch ADD COLUMN ended TEXT;
ALTER TABLE watch ADD COLUMN ended_ms INTEGER;
