-- The last time by a clock that was believed, in milliseconds: a clock that is ahead of it by more than
-- has passed deletes nothing for a while, whatever is restarted meanwhile.
ALTER TABLE installation ADD COLUMN clock_believed_at BIGINT NOT NULL DEFAULT 0;
