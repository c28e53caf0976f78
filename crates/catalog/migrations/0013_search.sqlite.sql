
-- The terms of each description, by its id. Bytes above 127 are part of a term as they are.
CREATE VIRTUAL TABLE description_terms USING fts5 (
    terms,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = "ascii tokenchars '=-'"
);
CREATE TRIGGER descriptions_deleted AFTER DELETE ON descriptions BEGIN
    DELETE FROM description_terms WHERE rowid = old.id;
END;
