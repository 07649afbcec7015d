-- Which signed file each document was made of: one signed file is sealed once, and bears one number.
CREATE TABLE sealing (
    signed   TEXT PRIMARY KEY,         -- digest of the file that a clerk sealed
    document TEXT NOT NULL UNIQUE REFERENCES document (digest)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER sealing_unchanged BEFORE UPDATE ON sealing
BEGIN SELECT raise(ABORT, 'what a document was made of never changes'); END;

CREATE TRIGGER sealing_stays BEFORE DELETE ON sealing
BEGIN SELECT raise(ABORT, 'what a document was made of is never deleted'); END;

CREATE TRIGGER sealing_once BEFORE INSERT ON sealing
WHEN EXISTS (SELECT 1 FROM sealing WHERE signed = NEW.signed OR document = NEW.document)
BEGIN SELECT raise(ABORT, 'what was sealed is never sealed again'); END;
