-- Which way is up, what derived sizes are made of, who wrote the description, and placeholders.
ALTER TABLE media ADD COLUMN orientation BIGINT NOT NULL DEFAULT 1;
ALTER TABLE media ADD COLUMN served_mime TEXT NOT NULL DEFAULT '';
ALTER TABLE media ADD COLUMN alt_text_source TEXT;
ALTER TABLE media ADD COLUMN blurhash TEXT;
ALTER TABLE media ADD COLUMN thumbhash BYTEA;
ALTER TABLE alt_text_history ADD COLUMN source TEXT NOT NULL DEFAULT 'author';

-- The same bytes are kept once; `refs` counts the rows in media and variants that name them.
CREATE TABLE blobs (
    name TEXT PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    bytes BIGINT NOT NULL,
    refs BIGINT NOT NULL
);

-- What was made of a media: sizes of a picture, renditions and posters of a film.
CREATE TABLE variants (
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    blob TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    bitrate BIGINT NOT NULL DEFAULT 0,
    -- what a player calls subtitles
    label TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (media_id, name, mime)
);
CREATE INDEX variants_by_blob ON variants (blob);
CREATE INDEX media_by_blob ON media (blob);

UPDATE jobs SET kind = 'process_film' WHERE kind = 'probe_media';
CREATE INDEX segments_by_blob ON segments (blob);
