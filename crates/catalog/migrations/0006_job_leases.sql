-- A job's lease and its back-off are told apart, accidents from suspicions, and a job that is given
-- up is kept.

-- how often the file was suspected of the failure; `attempts` counts all other failures
ALTER TABLE jobs ADD COLUMN suspicions BIGINT NOT NULL DEFAULT 0;
-- identifies one lease: of one job, by one worker, once; NULL while nobody has it
ALTER TABLE jobs ADD COLUMN lease_owner BIGINT;
-- when the lease ends; `run_at` is when the job is due
ALTER TABLE jobs ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0;
-- when it was given up; NULL while it waits or runs
ALTER TABLE jobs ADD COLUMN failed_at BIGINT;
CREATE INDEX jobs_to_take ON jobs (kind, run_at, id) WHERE failed_at IS NULL;
