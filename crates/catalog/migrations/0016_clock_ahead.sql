-- What the clock showed, in milliseconds, when it was first ahead of what was believed, counted on by the
-- time that the server ran since; and that time. 0 while it is not ahead.
ALTER TABLE installation ADD COLUMN clock_ahead_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE installation ADD COLUMN clock_ahead_ms BIGINT NOT NULL DEFAULT 0;
