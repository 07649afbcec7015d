-- Every statement the office runs, by name. One dialect per file; names and columns are the port's contract.

-- name: office_add
INSERT INTO office (one, code, name, origin, organisation, url, made)
VALUES (1, :code, :name, :origin, :organisation, :url, :made);

-- name: office
SELECT code, name, origin, organisation, url, made FROM office;

-- name: office_move
UPDATE office SET url = :url WHERE url <> :url;

-- name: peer_add
INSERT INTO peer (code, name, url, certificate, fingerprint, log_key, organisation, added)
VALUES (:code, :name, :url, :certificate, :fingerprint, :log_key, :organisation, :added)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, url = excluded.url, certificate = excluded.certificate,
    fingerprint = excluded.fingerprint, log_key = excluded.log_key,
    organisation = excluded.organisation, added = excluded.added;

-- name: peer_remove
DELETE FROM peer WHERE code = :code;

-- name: peers
SELECT * FROM peer ORDER BY code;

-- name: peer
SELECT * FROM peer WHERE code = :code;

-- name: peer_of_certificate
SELECT * FROM peer WHERE fingerprint = :fingerprint;

-- name: series_begin
INSERT INTO series (series, year, first) VALUES (:series, :year, :first);

-- name: number_open
-- The lowest number that was given back, or whose clerk never came back.
SELECT number, state, reservation FROM number
WHERE series = :series AND year = :year
  AND (state = 'released' OR (state = 'reserved' AND lease_until <= :now))
ORDER BY number LIMIT 1;

-- name: number_next
SELECT 1 + coalesce(
    (SELECT max(number) FROM number WHERE series = :series AND year = :year),
    (SELECT first - 1 FROM series WHERE series = :series AND year = :year),
    0) AS number;

-- name: number_add
INSERT INTO number (series, year, number, state, reservation, lease_until)
VALUES (:series, :year, :number, 'reserved', :reservation, :lease_until);

-- name: number_again
UPDATE number SET state = 'reserved', reservation = :reservation, lease_until = :lease_until
WHERE series = :series AND year = :year AND number = :number AND state <> 'confirmed';

-- name: number_of_reservation
SELECT series, year, number, lease_until FROM number WHERE reservation = :reservation;

-- name: number_confirm
UPDATE number SET state = 'confirmed', reservation = NULL, lease_until = NULL, document = :document
WHERE reservation = :reservation AND state = 'reserved';

-- name: number_release
UPDATE number SET state = 'released', reservation = NULL, lease_until = NULL
WHERE reservation = :reservation AND state = 'reserved';

-- name: numbers
SELECT number.series, number.year, number.number, number.state, number.lease_until, number.document,
       document.symbol, document.day, document.filed
FROM number LEFT JOIN document ON document.digest = number.document
WHERE number.series = :series AND number.year = :year ORDER BY number.number;

-- name: document_named
-- What bears a number already, and the number of a register that it is bound to, if it is.
SELECT document.digest, number.series FROM document
LEFT JOIN number ON number.document = document.digest
WHERE document.number = :number AND document.symbol = :symbol AND substr(document.day, 1, 4) = :year;

-- name: day_before
-- The date of the document that has the number before this one, in its series.
SELECT document.day FROM number JOIN document ON document.digest = number.document
WHERE number.series = :series AND number.year = :year AND number.number < :number
ORDER BY number.number DESC LIMIT 1;

-- name: document_add
INSERT INTO document (digest, size, number, symbol, day, filed)
VALUES (:digest, :size, :number, :symbol, :day, :filed);

-- name: sealing_add
INSERT INTO sealing (signed, document) VALUES (:signed, :document);

-- name: document_made_of
SELECT document.* FROM sealing JOIN document ON document.digest = sealing.document
WHERE sealing.signed = :signed;

-- name: document
SELECT document.* FROM document WHERE digest = :digest
UNION ALL
SELECT document.* FROM extension JOIN document ON document.digest = extension.document
WHERE extension.result = :digest;

-- name: extension_add
INSERT INTO extension (document, asked, reached, why, authorities, budget, run_at, changed)
VALUES (:document, :asked, :reached, :why, :authorities, :budget, :now, :now);

-- name: extension
SELECT * FROM extension WHERE document = :document;

-- name: extensions_due
SELECT * FROM extension WHERE result IS NULL AND run_at <= :now ORDER BY run_at LIMIT 16;

-- name: extensions_waiting
SELECT extension.*, document.number, document.symbol, document.day
FROM extension JOIN document ON document.digest = extension.document
WHERE extension.result IS NULL ORDER BY document.filed, extension.document;

-- name: extension_failed
UPDATE extension SET attempt = attempt + 1, error = :error, run_at = :run_at, changed = :now
WHERE document = :document AND result IS NULL;

-- name: extension_done
UPDATE extension SET result = :result, size = :size, error = '', changed = :now
WHERE document = :document AND result IS NULL;

-- name: arrival_number_add
INSERT INTO arrival_number (year, number, sender, message_id, registered)
SELECT :year, 1 + coalesce(max(number), 0), :sender, :message_id, :registered
FROM arrival_number WHERE year = :year
RETURNING number;

-- name: message_add
INSERT INTO message (sender, id, direction, kind, digest, envelope, filed)
VALUES (:sender, :id, :direction, :kind, :digest, :envelope, :filed);

-- name: message
SELECT * FROM message WHERE sender = :sender AND id = :id;

-- name: messages_of_ids
-- :ids is a JSON list of message ids.
SELECT sender, id, digest, envelope FROM message WHERE id IN (SELECT value FROM json_each(:ids));

-- name: message_part_add
INSERT INTO message_part (sender, message_id, digest) VALUES (:sender, :message_id, :digest);

-- name: upload_add
INSERT INTO upload (sender, digest, size, received) VALUES (:sender, :digest, :size, :received)
ON CONFLICT (sender, digest) DO UPDATE SET received = excluded.received;

-- name: upload
SELECT size FROM upload WHERE sender = :sender AND digest = :digest;

-- name: peer_files
SELECT coalesce(sum(size), 0) AS bytes, coalesce(sum(unused), 0) AS unused,
       coalesce(sum(unused * size), 0) AS unused_bytes
FROM (SELECT size, NOT EXISTS (SELECT 1 FROM message_part
          WHERE message_part.sender = upload.sender AND message_part.digest = upload.digest) AS unused
      FROM upload WHERE sender = :sender AND (received >= :since OR unused));

-- name: uploads_forget
-- What a message refers to is kept by the message; its row here counts for the quota of a day, and no longer.
DELETE FROM upload WHERE received < :before AND (received < :day_ago OR NOT EXISTS (
    SELECT 1 FROM message_part WHERE message_part.sender = upload.sender AND message_part.digest = upload.digest));

-- name: blob_used
SELECT EXISTS (SELECT 1 FROM upload WHERE digest = :digest)
    OR EXISTS (SELECT 1 FROM message_part WHERE digest = :digest)
    OR EXISTS (SELECT 1 FROM document WHERE digest = :digest)
    OR EXISTS (SELECT 1 FROM extension WHERE result = :digest) AS used;

-- name: arrival_add
INSERT INTO arrival (sender, message_id, status, reason, changed)
VALUES (:sender, :message_id, '01', '', :changed);

-- name: arrival_move
UPDATE arrival SET status = :status, reason = :reason, changed = :changed
WHERE sender = :sender AND message_id = :message_id AND status = :status_from;

-- name: arrivals_of_message
SELECT arrival.sender, arrival.message_id, arrival.status, arrival.reason FROM arrival
WHERE message_id = :message_id;

-- name: before_the_newest
-- When the last message was filed that is not among the newest ones of its direction.
SELECT filed FROM message WHERE direction = :direction AND kind = 'document'
ORDER BY filed DESC, id DESC LIMIT 1 OFFSET :most;

-- name: inbox
SELECT message.sender, message.id, message.envelope, message.digest, message.filed,
       arrival.status, arrival.reason, arrival.changed,
       arrival_number.number AS arrival_number, arrival_number.year AS arrival_year,
       evidence.event, evidence.positive
FROM message
JOIN evidence ON evidence.sender = message.sender AND evidence.message_id = message.id
    AND evidence.envelope_digest = message.digest
LEFT JOIN arrival ON arrival.sender = message.sender AND arrival.message_id = message.id
LEFT JOIN arrival_number ON arrival_number.sender = message.sender AND arrival_number.message_id = message.id
WHERE message.direction = 'in' AND message.kind = 'document'
  AND (:id = '' OR message.id = :id) AND message.filed > :after
ORDER BY message.filed, message.id LIMIT :most;

-- name: outbox
SELECT message.sender, message.id, message.envelope, message.digest, message.filed FROM message
WHERE message.direction = 'out' AND message.kind = 'document'
  AND (:id = '' OR message.id = :id) AND message.filed > :after
ORDER BY message.filed, message.id LIMIT :most;

-- name: report_add
INSERT INTO report (message_id, recipient, status, reason, register_number, time, note)
SELECT :message_id, :recipient, :status, :reason, :register_number, :time, :note
WHERE NOT EXISTS (
    SELECT 1 FROM report WHERE message_id = :message_id AND recipient = :recipient AND status = :status);

-- name: reports
SELECT * FROM report WHERE message_id = :message_id ORDER BY recipient, status;

-- name: delivery_add
INSERT INTO delivery (sender, message_id, recipient, lane, state, run_at, expires, changed)
VALUES (:sender, :message_id, :recipient, :lane, 'queued', :now, :expires, :now);

-- name: deliveries
SELECT delivery.recipient, delivery.state, delivery.attempt, delivery.run_at, delivery.expires, delivery.error,
       delivery.changed, evidence.id AS evidence_id, evidence.event, evidence.time AS evidence_time
FROM delivery LEFT JOIN evidence ON evidence.side = 'received' AND evidence.sender = delivery.sender
    AND evidence.message_id = delivery.message_id AND evidence.recipient = delivery.recipient
WHERE delivery.message_id = :message_id ORDER BY delivery.recipient;

-- name: delivery_to
SELECT state FROM delivery WHERE message_id = :message_id AND recipient = :recipient;

-- name: delivery_due
-- :resting is a JSON list of recipients to which nothing goes now.
SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'queued' AND (expires < :now OR (
        run_at <= :now AND recipient NOT IN (SELECT value FROM json_each(:resting)))))
    OR EXISTS (SELECT 1 FROM delivery WHERE state = 'leased' AND lease_until <= :now) AS due;

-- name: delivery_rescue
-- A worker that lost its lease is dead or must not finish: the attempt number tells them apart.
UPDATE delivery SET state = 'queued', lease_until = NULL, worker = NULL, changed = :now
WHERE state = 'leased' AND lease_until <= :now;

-- name: delivery_rescue_all
-- For the one server of an office that starts, holding the office's lock: nobody can be at work.
UPDATE delivery SET state = 'queued', lease_until = NULL, worker = NULL, changed = :now WHERE state = 'leased';

-- name: delivery_claim
UPDATE delivery SET state = 'leased', attempt = attempt + 1, lease_until = :lease_until, worker = :worker,
    changed = :now
WHERE id = (
    SELECT waiting.id FROM delivery AS waiting
    WHERE waiting.state = 'queued' AND waiting.lane = :lane AND waiting.run_at <= :now AND waiting.expires >= :now
      AND waiting.recipient NOT IN (SELECT value FROM json_each(:resting))
      AND (SELECT count(*) FROM delivery AS open WHERE open.state = 'leased'
           AND open.recipient = waiting.recipient) < :to_one_peer
    ORDER BY waiting.run_at, waiting.id LIMIT 1)
RETURNING id, sender, message_id, recipient, lane, attempt, expires;

-- name: delivery_keep
UPDATE delivery SET lease_until = :lease_until
WHERE id = :id AND attempt = :attempt AND state = 'leased';

-- name: delivery_end
UPDATE delivery SET state = :state, lease_until = NULL, worker = NULL, error = :error, changed = :now
WHERE id = :id AND attempt = :attempt AND state = 'leased';

-- name: delivery_again
UPDATE delivery SET state = 'queued', lease_until = NULL, worker = NULL, run_at = :run_at, error = :error,
    changed = :now
WHERE id = :id AND attempt = :attempt AND state = 'leased';

-- name: delivery_expire
UPDATE delivery SET state = 'undeliverable', changed = :now WHERE state = 'queued' AND expires < :now
RETURNING id, message_id, recipient, attempt, error;

-- name: delivery_hurry
UPDATE delivery SET state = 'queued', run_at = :now, changed = :now
WHERE (:message_id = '' OR message_id = :message_id) AND state IN ('queued', 'undeliverable')
  AND expires >= :now;

-- name: delivery_counts
SELECT state, count(*) AS many FROM delivery GROUP BY state;

-- name: evidence_add
INSERT INTO evidence (id, side, sender, message_id, recipient, event, positive, envelope_digest, jws, proof, time)
VALUES (:id, :side, :sender, :message_id, :recipient, :event, :positive, :envelope_digest, :jws, :proof, :time);

-- name: peer_answers
SELECT count(*) AS answers, coalesce(sum(1 - positive), 0) AS refusals
FROM evidence WHERE side = 'issued' AND sender = :sender AND time >= :since;

-- name: evidence_for
SELECT * FROM evidence WHERE side = :side AND sender = :sender AND message_id = :message_id
  AND recipient = :recipient AND envelope_digest = :envelope_digest;

-- name: evidence_of_message
SELECT * FROM evidence WHERE message_id = :message_id ORDER BY time, id;

-- name: evidence_of_messages
-- :ids is a JSON list of message ids.
SELECT * FROM evidence WHERE message_id IN (SELECT value FROM json_each(:ids));

-- name: kept
SELECT (SELECT count(*) FROM evidence) AS evidence, (SELECT count(*) FROM message) AS messages,
       (SELECT count(*) FROM document) AS documents, (SELECT count(*) FROM sealing) AS sealings,
       (SELECT count(*) FROM extension WHERE result IS NOT NULL) AS extensions,
       (SELECT count(*) FROM number WHERE state = 'confirmed') AS numbers,
       (SELECT count(*) FROM arrival_number) AS arrivals, (SELECT count(*) FROM report) AS reports;

-- name: documents_of
-- :digests is a JSON list; `place` is the number of the register, `made_of` the signed file that was sealed here.
SELECT document.digest, document.number, document.symbol, document.day,
       number.series, number.year, number.number AS place, sealing.signed AS made_of
FROM document LEFT JOIN number ON number.document = document.digest
LEFT JOIN sealing ON sealing.document = document.digest
WHERE document.digest IN (SELECT value FROM json_each(:digests));

-- name: extensions_of
-- :digests is a JSON list of what documents were extended to.
SELECT document, result FROM extension WHERE result IN (SELECT value FROM json_each(:digests));

-- name: arrivals_of_ids
SELECT arrival.sender, arrival.message_id, arrival.status, arrival_number.number, arrival_number.year
FROM arrival LEFT JOIN arrival_number
    ON arrival_number.sender = arrival.sender AND arrival_number.message_id = arrival.message_id
WHERE arrival.message_id IN (SELECT value FROM json_each(:ids));

-- name: reports_of_ids
SELECT message_id, recipient, status, note FROM report WHERE message_id IN (SELECT value FROM json_each(:ids));

-- name: entry_add
INSERT INTO entry (data, evidence) VALUES (:data, :evidence);

-- name: entry_of_evidence
SELECT leaf_index FROM entry WHERE evidence = :evidence;

-- name: entries_pending
SELECT id, data FROM entry WHERE leaf_index IS NULL ORDER BY id LIMIT :most;

-- name: entry_place
UPDATE entry SET leaf_index = :leaf_index WHERE id = :id AND leaf_index IS NULL;

-- name: entries
SELECT leaf_index, data FROM entry WHERE leaf_index >= :start AND leaf_index < :stop ORDER BY leaf_index;

-- name: tree_hash_add
INSERT INTO tree_hash (level, place, value) VALUES (:level, :place, :value);

-- name: tree_hashes
SELECT place, value FROM tree_hash WHERE level = :level AND place >= :start AND place < :stop ORDER BY place;

-- name: checkpoint_add
INSERT INTO checkpoint (size, peaks, note) VALUES (:size, :peaks, :note);

-- name: head
SELECT size, peaks, note FROM checkpoint ORDER BY size DESC LIMIT 1;

-- name: checkpoints
SELECT note FROM checkpoint WHERE size > :after ORDER BY size LIMIT :most;
