
-- The terms of each description, by its id. Bytes above 127 are part of a term as they are. Six characters of
-- each are the mark of the owner: a beginning of three to five letters is looked up like a word; a longer one
-- has few words to merge.
CREATE VIRTUAL TABLE description_terms USING fts5 (
    terms,
    content = '',
    contentless_delete = 1,
    detail = none,
    prefix = '9 10 11',
    tokenize = "ascii tokenchars '=-'"
);
CREATE TRIGGER descriptions_deleted AFTER DELETE ON descriptions BEGIN
    DELETE FROM description_terms WHERE rowid = old.id;
END;
