-- An office's state. Invariants live here: whatever a program forgets, the database refuses.
-- Moments are RFC 3339 text in UTC with microseconds (exchange/moment.py), so that text sorts as time does.
-- Digests are "sha256:<hex>". Nothing in here is a key, a PIN or a document's content.
-- INSERT OR REPLACE deletes without asking a DELETE trigger unless the connection says recursive_triggers = ON;
-- so each table that keeps its rows also refuses an INSERT under a key that is taken, each key by itself.
-- Tables whose key is text are WITHOUT ROWID: a hidden number would be one more key to replace a row by.

CREATE TABLE office (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    code   TEXT NOT NULL,
    name   TEXT NOT NULL,
    origin TEXT NOT NULL,              -- the log's unique name
    organisation TEXT NOT NULL,        -- what our seal's certificate shows, where that is not our name or code
    url    TEXT NOT NULL,              -- where peers reach us; "" until it is known
    made   TEXT NOT NULL
) STRICT;

CREATE TRIGGER office_once BEFORE INSERT ON office WHEN EXISTS (SELECT 1 FROM office)
BEGIN SELECT raise(ABORT, 'an office is never replaced'); END;

CREATE TRIGGER office_moves_only BEFORE UPDATE ON office
WHEN (NEW.one, NEW.code, NEW.name, NEW.origin, NEW.organisation, NEW.made)
    IS NOT (OLD.one, OLD.code, OLD.name, OLD.origin, OLD.organisation, OLD.made)
BEGIN SELECT raise(ABORT, 'an office never changes but for its address'); END;

CREATE TRIGGER office_stays BEFORE DELETE ON office
BEGIN SELECT raise(ABORT, 'an office is never deleted'); END;

CREATE TABLE peer (
    code        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    url         TEXT NOT NULL,
    certificate BLOB NOT NULL,         -- DER, pinned
    fingerprint TEXT NOT NULL UNIQUE,  -- one certificate speaks for one agency
    log_key     TEXT NOT NULL,         -- vkey of the peer's log
    organisation TEXT NOT NULL,        -- what its seal's certificate shows; "" for its name or code
    added       TEXT NOT NULL
) STRICT;

---------------------------------------------------------------------------- registers (NĐ 30/2020 Đ15, Đ22)

CREATE TABLE series (
    series TEXT    NOT NULL,
    year   INTEGER NOT NULL,
    first  INTEGER NOT NULL CHECK (first >= 1),   -- an office that moves in mid-year goes on from its paper book
    PRIMARY KEY (series, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE number (
    series      TEXT    NOT NULL,
    year        INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN (
        'reserved',     -- a clerk is sealing a document with it, until lease_until
        'released',     -- given back: the next one handed out, lowest first
        'confirmed'     -- on a sealed document, for ever
    )),
    reservation TEXT,
    lease_until TEXT,
    document    TEXT UNIQUE,
    PRIMARY KEY (series, year, number),
    CHECK ((state = 'reserved') = (reservation IS NOT NULL)),
    CHECK ((state = 'reserved') = (lease_until IS NOT NULL)),
    CHECK ((state = 'confirmed') = (document IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX number_open ON number (series, year, number) WHERE state <> 'confirmed';

CREATE TRIGGER number_without_gap BEFORE INSERT ON number
WHEN NEW.number <> 1 + coalesce(
    (SELECT max(number) FROM number WHERE series = NEW.series AND year = NEW.year),
    (SELECT first - 1 FROM series WHERE series = NEW.series AND year = NEW.year),
    0)
BEGIN SELECT raise(ABORT, 'a number may not leave a gap'); END;

CREATE TRIGGER number_begins_reserved BEFORE INSERT ON number WHEN NEW.state <> 'reserved'
BEGIN SELECT raise(ABORT, 'a number is never confirmed before it was reserved'); END;

CREATE TRIGGER number_keeps_its_place BEFORE UPDATE ON number
WHEN (NEW.series, NEW.year, NEW.number) IS NOT (OLD.series, OLD.year, OLD.number)
    OR EXISTS (SELECT 1 FROM number WHERE document = NEW.document AND document IS NOT OLD.document)
BEGIN SELECT raise(ABORT, 'a number never changes its place, and a document has one'); END;

CREATE TRIGGER number_stays BEFORE DELETE ON number
BEGIN SELECT raise(ABORT, 'a number is never deleted'); END;

CREATE TRIGGER number_confirmed_stays BEFORE UPDATE ON number WHEN OLD.state = 'confirmed'
BEGIN SELECT raise(ABORT, 'a confirmed number never changes'); END;

CREATE TRIGGER series_before_numbers BEFORE INSERT ON series
WHEN EXISTS (SELECT 1 FROM number WHERE series = NEW.series AND year = NEW.year)
    OR EXISTS (SELECT 1 FROM series WHERE series = NEW.series AND year = NEW.year)
BEGIN SELECT raise(ABORT, 'the series has begun'); END;

CREATE TRIGGER series_unchanged BEFORE UPDATE ON series
BEGIN SELECT raise(ABORT, 'a series never changes'); END;

CREATE TRIGGER series_stays BEFORE DELETE ON series
BEGIN SELECT raise(ABORT, 'a series is never deleted'); END;

CREATE TABLE document (                -- our own sealed documents, filed
    digest  TEXT    PRIMARY KEY,
    size    INTEGER NOT NULL CHECK (size > 0),
    number  TEXT    NOT NULL,          -- as printed: "05", "12a"; our register's, or another book's
    symbol  TEXT    NOT NULL,
    day     TEXT    NOT NULL,          -- date of issue, ISO 8601
    filed   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX document_named ON document (number, symbol, substr(day, 1, 4));  -- NĐ 30/2020 Đ15.1

CREATE TRIGGER document_once BEFORE INSERT ON document
WHEN EXISTS (SELECT 1 FROM document WHERE digest = NEW.digest)
    OR EXISTS (SELECT 1 FROM document WHERE number = NEW.number AND symbol = NEW.symbol
               AND substr(day, 1, 4) = substr(NEW.day, 1, 4))
BEGIN SELECT raise(ABORT, 'a filed document is never replaced'); END;

CREATE TRIGGER document_stays BEFORE DELETE ON document
BEGIN SELECT raise(ABORT, 'a filed document is never deleted'); END;

CREATE TRIGGER document_unchanged BEFORE UPDATE ON document
BEGIN SELECT raise(ABORT, 'a filed document never changes'); END;

CREATE TABLE extension (               -- documents sealed at a lower level than was asked for
    document TEXT    PRIMARY KEY REFERENCES document (digest),
    asked    TEXT    NOT NULL CHECK (asked IN ('b-t', 'b-lt', 'b-lta')),
    reached  TEXT    NOT NULL CHECK (reached IN ('b-b', 'b-t', 'b-lt')),
    why      TEXT    NOT NULL,
    authorities TEXT NOT NULL,         -- JSON: addresses of time-stamp authorities, in order
    budget   INTEGER CHECK (budget > 0),   -- requests an hour to each
    attempt  INTEGER NOT NULL DEFAULT 0,
    run_at   TEXT    NOT NULL,
    error    TEXT    NOT NULL DEFAULT '',
    result   TEXT    UNIQUE,           -- the document at its level; NULL while it waits
    size     INTEGER CHECK (size > 0),
    changed  TEXT    NOT NULL,
    CHECK ((result IS NULL) = (size IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX extension_waiting ON extension (run_at) WHERE result IS NULL;

CREATE TRIGGER extension_once BEFORE INSERT ON extension
WHEN NEW.result IS NOT NULL OR EXISTS (SELECT 1 FROM extension WHERE document = NEW.document)
BEGIN SELECT raise(ABORT, 'a document waits for its level once'); END;

CREATE TRIGGER extension_ends_once BEFORE UPDATE ON extension
WHEN OLD.result IS NOT NULL
    OR (NEW.document, NEW.asked, NEW.reached, NEW.why, NEW.authorities, NEW.budget)
        IS NOT (OLD.document, OLD.asked, OLD.reached, OLD.why, OLD.authorities, OLD.budget)
    OR EXISTS (SELECT 1 FROM extension WHERE result = NEW.result)
BEGIN SELECT raise(ABORT, 'what was extended never changes, nor what for'); END;

CREATE TRIGGER extension_stays BEFORE DELETE ON extension
BEGIN SELECT raise(ABORT, 'an extension is never deleted'); END;

CREATE TABLE arrival_number (          -- số đến
    year       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    sender     TEXT    NOT NULL,
    message_id TEXT    NOT NULL,
    registered TEXT    NOT NULL,
    PRIMARY KEY (year, number),
    UNIQUE (sender, message_id),
    FOREIGN KEY (sender, message_id) REFERENCES message (sender, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER arrival_number_without_gap BEFORE INSERT ON arrival_number
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM arrival_number WHERE year = NEW.year), 0)
BEGIN SELECT raise(ABORT, 'an arrival number may not leave a gap'); END;

CREATE TRIGGER arrival_number_once BEFORE INSERT ON arrival_number
WHEN EXISTS (SELECT 1 FROM arrival_number WHERE sender = NEW.sender AND message_id = NEW.message_id)
BEGIN SELECT raise(ABORT, 'an arrival number is never replaced'); END;

CREATE TRIGGER arrival_number_unchanged BEFORE UPDATE ON arrival_number
BEGIN SELECT raise(ABORT, 'an arrival number never changes'); END;

CREATE TRIGGER arrival_number_stays BEFORE DELETE ON arrival_number
BEGIN SELECT raise(ABORT, 'an arrival number is never deleted'); END;

------------------------------------------------------------------------------------------------- messages

CREATE TABLE message (                 -- sent and received envelopes; (sender, id) is unique for ever
    sender    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    direction TEXT    NOT NULL CHECK (direction IN ('out', 'in')),
    kind      TEXT    NOT NULL CHECK (kind IN ('document', 'status')),
    digest    TEXT    NOT NULL,        -- of the envelope's payload: the same content has the same digest
    envelope  BLOB    NOT NULL,        -- the JWS, exact bytes
    filed     TEXT    NOT NULL,
    PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_by_id ON message (id);
CREATE INDEX message_by_time ON message (direction, kind, filed, id);

CREATE TRIGGER message_once BEFORE INSERT ON message
WHEN EXISTS (SELECT 1 FROM message WHERE sender = NEW.sender AND id = NEW.id)
BEGIN SELECT raise(ABORT, 'a message is never replaced'); END;

CREATE TRIGGER message_unchanged BEFORE UPDATE ON message
BEGIN SELECT raise(ABORT, 'a message never changes'); END;

CREATE TRIGGER message_stays BEFORE DELETE ON message
BEGIN SELECT raise(ABORT, 'a message is never deleted'); END;

CREATE TABLE message_part (
    sender     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    PRIMARY KEY (sender, message_id, digest),
    FOREIGN KEY (sender, message_id) REFERENCES message (sender, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_part_by_digest ON message_part (digest);
CREATE INDEX message_part_by_sender ON message_part (sender, digest);

CREATE TRIGGER message_part_once BEFORE INSERT ON message_part
WHEN EXISTS (SELECT 1 FROM message_part
             WHERE sender = NEW.sender AND message_id = NEW.message_id AND digest = NEW.digest)
BEGIN SELECT raise(ABORT, 'a part of a message is never replaced'); END;

CREATE TRIGGER message_part_unchanged BEFORE UPDATE ON message_part
BEGIN SELECT raise(ABORT, 'a message never changes'); END;

CREATE TRIGGER message_part_stays BEFORE DELETE ON message_part
BEGIN SELECT raise(ABORT, 'a part of a message is never deleted'); END;

CREATE TABLE upload (                  -- parts a peer has brought; only who brought one may refer to it
    sender   TEXT    NOT NULL,
    digest   TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    received TEXT    NOT NULL,
    PRIMARY KEY (sender, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival (                 -- documents received and believed: where they stand here
    sender     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('01', '02', '03', '04', '05', '06')),
    reason     TEXT NOT NULL,
    changed    TEXT NOT NULL,
    PRIMARY KEY (sender, message_id),
    FOREIGN KEY (sender, message_id) REFERENCES message (sender, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER arrival_once BEFORE INSERT ON arrival
WHEN NEW.status <> '01'
    OR EXISTS (SELECT 1 FROM arrival WHERE sender = NEW.sender AND message_id = NEW.message_id)
BEGIN SELECT raise(ABORT, 'an arrival begins once, and is never replaced'); END;

CREATE TRIGGER arrival_moves_on BEFORE UPDATE ON arrival    -- the table of exchange/status.py
WHEN (NEW.sender, NEW.message_id) IS NOT (OLD.sender, OLD.message_id)
    OR OLD.status || NEW.status NOT IN ('0102', '0103', '0304', '0305', '0306', '0405', '0406', '0506')
BEGIN SELECT raise(ABORT, 'an arrival never moves like this'); END;

CREATE TRIGGER arrival_stays BEFORE DELETE ON arrival
BEGIN SELECT raise(ABORT, 'an arrival is never deleted'); END;

CREATE TABLE report (                  -- what recipients said about our messages, each once, in any order
    message_id TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('01', '02', '03', '04', '05', '06')),
    reason     TEXT NOT NULL,
    register_number TEXT NOT NULL,
    time       TEXT NOT NULL,
    note       TEXT NOT NULL,          -- the status note's own message id: the signed evidence
    PRIMARY KEY (message_id, recipient, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER report_once BEFORE INSERT ON report
WHEN EXISTS (SELECT 1 FROM report
             WHERE message_id = NEW.message_id AND recipient = NEW.recipient AND status = NEW.status)
BEGIN SELECT raise(ABORT, 'a report is never replaced'); END;

CREATE TRIGGER report_unchanged BEFORE UPDATE ON report
BEGIN SELECT raise(ABORT, 'a report never changes'); END;

CREATE TRIGGER report_stays BEFORE DELETE ON report
BEGIN SELECT raise(ABORT, 'a report is never deleted'); END;

CREATE TABLE delivery (                -- one row per message and recipient
    id          INTEGER PRIMARY KEY,
    sender      TEXT    NOT NULL,
    message_id  TEXT    NOT NULL,
    recipient   TEXT    NOT NULL,
    lane        INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 3),
    state       TEXT    NOT NULL CHECK (state IN (
        'queued',           -- waits for run_at
        'leased',           -- a worker is at it, until lease_until
        'delivered',        -- a receipt is here
        'refused',          -- a signed refusal is here
        'undeliverable'     -- given up: expired, or an error that stays
    )),
    attempt     INTEGER NOT NULL DEFAULT 0,   -- the fencing token: who holds another number has lost its lease
    run_at      TEXT    NOT NULL,
    expires     TEXT    NOT NULL,
    lease_until TEXT,
    worker      TEXT,
    error       TEXT    NOT NULL DEFAULT '',
    changed     TEXT    NOT NULL,
    UNIQUE (message_id, recipient),
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    CHECK ((state = 'leased') = (worker IS NOT NULL)),
    FOREIGN KEY (sender, message_id) REFERENCES message (sender, id)
) STRICT;

CREATE INDEX delivery_waiting ON delivery (lane, run_at, id) WHERE state = 'queued';
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'leased';
CREATE INDEX delivery_open ON delivery (recipient) WHERE state = 'leased';

CREATE TRIGGER delivery_once BEFORE INSERT ON delivery
WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM delivery WHERE message_id = NEW.message_id AND recipient = NEW.recipient)
BEGIN SELECT raise(ABORT, 'a delivery is never replaced'); END;

CREATE TRIGGER delivery_keeps_its_message BEFORE UPDATE ON delivery
WHEN (NEW.id, NEW.sender, NEW.message_id, NEW.recipient, NEW.expires)
    IS NOT (OLD.id, OLD.sender, OLD.message_id, OLD.recipient, OLD.expires) OR NEW.attempt < OLD.attempt
BEGIN SELECT raise(ABORT, 'a delivery never changes what it is of, and never counts back'); END;

CREATE TRIGGER delivery_ends_once BEFORE UPDATE ON delivery
WHEN OLD.state IN ('delivered', 'refused')
BEGIN SELECT raise(ABORT, 'an answered delivery never changes'); END;

CREATE TRIGGER delivery_stays BEFORE DELETE ON delivery
BEGIN SELECT raise(ABORT, 'a delivery is never deleted'); END;

------------------------------------------------------------------------------------------------- evidence

CREATE TABLE evidence (                -- receipts and refusals, issued by us or received from a peer
    id              TEXT NOT NULL,     -- its issuer's: another issuer may use the same
    side            TEXT NOT NULL CHECK (side IN ('issued', 'received')),
    sender          TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    recipient       TEXT NOT NULL,     -- who issued it
    event           TEXT NOT NULL,
    positive        INTEGER NOT NULL CHECK (positive IN (0, 1)),
    envelope_digest TEXT NOT NULL,
    jws             BLOB NOT NULL,
    proof           TEXT NOT NULL,     -- issued: "" (our own log proves it); received: the peer's proof
    time            TEXT NOT NULL,
    PRIMARY KEY (side, recipient, id)
) STRICT, WITHOUT ROWID;

-- No sender gets two different answers to the same content, and one positive receipt for ever.
CREATE UNIQUE INDEX evidence_one_answer ON evidence (sender, message_id, recipient, envelope_digest);
CREATE UNIQUE INDEX evidence_one_receipt ON evidence (sender, message_id, recipient) WHERE positive = 1;
CREATE INDEX evidence_by_message ON evidence (message_id);
CREATE INDEX evidence_by_sender ON evidence (side, sender, time, positive);

CREATE TRIGGER evidence_once BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE side = NEW.side AND recipient = NEW.recipient AND id = NEW.id)
    OR EXISTS (SELECT 1 FROM evidence
               WHERE sender = NEW.sender AND message_id = NEW.message_id AND recipient = NEW.recipient
                 AND (envelope_digest = NEW.envelope_digest OR (positive = 1 AND NEW.positive = 1)))
BEGIN SELECT raise(ABORT, 'evidence is never replaced'); END;

CREATE TRIGGER evidence_unchanged BEFORE UPDATE ON evidence
BEGIN SELECT raise(ABORT, 'evidence never changes'); END;

CREATE TRIGGER evidence_stays BEFORE DELETE ON evidence
BEGIN SELECT raise(ABORT, 'evidence is never deleted'); END;

------------------------------------------------------------------------- the audit log (exchange/audit/log.py)

CREATE TABLE entry (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    data       BLOB NOT NULL,          -- exact bytes of the entry
    evidence   TEXT UNIQUE,            -- the receipt this entry tells of, where there is one
    leaf_index INTEGER UNIQUE          -- NULL while pending; given once, by the sequencer
) STRICT;

CREATE INDEX entry_pending ON entry (id) WHERE leaf_index IS NULL;

CREATE TRIGGER entry_once BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM entry WHERE evidence = NEW.evidence)
BEGIN SELECT raise(ABORT, 'an audit entry is never replaced'); END;

CREATE TRIGGER entry_unchanged BEFORE UPDATE ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE leaf_index = NEW.leaf_index) OR OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL OR NEW.id <> OLD.id OR NEW.data <> OLD.data
    OR NEW.evidence IS NOT OLD.evidence
BEGIN SELECT raise(ABORT, 'an audit entry never changes'); END;

CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'an audit entry is never deleted'); END;

CREATE TRIGGER entry_begins_pending BEFORE INSERT ON entry WHEN NEW.leaf_index IS NOT NULL
BEGIN SELECT raise(ABORT, 'the sequencer alone places an entry'); END;

CREATE TABLE tree_hash (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    value BLOB    NOT NULL CHECK (length(value) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tree_hash_once BEFORE INSERT ON tree_hash
WHEN EXISTS (SELECT 1 FROM tree_hash WHERE level = NEW.level AND place = NEW.place)
BEGIN SELECT raise(ABORT, 'a hash of the log is never replaced'); END;

CREATE TRIGGER tree_hash_unchanged BEFORE UPDATE ON tree_hash
BEGIN SELECT raise(ABORT, 'a hash of the log never changes'); END;

CREATE TRIGGER tree_hash_stays BEFORE DELETE ON tree_hash
BEGIN SELECT raise(ABORT, 'a hash of the log is never deleted'); END;

CREATE TABLE checkpoint (              -- every head the log ever signed; the largest is the head
    size  INTEGER PRIMARY KEY CHECK (size >= 0),
    peaks BLOB NOT NULL,               -- the tree's right edge: 32 bytes a peak, the largest first
    note  BLOB NOT NULL
) STRICT;

CREATE TRIGGER checkpoint_only_grows BEFORE INSERT ON checkpoint
WHEN NEW.size <= (SELECT max(size) FROM checkpoint)
BEGIN SELECT raise(ABORT, 'the log only grows'); END;

CREATE TRIGGER checkpoint_unchanged BEFORE UPDATE ON checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint never changes'); END;

CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint is never deleted'); END;
