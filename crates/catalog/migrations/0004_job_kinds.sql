-- Jobs are named after what they do to a media.
UPDATE jobs SET kind = 'derive_sizes' WHERE kind = 'make_sizes';
UPDATE jobs SET kind = 'process_video' WHERE kind = 'process_film';
