//! The tables. The first group is the truth; the second is derived from it and
//! can be thrown away: `vereda rebuild` makes it anew.

use rusqlite::Connection;

use super::{Result, StoreError};

/// `user_version` of the database that this version writes.
pub const VERSION: i64 = 12;

/// What version 3 added: entries that another spot shared and that the hub has not sent yet.
/// They are shown as known, not as being at the hub.
const HEARSAY: &str = "CREATE TABLE hearsay (entry INTEGER PRIMARY KEY)";

/// What version 4 added: entries that a hub had before it was restored, and has not named since
/// then; and all that the hub has not, for whatever reason.
const LOST: &str = "
CREATE TABLE lost (entry INTEGER PRIMARY KEY, since INTEGER NOT NULL);
CREATE VIEW unheard AS SELECT entry FROM hearsay UNION ALL SELECT entry FROM lost;
";

/// What version 5 added: editions of the catalogue that were here, as they travel.
const EDITIONS: &str = "
CREATE TABLE catalogue (
    edition INTEGER PRIMARY KEY, digest BLOB NOT NULL, signed INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL
);
";

const TRUTH: &str = "
-- Values of the node itself: own journal, secrets, counters.
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

-- Journals, own and foreign. `acked` and `proven` are entries at the hub. The
-- frontier of an own journal is kept now and then; the entries after it count too.
CREATE TABLE journal (
    journal INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    node TEXT NOT NULL,
    own INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0,
    proven INTEGER NOT NULL DEFAULT 0,
    proven_root BLOB,
    proven_at INTEGER
);

-- Seals over journals: of their node (`holds` 0), the hub's receipts (1), and its words that a
-- copy is off its disk (2). Of each
-- the one over most: it covers what is before it.
CREATE TABLE custody (
    journal BLOB NOT NULL, holds INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    at INTEGER NOT NULL, seal BLOB NOT NULL, certificate BLOB NOT NULL, PRIMARY KEY (journal, holds)
) WITHOUT ROWID;

-- Records that entries belong to. `dirty`: entries came in that are not in the
-- derived tables yet.
CREATE TABLE record (
    record INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    dirty INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX record_dirty ON record(record) WHERE dirty = 1;

-- Entries, append-only. The key is the place: journal * 2^40 + index, so that what
-- is appended touches no second index (each is a page to encrypt at every step).
CREATE TABLE entry (
    entry INTEGER PRIMARY KEY,
    journal INTEGER GENERATED ALWAYS AS (entry >> 40) VIRTUAL,
    idx INTEGER GENERATED ALWAYS AS (entry & 0xffffffffff) VIRTUAL,
    record INTEGER NOT NULL REFERENCES record(record),
    change BLOB NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX entry_record ON entry(record);

-- Feeds. At the hub every item of a scope; at a spot only the cursor.
CREATE TABLE scope (scope TEXT PRIMARY KEY, epoch BLOB NOT NULL, seq INTEGER NOT NULL, frontier BLOB NOT NULL)
    WITHOUT ROWID;
CREATE TABLE feed (scope TEXT NOT NULL, seq INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (scope, seq))
    WITHOUT ROWID;

-- What is being typed: every keystroke.
CREATE TABLE draft (
    form TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, provenance TEXT,
    revision INTEGER NOT NULL, session TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (form, field)
) WITHOUT ROWID;

-- Photographs and scans, in pieces. The pieces of one that is still coming in lie
-- under a key of their own, which the blob then names: nothing is written twice.
CREATE TABLE blob (
    blob BLOB PRIMARY KEY, media_type TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
    origin TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0, pieces BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE blob_piece (piece INTEGER PRIMARY KEY, blob BLOB NOT NULL, offset INTEGER NOT NULL, bytes BLOB NOT NULL,
    UNIQUE (blob, offset));
CREATE TABLE attachment (form TEXT NOT NULL, field TEXT NOT NULL, blob BLOB NOT NULL, name TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (form, field, blob)) WITHOUT ROWID;

-- What the guard refused: kept, with its reason, until a person looks at it.
CREATE TABLE quarantine (
    quarantine INTEGER PRIMARY KEY, at INTEGER NOT NULL, node TEXT NOT NULL, journal BLOB, idx INTEGER,
    reason TEXT NOT NULL, bytes BLOB NOT NULL
);

-- People at desks, screens, what they have read.
CREATE TABLE session (token BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL, name TEXT NOT NULL,
    at INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE wrong_pin (person TEXT PRIMARY KEY, tries INTEGER NOT NULL, locked_until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE screen (token BLOB PRIMARY KEY, code TEXT NOT NULL, session TEXT, language TEXT NOT NULL,
    revealed INTEGER NOT NULL, stage TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE read_message (message TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;

-- At the hub: the spots as they last were.
CREATE TABLE spot (node TEXT PRIMARY KEY, name TEXT NOT NULL, seen INTEGER, proven INTEGER, trouble TEXT)
    WITHOUT ROWID;
";

/// Derived from the journals.
pub(super) const DERIVED: &str = "
CREATE TABLE attendance (
    record INTEGER PRIMARY KEY, id TEXT NOT NULL, own INTEGER NOT NULL, citizen TEXT, identified INTEGER NOT NULL,
    closed INTEGER NOT NULL, mediator TEXT NOT NULL, opened INTEGER NOT NULL, ended INTEGER, waited INTEGER
);
CREATE INDEX attendance_open ON attendance(opened) WHERE closed = 0;
CREATE INDEX attendance_closed ON attendance(opened) WHERE closed = 1;
CREATE TABLE request (
    record INTEGER PRIMARY KEY, id TEXT NOT NULL, own INTEGER NOT NULL, number TEXT, service TEXT NOT NULL,
    edition INTEGER NOT NULL, attendance TEXT, citizen TEXT NOT NULL, folded TEXT NOT NULL, spot TEXT NOT NULL,
    stop TEXT, mediator TEXT NOT NULL, at INTEGER NOT NULL, sure INTEGER NOT NULL, changed INTEGER NOT NULL,
    life TEXT NOT NULL, fee INTEGER NOT NULL, conflicts INTEGER NOT NULL, owes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX request_number ON request(number) WHERE number IS NOT NULL;
CREATE INDEX request_attendance ON request(attendance);
-- The order of lists, and what the search reads and nothing else: a search in vain reads all
-- of it. With a second index by `changed` SQLite would take that, and the wide rows.
CREATE INDEX request_search ON request(changed, folded) WHERE number IS NOT NULL;
CREATE TABLE conflict (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, record INTEGER NOT NULL, other INTEGER, field TEXT, since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX conflict_record ON conflict(record);
CREATE INDEX conflict_other ON conflict(other) WHERE other IS NOT NULL;
CREATE TABLE decision (
    id TEXT PRIMARY KEY, conflict TEXT NOT NULL, record INTEGER NOT NULL, act TEXT NOT NULL, at INTEGER NOT NULL,
    concerns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX decision_at ON decision(at);
-- Photographs and scans that records name, here or not.
CREATE TABLE named (blob BLOB NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (blob, record)) WITHOUT ROWID;
";

/// Derived as well, as it is since version 4.
pub(super) const ALIKE: &str = "
-- At the hub: what is compared of a recorded request, to find those made twice; and by each of
-- its keys (a hash of what two that are alike share), with its time, those to compare it with.
CREATE TABLE alike (record INTEGER PRIMARY KEY, keys TEXT NOT NULL);
CREATE TABLE block (key INTEGER NOT NULL, at INTEGER NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (key, at, record)) WITHOUT ROWID;
";

/// Since version 5.
const BARE_AND_TURNS: &str = "
-- Entries of own journals that the hub's feed brought of a record which was purged here: they never
-- had a body here.
CREATE TABLE bare (entry INTEGER PRIMARY KEY);
-- Turns of a busy stop, of one day: they stay at this node. `session`: to which it was called.
CREATE TABLE turn (day TEXT NOT NULL, number INTEGER NOT NULL, given INTEGER NOT NULL, called INTEGER,
    session TEXT, ended INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (day, number)) WITHOUT ROWID;
";

/// Since version 6.
const OPINIONS: &str = "
-- What citizens said of how they were attended: how many of a day, and of nobody in particular.
CREATE TABLE opinion (day TEXT NOT NULL, said TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (day, said)) WITHOUT ROWID;
";

/// Until version 4 an attendance did not say how long it took: it is derived once more.
const TIMED_ANEW: &str = "
ALTER TABLE attendance ADD COLUMN ended INTEGER;
ALTER TABLE attendance ADD COLUMN waited INTEGER;
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM attendance WHERE closed);
";

/// Derived as well, since version 5: what desks do beside requests.
pub(super) const DESK: &str = "
-- `difference`: counted less expected, in cents; none while it is open.
CREATE TABLE till (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, own INTEGER NOT NULL, day TEXT NOT NULL,
    opened INTEGER NOT NULL, difference INTEGER
);
-- Movements that stand, by the request that they are for.
CREATE TABLE payment (record INTEGER NOT NULL, n INTEGER NOT NULL, request TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (record, n)) WITHOUT ROWID;
CREATE INDEX payment_request ON payment(request);
-- Questions to the contact centre.
CREATE TABLE ticket (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, own INTEGER NOT NULL, about TEXT NOT NULL, subject TEXT NOT NULL,
    state TEXT NOT NULL, spot TEXT NOT NULL, changed INTEGER NOT NULL
);
CREATE INDEX ticket_open ON ticket(state, changed) WHERE state <> 'closed';
";

/// Since version 6.
const LENT: &str = "
-- At the hub: records that are given to a spot which does not hold their scope, as their case went there.
CREATE TABLE lent (record INTEGER NOT NULL, node TEXT NOT NULL, PRIMARY KEY (record, node)) WITHOUT ROWID;
";

/// Derived as well, since version 6: no record from before says anything of it.
pub(super) const CASES: &str = "
-- What waits for a desk in the case of a request: by the act that it follows of. `node`, `person`: whose
-- it is. `due`: from which day on.
CREATE TABLE task (
    record INTEGER NOT NULL, act TEXT NOT NULL, why TEXT NOT NULL, node TEXT NOT NULL, person TEXT, due TEXT,
    PRIMARY KEY (record, act)
) WITHOUT ROWID;
CREATE INDEX task_node ON task(node);
-- Other spots, by what they wrote.
CREATE TABLE neighbour (node TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
";

/// Since version 7: a day long past is counted without reading all that came after it.
pub(super) const RECORDED: &str =
    "CREATE INDEX request_recorded ON request(at) WHERE number IS NOT NULL AND own";

/// Since version 7: what is lent to be read ends.
const LENT_UNTIL: &str = "
-- `until`: to be read and no more until then, milliseconds; none: its case went there.
ALTER TABLE lent ADD COLUMN until INTEGER;
";

/// Derived as well, since version 7.
pub(super) const LOOKUPS: &str = "
-- Look-ups beyond the scope; and what each found, which is here until then.
CREATE TABLE lookup (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, own INTEGER NOT NULL, node TEXT NOT NULL, state TEXT NOT NULL,
    asked INTEGER NOT NULL
);
CREATE UNIQUE INDEX lookup_id ON lookup(id);
CREATE INDEX lookup_asked ON lookup(asked);
CREATE INDEX lookup_node ON lookup(node, asked);
CREATE INDEX lookup_waits ON lookup(asked) WHERE state = 'waits';
CREATE TABLE borrowed (
    record INTEGER NOT NULL, request BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (record, request)
) WITHOUT ROWID;
CREATE INDEX borrowed_request ON borrowed(request, until);
";

/// Derived as well, since version 7: no record from before says until when it is to be answered.
pub(super) const COMPLAINTS: &str = "
-- Requests that are to be answered. `due`, `answered`: days. `open`: neither answered nor withdrawn.
CREATE TABLE complaint (
    record INTEGER PRIMARY KEY, own INTEGER NOT NULL, at INTEGER NOT NULL, due TEXT NOT NULL, answered TEXT,
    open INTEGER NOT NULL
);
CREATE INDEX complaint_open ON complaint(due) WHERE open = 1;
CREATE INDEX complaint_closed ON complaint(at) WHERE open = 0;
CREATE INDEX complaint_at ON complaint(at);
";

/// Derived as well, since version 7.
pub(super) const NOTICES: &str = "
-- What the hub tells. `open`: for this node, and nobody here has read it. `until`: a day.
CREATE TABLE notice (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, at INTEGER NOT NULL, until TEXT NOT NULL, urgent INTEGER NOT NULL,
    text TEXT NOT NULL, open INTEGER NOT NULL
);
CREATE INDEX notice_open ON notice(until) WHERE open = 1;
CREATE INDEX notice_at ON notice(at);
";

/// Derived as well, since version 7.
pub(super) const ASKERS: &str = "
-- Recorded requests by the numbers of whoever asked, for what a citizen asked before.
CREATE TABLE asker (key TEXT NOT NULL, at INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (key, at, record))
    WITHOUT ROWID;
CREATE INDEX asker_record ON asker(record);
";

/// Since version 7.
const UNDO: &str = "
-- What fields of drafts read before somebody wrote in them: `run`: what was written in one go, and is
-- taken back in one go.
CREATE TABLE undo (
    form TEXT NOT NULL, run INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, provenance TEXT NOT NULL,
    by TEXT NOT NULL, PRIMARY KEY (form, run, field)
) WITHOUT ROWID;
";

/// Since version 7: what was used here stays used, whatever becomes of the records.
const SPENT: &str = "
CREATE TABLE spent (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
";

/// Derived as well, since version 7.
pub(super) const LEASES: &str = "
-- At the hub: values that agencies gave. `over`: `yyyy-mm-dd hh:mm` in Portugal.
CREATE TABLE given (
    record INTEGER NOT NULL, key TEXT NOT NULL, service TEXT NOT NULL, scarce TEXT NOT NULL, line TEXT NOT NULL,
    over TEXT NOT NULL, epoch TEXT NOT NULL, withdrawn INTEGER NOT NULL, PRIMARY KEY (record, key)
) WITHOUT ROWID;
CREATE INDEX given_key ON given(key);
CREATE INDEX given_lot ON given(service, scarce, over);
-- Those that are leased, to a journal of a node. `used`: for which request.
CREATE TABLE leased (
    record INTEGER NOT NULL, key TEXT NOT NULL, service TEXT NOT NULL, scarce TEXT NOT NULL, line TEXT NOT NULL,
    over TEXT NOT NULL, node TEXT NOT NULL, journal TEXT NOT NULL, withdrawn INTEGER NOT NULL, used TEXT,
    PRIMARY KEY (record, key)
) WITHOUT ROWID;
CREATE INDEX leased_key ON leased(key);
CREATE INDEX leased_node ON leased(node, service, scarce);
CREATE INDEX leased_left ON leased(node, service, scarce, over) WHERE used IS NULL AND withdrawn = 0;
";

/// Derived as well, since version 8.
pub(super) const ASSESSMENTS: &str = "
-- Spots held against the standards of service. `recorded`: when; NULL while it is answered.
CREATE TABLE assessment (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, own INTEGER NOT NULL, node TEXT NOT NULL, begun INTEGER NOT NULL,
    recorded INTEGER, dropped INTEGER NOT NULL
);
CREATE INDEX assessment_node ON assessment(node, recorded);
-- What a spot said that it will do, until when, and nobody has said is done.
CREATE TABLE remedy (
    record INTEGER NOT NULL, standard TEXT NOT NULL, own INTEGER NOT NULL, due TEXT NOT NULL,
    PRIMARY KEY (record, standard)
) WITHOUT ROWID;
CREATE INDEX remedy_due ON remedy(due) WHERE own;
";

/// Derived as well, since version 9.
pub(super) const TOURS: &str = "
-- Tours, with the days on which they begin and end.
CREATE TABLE tour (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, node TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL
);
CREATE UNIQUE INDEX tour_id ON tour(id);
CREATE INDEX tour_last ON tour(last);
CREATE INDEX tour_node ON tour(node, last);
-- Their stops, by day. `place`: folded, so that two vehicles at one are found.
CREATE TABLE visit (
    record INTEGER NOT NULL, stop TEXT NOT NULL, day TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (record, stop)
) WITHOUT ROWID;
CREATE INDEX visit_day ON visit(day, place);
-- Who is booked at a stop of a tour; once they came, in which attendance.
CREATE TABLE booking (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, tour BLOB NOT NULL, stop TEXT NOT NULL, hour TEXT NOT NULL,
    attendance TEXT
);
CREATE UNIQUE INDEX booking_id ON booking(id);
CREATE INDEX booking_tour ON booking(tour, hour);
CREATE INDEX booking_attendance ON booking(attendance) WHERE attendance IS NOT NULL;
";

/// Derived as well, since version 10: until when the hub lends for a booking; beyond all time where it does not.
pub(super) const AHEAD: &str = "
ALTER TABLE booking ADD COLUMN lent INTEGER NOT NULL DEFAULT 0;
";

/// Derived as well, since version 10.
pub(super) const HOMES: &str = "
-- Facilities that visits go to. `key`: folded name and municipality, so that one is not written down twice.
CREATE TABLE facility (record INTEGER PRIMARY KEY, id BLOB NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL);
CREATE UNIQUE INDEX facility_id ON facility(id);
CREATE INDEX facility_key ON facility(key);
-- Who is to be seen there on one visit, a stop of a tour.
CREATE TABLE resident_list (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, facility BLOB NOT NULL, tour BLOB NOT NULL, stop TEXT NOT NULL,
    node TEXT NOT NULL
);
CREATE UNIQUE INDEX resident_list_id ON resident_list(id);
CREATE INDEX resident_list_visit ON resident_list(tour, stop);
CREATE INDEX resident_list_facility ON resident_list(facility);
-- The residents on it. `nif` and `person`: by what the same person is found on another list, while they are on it.
CREATE TABLE resident (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, list BLOB NOT NULL, node TEXT NOT NULL, facility BLOB NOT NULL,
    nif TEXT, person TEXT, attendance TEXT, lent INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX resident_id ON resident(id);
CREATE INDEX resident_of_list ON resident(list);
CREATE INDEX resident_nif ON resident(nif) WHERE nif IS NOT NULL;
CREATE INDEX resident_person ON resident(person) WHERE person IS NOT NULL;
CREATE INDEX resident_attendance ON resident(attendance) WHERE attendance IS NOT NULL;
";

/// Derived as well, since version 10.
pub(super) const OCCURRENCES: &str = "
-- Occurrences under which other rules hold. `hub`: the hub declared it; `root`: what a crew declared and this answers,
-- or its own id; `scopes`: for whose spots it is, each between spaces; `declared`: all of it, as its record has it.
CREATE TABLE occurrence (
    record INTEGER PRIMARY KEY, id BLOB NOT NULL, hub INTEGER NOT NULL, node TEXT NOT NULL, root BLOB NOT NULL,
    first TEXT NOT NULL, last TEXT NOT NULL, ended INTEGER NOT NULL, at INTEGER NOT NULL, scopes TEXT NOT NULL,
    declared TEXT NOT NULL
);
CREATE UNIQUE INDEX occurrence_id ON occurrence(id);
CREATE INDEX occurrence_root ON occurrence(root);
CREATE INDEX occurrence_last ON occurrence(last) WHERE ended = 0;
-- Requests that were recorded under one, and what they did not pay, in cents.
CREATE TABLE under_occurrence (record INTEGER PRIMARY KEY, occurrence BLOB NOT NULL, waived INTEGER NOT NULL);
CREATE INDEX under_occurrence_of ON under_occurrence(occurrence);
";

/// Since version 10.
const BEDSIDE: &str = "
-- Sessions at the bedside: with which list.
CREATE TABLE bedside (session TEXT PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID;
";

/// Derived as well, since version 10.
pub(super) const PACKS: &str = "
-- Packs of blank forms on paper, and their forms: each with its number.
CREATE TABLE pack (record INTEGER PRIMARY KEY, id BLOB NOT NULL, node TEXT NOT NULL, at INTEGER NOT NULL);
CREATE UNIQUE INDEX pack_id ON pack(id);
CREATE TABLE blank (
    record INTEGER NOT NULL, number TEXT NOT NULL, service TEXT NOT NULL, voided INTEGER NOT NULL,
    PRIMARY KEY (record, number)
) WITHOUT ROWID;
CREATE INDEX blank_number ON blank(number);
-- Attendances and requests that stood on paper first, under which number. `at`: when it was filled in.
CREATE TABLE late (record INTEGER PRIMARY KEY, number TEXT NOT NULL, own INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX late_number ON late(number);
CREATE INDEX late_at ON late(at) WHERE own;
";

/// Version 9 kept what of these came early and derived nothing of it.
const HOMES_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0
    AND record NOT IN (SELECT record FROM request) AND record NOT IN (SELECT record FROM attendance)
    AND record NOT IN (SELECT record FROM till) AND record NOT IN (SELECT record FROM ticket)
    AND record NOT IN (SELECT record FROM lookup) AND record NOT IN (SELECT record FROM notice)
    AND record NOT IN (SELECT record FROM given) AND record NOT IN (SELECT record FROM leased)
    AND record NOT IN (SELECT record FROM assessment) AND record NOT IN (SELECT record FROM tour)
    AND record NOT IN (SELECT record FROM booking);
";

/// Version 8 kept tours and bookings that came early and derived nothing of them.
const TOURS_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0
    AND record NOT IN (SELECT record FROM request) AND record NOT IN (SELECT record FROM attendance)
    AND record NOT IN (SELECT record FROM till) AND record NOT IN (SELECT record FROM ticket)
    AND record NOT IN (SELECT record FROM lookup) AND record NOT IN (SELECT record FROM notice)
    AND record NOT IN (SELECT record FROM given) AND record NOT IN (SELECT record FROM leased)
    AND record NOT IN (SELECT record FROM assessment);
";

/// Derived as well, since version 8: whether a notice is for every spot, also one that comes later.
pub(super) const NOTICES_TO_ALL: &str = "
ALTER TABLE notice ADD COLUMN everybody INTEGER NOT NULL DEFAULT 0;
";

/// Version 7 kept records of later kinds and derived nothing of them, and less of notices.
const LATER_KINDS_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM notice);
UPDATE record SET dirty = 1 WHERE dirty = 0
    AND record NOT IN (SELECT record FROM request) AND record NOT IN (SELECT record FROM attendance)
    AND record NOT IN (SELECT record FROM till) AND record NOT IN (SELECT record FROM ticket)
    AND record NOT IN (SELECT record FROM lookup) AND record NOT IN (SELECT record FROM notice)
    AND record NOT IN (SELECT record FROM given) AND record NOT IN (SELECT record FROM leased);
";

/// Until version 6 a request did not say whether a paper is owed: it is derived once more, and by
/// whose numbers it is found too.
const OWED_ANEW: &str = "
ALTER TABLE request ADD COLUMN owes INTEGER NOT NULL DEFAULT 0;
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM request);
";

/// Since version 8: ids are random, and each new one would be written to another page of the index of all of
/// them. So those of the latest records have an index of their own, which is small, until they are settled
/// together. That no id is there twice is looked at before a record is begun.
const FRESH: &str = "
CREATE TABLE record_of_8 (
    record INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    scope TEXT NOT NULL,
    dirty INTEGER NOT NULL DEFAULT 0,
    fresh INTEGER NOT NULL DEFAULT 1
);
INSERT INTO record_of_8(record, id, scope, dirty, fresh) SELECT record, id, scope, dirty, 0 FROM record;
DROP TABLE record;
ALTER TABLE record_of_8 RENAME TO record;
CREATE INDEX record_dirty ON record(record) WHERE dirty = 1;
CREATE UNIQUE INDEX record_fresh ON record(id) WHERE fresh = 1;
CREATE UNIQUE INDEX record_settled ON record(id) WHERE fresh = 0;
-- What is found by its id. To be asked alone, for a row: joined it would be gone through whole.
CREATE VIEW record_by_id AS SELECT * FROM record WHERE fresh = 1 UNION ALL SELECT * FROM record WHERE fresh = 0;
";

/// Until version 7 a request did not say whether an hour or a reference is owed, nor was it found by all numbers
/// of whoever asked: it is derived once more.
const SCARCE_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM request);
";

/// Before, a request had its keys alone; what is compared is derived of it once more.
const COMPARED_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM block);
DROP TABLE block;
";

/// Since version 3.
const BUNDLES: &str = "
-- Parts of bundles that are kept as they came: at a spot those of others, to be carried to
-- the hub; at the hub those that wait for what is before them. Their bytes lie in pieces,
-- as those of photographs do. `handed`: the hub has it, and waits. `note`: what it said.
CREATE TABLE bundle_part (
    part BLOB PRIMARY KEY, node TEXT NOT NULL, journal BLOB NOT NULL, header BLOB NOT NULL,
    bytes INTEGER NOT NULL, at INTEGER NOT NULL, pieces BLOB NOT NULL, handed INTEGER NOT NULL DEFAULT 0, note TEXT
) WITHOUT ROWID;
-- The hub's receipts for other nodes, to be carried back: of each journal the one over most.
CREATE TABLE bundle_receipt (
    journal BLOB PRIMARY KEY, node TEXT NOT NULL, size INTEGER NOT NULL, file BLOB NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Since version 3.
const ASIDE: &str = "
-- What the quarantine knows of a change that the guard lets pass: an entry, with its place. `cause`:
-- why it is here, as a word. `settled` and `verdict`: when an operator settled it, and how; the
-- bytes of what was released are in the journal and no longer here.
ALTER TABLE quarantine ADD COLUMN cause TEXT NOT NULL DEFAULT 'guard';
ALTER TABLE quarantine ADD COLUMN record BLOB;
ALTER TABLE quarantine ADD COLUMN change BLOB;
ALTER TABLE quarantine ADD COLUMN settled INTEGER;
ALTER TABLE quarantine ADD COLUMN verdict TEXT;
CREATE INDEX quarantine_place ON quarantine(journal, idx);
CREATE INDEX quarantine_node ON quarantine(node);
-- The word of a revoked node on a journal whose end is in quarantine: no custody is given for it.
CREATE TABLE quarantine_seal (
    journal BLOB PRIMARY KEY, node TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    at INTEGER NOT NULL, seal BLOB NOT NULL, certificate BLOB NOT NULL
) WITHOUT ROWID;
-- Records that were erased, with the hub''s word for it; and photographs that went with them.
CREATE TABLE erased (record INTEGER PRIMARY KEY, statement BLOB NOT NULL);
CREATE TABLE erased_blob (blob BLOB PRIMARY KEY) WITHOUT ROWID;
-- At the hub: how much of each journal is in a copy off its disk. At a spot: records of which
-- only places and ids are here, as the hub has them in such a copy.
CREATE TABLE archive (journal BLOB PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE purged (record INTEGER PRIMARY KEY, at INTEGER NOT NULL);
-- Records that build on changes which are not here: whose entry it was, and since when.
CREATE TABLE parked (record INTEGER PRIMARY KEY, node TEXT NOT NULL, since INTEGER NOT NULL);
CREATE INDEX parked_node ON parked(node);
";

/// The derived tables of which a record's rows are found by its row.
pub(super) const DERIVED_BY_RECORD: [&str; 37] = [
    "attendance",
    "request",
    "conflict",
    "decision",
    "named",
    "till",
    "payment",
    "ticket",
    "ticket_term",
    "task",
    "lookup",
    "borrowed",
    "complaint",
    "notice",
    "asker",
    "given",
    "leased",
    "assessment",
    "remedy",
    "tour",
    "visit",
    "booking",
    "facility",
    "resident_list",
    "resident",
    "occurrence",
    "under_occurrence",
    "pack",
    "blank",
    "late",
    "revoked",
    "household",
    "twice",
    "left_both",
    "who",
    "by_rule",
    "counted",
];
/// The others.
pub(super) const DERIVED_OTHERWISE: [&str; 4] = ["alike", "block", "neighbour", "figure"];

/// Since version 9: what came before its record is looked for whenever something was derived.
const EARLY: &str = "
CREATE INDEX IF NOT EXISTS quarantine_early ON quarantine(record) WHERE cause = 'early' AND verdict IS NULL;
";

/// Derived as well, since version 11: certificates that are accepted no longer, by their fingerprints.
pub(super) const REVOKED: &str = "
CREATE TABLE revoked (record INTEGER PRIMARY KEY, certificate TEXT NOT NULL, node TEXT NOT NULL, since TEXT NOT NULL);
CREATE INDEX revoked_certificate ON revoked(certificate);
";

/// Version 10 kept revocations that a newer hub gave it and derived nothing of them.
const LENT_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND scope = '!lent' AND record NOT IN (
    SELECT record FROM request UNION SELECT record FROM notice UNION SELECT record FROM tour
    UNION SELECT record FROM booking UNION SELECT record FROM facility UNION SELECT record FROM resident_list
    UNION SELECT record FROM resident UNION SELECT record FROM occurrence);
";

/// Since version 11, at the hub: who has a conflict in hand, and what one person proposed that needs a second one. Of the
/// hub alone, and derived of nothing.
const RULINGS: &str = "
CREATE TABLE assigned (
    conflict TEXT PRIMARY KEY, record INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE proposal (
    conflict TEXT PRIMARY KEY, record INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
    keep TEXT NOT NULL, reason TEXT NOT NULL, shown TEXT NOT NULL, objector TEXT, objection TEXT
) WITHOUT ROWID;
";

/// Derived as well, since version 11, at the hub: who recorded requests are of, to hold what was typed against cards; and what
/// a rule settled, without anybody. `waited`: how long what was decided had waited, in seconds.
pub(super) const WHO: &str = "
ALTER TABLE decision ADD COLUMN waited INTEGER;
CREATE TABLE who (record INTEGER PRIMARY KEY, id BLOB NOT NULL, at INTEGER NOT NULL, person TEXT NOT NULL);
CREATE TABLE by_rule (
    record INTEGER NOT NULL, rule TEXT NOT NULL, about TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (record, rule, about)
) WITHOUT ROWID;
CREATE INDEX by_rule_at ON by_rule(at);
";

/// Derived as well, since version 11, at a hub: what is counted over all spots.
pub(super) const STATISTICS: &str = "
-- What each record added to the figures. `month`: `yyyy-mm` at its place; `what`: a bit for each column of `figure`.
CREATE TABLE counted (
    record INTEGER PRIMARY KEY, month TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, spot TEXT NOT NULL,
    what INTEGER NOT NULL
);
-- Sums, for each way in which pages ask: `level` says which of region, service and spot a row tells apart; the others
-- are empty in it.
CREATE TABLE figure (
    level INTEGER NOT NULL, region TEXT NOT NULL, month TEXT NOT NULL, service TEXT NOT NULL, spot TEXT NOT NULL,
    attended INTEGER NOT NULL, closed INTEGER NOT NULL, waited_5 INTEGER NOT NULL, waited_10 INTEGER NOT NULL,
    waited_15 INTEGER NOT NULL, waited_30 INTEGER NOT NULL, waited_60 INTEGER NOT NULL, waited_more INTEGER NOT NULL,
    recorded INTEGER NOT NULL, withdrawn INTEGER NOT NULL, returned INTEGER NOT NULL, refused INTEGER NOT NULL,
    completed INTEGER NOT NULL, complaints INTEGER NOT NULL, in_time INTEGER NOT NULL, too_late INTEGER NOT NULL,
    PRIMARY KEY (level, region, month, service, spot)
) WITHOUT ROWID;
CREATE INDEX figure_month ON figure(level, month, service);
";

/// A hub counts what it kept: spots, which it has heard of, have no figures.
const COUNTED_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND EXISTS (SELECT 1 FROM spot)
    AND record IN (SELECT record FROM request UNION SELECT record FROM attendance);
";

/// What version 11 added, whatever the version before it was.
const OF_11: [&str; 11] = [
    REVOKED,
    HOUSEHOLDS,
    SEEN,
    SPOKEN,
    TWICE,
    RULINGS,
    WHO,
    LENT_ANEW,
    AGENCIES,
    STATISTICS,
    COUNTED_ANEW,
];

/// Since version 12 requests are found by two words of their name as well: what is compared of them is kept anew.
const WEIGHED_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0 AND record IN (SELECT record FROM alike);
";

/// Since version 12: at the hub, how its nodes say that they are.
const FLEET: &str = "
-- The last word of each node on itself. `skew`: how far its clock was ahead, ms. `held`: when it held the stop where it is.
CREATE TABLE condition (
    node TEXT PRIMARY KEY, at INTEGER NOT NULL, skew INTEGER NOT NULL, program TEXT NOT NULL, catalogue INTEGER NOT NULL,
    up INTEGER NOT NULL, battery INTEGER, mains INTEGER, free INTEGER, attended INTEGER NOT NULL, changes INTEGER NOT NULL,
    requests INTEGER NOT NULL, photographs INTEGER NOT NULL, since INTEGER, place TEXT, lat INTEGER, lon INTEGER,
    held INTEGER
) WITHOUT ROWID;
-- A point an hour, for two weeks.
CREATE TABLE condition_past (node TEXT NOT NULL, at INTEGER NOT NULL, battery INTEGER, free INTEGER, unsent INTEGER NOT NULL,
    PRIMARY KEY (node, at)) WITHOUT ROWID;
-- What a node says of the size of its journals.
CREATE TABLE claimed (journal BLOB PRIMARY KEY, node TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX claimed_node ON claimed(node);
-- What nodes have of others, that the hub may lack: changes they heard of, with the beginnings of their ids; sealed parts.
CREATE TABLE heard_at (node TEXT NOT NULL, journal BLOB NOT NULL, idx INTEGER NOT NULL, record BLOB NOT NULL,
    change BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (journal, idx, node)) WITHOUT ROWID;
CREATE INDEX heard_at_node ON heard_at(node);
CREATE TABLE carried_by (node TEXT NOT NULL, journal BLOB NOT NULL, first INTEGER NOT NULL, entries INTEGER NOT NULL,
    size INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (journal, first, entries, node)) WITHOUT ROWID;
CREATE INDEX carried_by_node ON carried_by(node);
-- Since when the hub has that version of the program, or of the catalogue, as its newest.
CREATE TABLE offered (what TEXT NOT NULL, version TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (what, version))
    WITHOUT ROWID;
-- Alarms that somebody has in hand, as bad as they were then.
CREATE TABLE alarm_in_hand (node TEXT NOT NULL, kind TEXT NOT NULL, grade INTEGER NOT NULL, name TEXT NOT NULL,
    at INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (node, kind)) WITHOUT ROWID;
-- Nodes that somebody says are lost. `agreed`: when a second person did, and the certificate was revoked.
CREATE TABLE lost_node (certificate TEXT PRIMARY KEY, node TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL, second TEXT, agreed INTEGER) WITHOUT ROWID;
";

/// Derived as well, since version 12: since when a question waits, whether the citizen waits with it, and whether it is with
/// the second line: to whom, why, since when.
pub(super) const TICKET_TERMS: &str = "
CREATE TABLE ticket_term (record INTEGER PRIMARY KEY, urgent INTEGER NOT NULL, since INTEGER NOT NULL,
    handed INTEGER, handed_by TEXT NOT NULL, handed_to TEXT NOT NULL, reason TEXT NOT NULL);
";

/// Since version 12, at the hub: who has which question in hand, and the answers that the contact centre keeps.
const CONTACT: &str = "
CREATE TABLE ticket_hand (record INTEGER PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL);
-- `service`: of which it is, or empty.
CREATE TABLE canned (id INTEGER PRIMARY KEY, title TEXT NOT NULL, service TEXT NOT NULL, text TEXT NOT NULL,
    name TEXT NOT NULL, at INTEGER NOT NULL);
";

/// Since version 12, at the hub: word that it sends to citizens ([`super::outbox`]). Not derived: what was sent stays sent.
/// What is due is, and a hub looks once at all that it has.
const OUTBOX: &str = "
CREATE TABLE outbox_due (record INTEGER PRIMARY KEY);
-- One for each outcome (`outcome`: id of its act). `hint`: where it goes, hidden but for what tells it from others.
-- `said`: what came of it stands in the request''s record too.
CREATE TABLE outbox (
    record INTEGER NOT NULL, outcome TEXT NOT NULL, what TEXT NOT NULL, way TEXT NOT NULL, hint TEXT NOT NULL,
    made INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, next INTEGER NOT NULL, changed INTEGER NOT NULL,
    trouble TEXT NOT NULL, said INTEGER NOT NULL, PRIMARY KEY (record, outcome)
) WITHOUT ROWID;
CREATE INDEX outbox_next ON outbox(way, next) WHERE state = 'waits';
CREATE INDEX outbox_unsaid ON outbox(changed) WHERE said = 0;
CREATE INDEX outbox_state ON outbox(state, changed);
INSERT INTO outbox_due SELECT DISTINCT record FROM task WHERE why = 'to-tell'
    AND EXISTS (SELECT 1 FROM meta WHERE key = 'epoch');
";

/// What version 12 added, whatever the version before it was.
const OF_12: [&str; 14] = [
    WEIGHED_ANEW,
    FLEET,
    super::audit::AUDIT,
    super::beyond::BEYOND,
    crate::roster::ROSTERS,
    TICKET_TERMS,
    CONTACT,
    OUTBOX,
    super::published::EDITIONS_AT_HUB,
    super::retention::RETENTION,
    super::enrolment::ENROLMENT,
    super::orders::ORDERS,
    super::errands::ERRANDS,
    super::staff::STAFF,
];

/// Since version 10: other machines that are desks of this spot.
const DESKS: &str = "
-- Machines and screens that joined with a code. `token`: hashed. `tries`: wrong PINs at that desk.
CREATE TABLE joined (
    id TEXT PRIMARY KEY, token BLOB NOT NULL UNIQUE, name TEXT NOT NULL, screen INTEGER NOT NULL, at INTEGER NOT NULL,
    heard INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- At which of them somebody is signed in; empty: the node's own.
ALTER TABLE session ADD COLUMN desk TEXT NOT NULL DEFAULT '';
-- Who wrote in an attendance last, at which desk; `taken`: they took it over from another.
CREATE TABLE holder (
    attendance TEXT PRIMARY KEY, desk TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, taken INTEGER NOT NULL
) WITHOUT ROWID;
-- Attendances that were brought back from a copy of drafts: of which spot, and of when.
CREATE TABLE recovered (
    attendance TEXT PRIMARY KEY, origin TEXT NOT NULL UNIQUE, spot TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Since version 11: who is served with others of their household. `household`: the attendance of whoever came first.
pub(super) const HOUSEHOLDS: &str = "
CREATE TABLE household (record INTEGER PRIMARY KEY, household TEXT NOT NULL);
CREATE INDEX household_of ON household(household);
";

/// Since version 11: at a spot, requests of its own that seem to be made at another one too (`other`), and those of which a
/// desk said that both stay (`other`: id, hex).
pub(super) const TWICE: &str = "
CREATE TABLE twice (record INTEGER NOT NULL, other INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (record, other))
    WITHOUT ROWID;
CREATE INDEX twice_other ON twice(other);
CREATE TABLE left_both (record INTEGER NOT NULL, other TEXT NOT NULL, PRIMARY KEY (record, other)) WITHOUT ROWID;
";

/// Since version 11: where the machine stood from which a photograph was taken in; empty where its browser did not say.
const SEEN: &str = "
ALTER TABLE attachment ADD COLUMN seen TEXT NOT NULL DEFAULT '';
";

/// Since version 11: of a voice note, how long it is and who recorded it.
const SPOKEN: &str = "
ALTER TABLE attachment ADD COLUMN spoken TEXT NOT NULL DEFAULT '';
";

/// Since version 11, at the hub: what agencies are told ([`super::agencies`]). Not derived: a number that was given once stays
/// given. What is due is, and a hub looks once at all that it has.
const AGENCIES: &str = "
CREATE TABLE agency_due (record INTEGER PRIMARY KEY);
CREATE TABLE agency_event (
    agency TEXT NOT NULL, seq INTEGER NOT NULL, record INTEGER NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL,
    at INTEGER NOT NULL, shown BLOB NOT NULL, fields TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (agency, seq)
) WITHOUT ROWID;
CREATE INDEX agency_event_record ON agency_event(record);
-- What an agency was really given, and when. `said`: it stands in the request''s record too.
CREATE TABLE agency_disclosed (
    agency TEXT NOT NULL, seq INTEGER NOT NULL, way TEXT NOT NULL, at INTEGER NOT NULL, said INTEGER NOT NULL,
    PRIMARY KEY (agency, seq, way)
) WITHOUT ROWID;
CREATE INDEX agency_unsaid ON agency_disclosed(at) WHERE said = 0;
-- What agencies said, by the key under which they did: a second time it is the same.
CREATE TABLE agency_key (agency TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (agency, key)) WITHOUT ROWID;
-- How far what is sent to an agency is.
CREATE TABLE agency_webhook (agency TEXT PRIMARY KEY, seq INTEGER NOT NULL, tries INTEGER NOT NULL, trouble TEXT)
    WITHOUT ROWID;
INSERT INTO agency_due SELECT record FROM request WHERE number IS NOT NULL
    AND EXISTS (SELECT 1 FROM meta WHERE key = 'epoch');
";

/// What a newer spot wrote of households is derived of what is here already, what is compared of requests, and what a rule
/// settled of them.
const HOUSEHOLDS_ANEW: &str = "
UPDATE record SET dirty = 1 WHERE dirty = 0
    AND (record IN (SELECT record FROM request) OR record IN (SELECT record FROM attendance));
";

/// Brings the database to [`VERSION`].
pub(super) fn migrate(db: &Connection) -> Result<()> {
    let found: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
    let of_5 = [BARE_AND_TURNS, EDITIONS, DESK];
    let of_6 = [LENT, CASES, OPINIONS];
    let of_7 = [
        RECORDED, LENT_UNTIL, LOOKUPS, COMPLAINTS, NOTICES, ASKERS, UNDO, SPENT, LEASES,
    ];
    let of_8 = [
        ASSESSMENTS,
        NOTICES_TO_ALL,
        FRESH,
        TOURS,
        EARLY,
        AHEAD,
        HOMES,
        BEDSIDE,
        DESKS,
        OCCURRENCES,
        PACKS,
    ];
    let last = [
        ASSESSMENTS,
        NOTICES_TO_ALL,
        OWED_ANEW,
        FRESH,
        TOURS,
        EARLY,
        AHEAD,
        HOMES,
        BEDSIDE,
        DESKS,
        OCCURRENCES,
        PACKS,
    ];
    let up = |steps: &[&str]| bring_up(db, &[steps, &of_5, &of_6, &of_7, &last].concat());
    match found {
        VERSION => Ok(()),
        11 => run(db, &OF_12),
        10 => bring_up(db, &[HOUSEHOLDS_ANEW]),
        9 => bring_up(
            db,
            &[
                AHEAD,
                HOMES,
                BEDSIDE,
                DESKS,
                OCCURRENCES,
                PACKS,
                HOMES_ANEW,
                HOUSEHOLDS_ANEW,
            ],
        ),
        8 => bring_up(
            db,
            &[
                TOURS,
                EARLY,
                AHEAD,
                HOMES,
                BEDSIDE,
                DESKS,
                OCCURRENCES,
                PACKS,
                TOURS_ANEW,
                HOUSEHOLDS_ANEW,
            ],
        ),
        7 => bring_up(
            db,
            &[&of_8[..], &[LATER_KINDS_ANEW, SCARCE_ANEW, HOUSEHOLDS_ANEW]].concat(),
        ),
        6 => bring_up(db, &[&of_7[..], &last].concat()),
        5 => bring_up(db, &[&of_6[..], &of_7, &last].concat()),
        0 => {
            let all = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
            bring_up(db, &[&all[..], &of_5, &of_6, &of_7, &of_8].concat())
        }
        2 => up(&[
            HEARSAY,
            LOST,
            BUNDLES,
            ASIDE,
            COMPARED_ANEW,
            ALIKE,
            TIMED_ANEW,
        ]),
        3 => up(&[LOST, COMPARED_ANEW, ALIKE, TIMED_ANEW]),
        4 => up(&[TIMED_ANEW]),
        found if found < VERSION => Err(StoreError::Older {
            found,
            known: VERSION,
        }),
        found => Err(StoreError::Newer {
            found,
            known: VERSION,
        }),
    }
}

/// Runs the steps up to version 10 and what came after it.
fn bring_up(db: &Connection, steps: &[&str]) -> Result<()> {
    run(db, &[steps, &OF_11, &OF_12].concat())
}

fn run(db: &Connection, steps: &[&str]) -> Result<()> {
    // A table that others refer to is made anew under its name. Within a transaction this does nothing.
    db.pragma_update(None, "foreign_keys", "OFF")?;
    let tx = db.unchecked_transaction()?;
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()?;
    Ok(db.pragma_update(None, "foreign_keys", "ON")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the keys of requests stood until version 3.
    const BLOCKS_OF_3: &str = "
        CREATE TABLE block (key TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (key, record)) WITHOUT ROWID;
        CREATE INDEX block_record ON block(record);
    ";

    fn written_by(version: i64, tables: &[&str]) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        for table in tables {
            // As attendances stood until version 4.
            let table = table.replace(", ended INTEGER, waited INTEGER", "");
            // As requests stood until version 6.
            let table = table.replace(", owes INTEGER NOT NULL DEFAULT 0", "");
            db.execute_batch(&table).unwrap();
        }
        db.pragma_update(None, "user_version", version).unwrap();
        db
    }

    #[test]
    fn a_store_of_version_2_is_brought_up_with_all_that_is_in_it() {
        let db = written_by(2, &[TRUTH, DERIVED, BLOCKS_OF_3]);
        db.execute_batch("INSERT INTO meta VALUES ('secret', 7)")
            .unwrap();
        migrate(&db).unwrap();
        let kept: (i64, i64) = db
            .query_row(
                "SELECT (SELECT value FROM meta), (SELECT count(*) FROM bundle_part)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (7, 0));
        migrate(&db).unwrap();
        db.execute_batch("PRAGMA user_version = 1").unwrap();
        assert!(matches!(migrate(&db), Err(StoreError::Older { .. })));
    }

    #[test]
    fn a_store_of_version_4_has_no_editions_and_keeps_the_rest() {
        let tables = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
        let db = written_by(4, &tables);
        db.execute_batch("INSERT INTO meta VALUES ('secret', 7)")
            .unwrap();
        migrate(&db).unwrap();
        let kept: (i64, i64) = db
            .query_row(
                "SELECT (SELECT value FROM meta), (SELECT count(*) FROM catalogue)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (7, 0));
    }

    #[test]
    fn a_store_of_version_5_has_no_opinions_and_keeps_the_rest() {
        let tables = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
        let db = written_by(5, &tables);
        db.execute_batch("INSERT INTO meta VALUES ('secret', 7)")
            .unwrap();
        migrate(&db).unwrap();
        let kept: (i64, i64) = db
            .query_row(
                "SELECT (SELECT value FROM meta), (SELECT count(*) FROM opinion)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (7, 0));
    }

    #[test]
    fn a_store_of_version_6_has_no_complaints_and_keeps_the_rest() {
        let tables = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
        let since = [BARE_AND_TURNS, EDITIONS, DESK, LENT, CASES, OPINIONS];
        let db = written_by(6, &[&tables[..], &since].concat());
        db.execute_batch("INSERT INTO opinion VALUES ('2026-11-22', 'good', 7)")
            .unwrap();
        migrate(&db).unwrap();
        let kept: (i64, i64) = db
            .query_row(
                "SELECT (SELECT n FROM opinion), (SELECT count(*) FROM complaint)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (7, 0));
        let day = super::super::figures::recorded(&db, 0, 86_400_000).unwrap();
        assert_eq!(day, []);
    }

    fn written_by_7() -> Connection {
        let tables = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
        let since = [
            BARE_AND_TURNS,
            EDITIONS,
            DESK,
            LENT,
            CASES,
            OPINIONS,
            RECORDED,
            LENT_UNTIL,
            LOOKUPS,
            COMPLAINTS,
            NOTICES,
            ASKERS,
            UNDO,
            SPENT,
            LEASES,
        ];
        written_by(7, &[&tables[..], &since].concat())
    }

    #[test]
    fn records_of_version_7_are_found_by_their_ids_and_entries_still_belong_to_them() {
        let db = written_by_7();
        db.execute_batch(
            "INSERT INTO record(record, id, scope, dirty) VALUES (5, x'05', 's', 1);
             INSERT INTO entry(entry, record, change, body, at) VALUES (1, 5, x'', x'', 0);",
        )
        .unwrap();
        migrate(&db).unwrap();
        let (record, dirty): (i64, i64) = db
            .query_row(
                "SELECT record, dirty FROM record_by_id WHERE id = x'05'",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!((record, dirty), (5, 1));
        let broken = db.execute("DELETE FROM record", []);
        assert!(broken.is_err(), "entries no longer hold their record");
        let again = db.execute(
            "INSERT INTO record(id, scope, fresh) VALUES (x'05', 's', 0)",
            [],
        );
        assert!(again.is_err(), "an id is there twice");
    }

    #[test]
    fn a_store_of_version_7_derives_what_it_kept_and_did_not_know() {
        let db = written_by_7();
        db.execute_batch(
            "INSERT INTO record(record, id, scope, dirty) VALUES (1, x'01', 's', 0), (2, x'02', 's', 0),
                 (3, x'03', 's', 0), (4, x'04', 's', 2);
             INSERT INTO ticket(record, id, own, about, subject, state, spot, changed)
                 VALUES (3, x'03', 1, '', '', 'waits', '', 1);
             INSERT INTO notice(record, id, at, until, urgent, text, open) VALUES (2, x'02', 1, '', 0, '', 1)",
        )
        .unwrap();
        migrate(&db).unwrap();
        let mut dirty = db
            .prepare("SELECT dirty FROM record ORDER BY record")
            .unwrap();
        let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
        let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(dirty, [1, 1, 0, 2]);
        assert_eq!(super::super::assessments::drafts(&db).unwrap(), []);
        migrate(&db).unwrap();
    }

    #[test]
    fn a_store_of_version_8_derives_the_tours_that_it_kept() {
        let db = written_by_7();
        for step in [ASSESSMENTS, NOTICES_TO_ALL, FRESH] {
            db.execute_batch(step).unwrap();
        }
        db.execute_batch(
            "INSERT INTO record(record, id, scope) VALUES (1, x'01', '!lent'), (2, x'02', 's');
             INSERT INTO assessment(record, id, own, node, begun, dropped) VALUES (2, x'02', 1, 'm07', 1, 0);
             PRAGMA user_version = 8",
        )
        .unwrap();
        migrate(&db).unwrap();
        let mut dirty = db
            .prepare("SELECT dirty FROM record ORDER BY record")
            .unwrap();
        let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
        let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(dirty, [1, 0]);
        let none = super::super::tours::ahead(&db, None, "2026-11-23", 10).unwrap();
        assert_eq!(none, []);
        assert_eq!(super::super::occurrences::all(&db, 10).unwrap(), []);
        migrate(&db).unwrap();
    }

    #[test]
    fn a_store_of_version_9_derives_the_lists_that_it_kept() {
        let db = written_by_7();
        for step in [ASSESSMENTS, NOTICES_TO_ALL, FRESH, TOURS, EARLY] {
            db.execute_batch(step).unwrap();
        }
        db.execute_batch(
            "INSERT INTO record(record, id, scope) VALUES (1, x'01', '!lent'), (2, x'02', '!lent');
             INSERT INTO tour(record, id, node, first, last) VALUES (2, x'02', 'm07', '2026-11-23', '2026-11-23');
             PRAGMA user_version = 9",
        )
        .unwrap();
        migrate(&db).unwrap();
        let mut dirty = db
            .prepare("SELECT dirty FROM record ORDER BY record")
            .unwrap();
        let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
        let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(dirty, [1, 0]);
        assert_eq!(super::super::homes::bedside(&db, "s1").unwrap(), None);
        assert_eq!(super::super::occurrences::all(&db, 10).unwrap(), []);
        migrate(&db).unwrap();
    }

    #[test]
    fn a_store_of_version_10_derives_the_households_that_it_kept() {
        let db = written_by_7();
        let of_10 = [
            ASSESSMENTS,
            NOTICES_TO_ALL,
            FRESH,
            TOURS,
            EARLY,
            AHEAD,
            HOMES,
            BEDSIDE,
            DESKS,
            OCCURRENCES,
            PACKS,
        ];
        for step in of_10 {
            db.execute_batch(step).unwrap();
        }
        db.execute_batch(
            "INSERT INTO record(record, id, scope) VALUES (1, x'01', 's'), (2, x'02', 's');
             INSERT INTO attendance(record, id, own, identified, closed, mediator, opened)
                 VALUES (1, '01', 1, 1, 0, 'm', 1);
             PRAGMA user_version = 10",
        )
        .unwrap();
        migrate(&db).unwrap();
        let mut dirty = db
            .prepare("SELECT dirty FROM record ORDER BY record")
            .unwrap();
        let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
        let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(dirty, [1, 0]);
        assert_eq!(
            super::super::households::members(&db, "01", "")
                .unwrap()
                .len(),
            1
        );
        migrate(&db).unwrap();
    }

    #[test]
    fn a_hub_of_version_7_counts_what_it_kept_and_a_spot_does_not() {
        for (spots, counted) in [(1, vec![1, 0]), (0, vec![0, 0])] {
            let db = written_by_7();
            db.execute_batch(
                "INSERT INTO record(record, id, scope) VALUES (1, x'01', 's'), (2, x'02', 's');
                 INSERT INTO attendance(record, id, own, identified, closed, mediator, opened)
                     VALUES (1, '01', 0, 1, 1, 'm', 1)",
            )
            .unwrap();
            for _ in 0..spots {
                db.execute_batch(
                    "INSERT INTO spot(node, name) VALUES ('movel-07', 'Espaço Móvel 07')",
                )
                .unwrap();
            }
            for step in OF_11 {
                // What else is derived anew is another step's.
                if [STATISTICS, COUNTED_ANEW].contains(&step) {
                    db.execute_batch(step).unwrap();
                }
            }
            let mut dirty = db
                .prepare("SELECT dirty FROM record ORDER BY record")
                .unwrap();
            let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
            let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
            assert_eq!(dirty, counted, "{spots} spots");
        }
    }

    #[test]
    fn whoever_was_signed_in_under_version_9_is_at_the_nodes_own_desk() {
        let db = written_by_7();
        for step in [ASSESSMENTS, NOTICES_TO_ALL, FRESH, TOURS, EARLY] {
            db.execute_batch(step).unwrap();
        }
        db.execute_batch(
            "INSERT INTO session VALUES (x'01', 's', 'ana.m', 'Ana', 1, 2); PRAGMA user_version = 9",
        )
        .unwrap();
        migrate(&db).unwrap();
        let kept: (String, i64) = db
            .query_row(
                "SELECT (SELECT desk FROM session), (SELECT count(*) FROM joined)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (String::new(), 0));
        migrate(&db).unwrap();
    }

    #[test]
    fn requests_of_version_7_are_derived_once_more_and_nothing_else_is() {
        let db = written_by_7();
        db.execute_batch(
            "INSERT INTO record(record, id, scope, dirty) VALUES (1, x'01', 's', 0), (2, x'02', 's', 0);
             INSERT INTO ticket(record, id, own, about, subject, state, spot, changed)
                 VALUES (1, x'01', 1, '', '', 'waits', '', 1);
             INSERT INTO request(record, id, own, service, edition, citizen, folded, spot, mediator, at, sure, changed,
                 life, fee, conflicts) VALUES (2, '02', 1, 'cesd', 1, 'A', 'a', 's', 'm', 1, 1, 1, 'recorded', 0, 0)",
        )
        .unwrap();
        migrate(&db).unwrap();
        let dirty: String = db
            .query_row(
                "SELECT group_concat(record) FROM record WHERE dirty = 1",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(dirty, "2");
    }

    #[test]
    fn requests_of_version_6_are_derived_once_more() {
        let tables = [TRUTH, HEARSAY, LOST, BUNDLES, ASIDE, DERIVED, ALIKE];
        let since = [BARE_AND_TURNS, EDITIONS, DESK, LENT, CASES, OPINIONS];
        let db = written_by(6, &[&tables[..], &since].concat());
        db.execute_batch(
            "INSERT INTO record(record, id, scope, dirty) VALUES (1, x'01', 's', 0), (2, x'02', 's', 0);
             INSERT INTO request(record, id, own, service, edition, citizen, folded, spot, mediator, at, sure, changed,
                 life, fee, conflicts) VALUES (2, '02', 1, 'cesd', 1, 'A', 'a', 's', 'm', 1, 1, 1, 'recorded', 0, 0)",
        )
        .unwrap();
        migrate(&db).unwrap();
        let kept: (i64, i64, i64) = db
            .query_row(
                "SELECT (SELECT group_concat(record) FROM record WHERE dirty = 1), (SELECT owes FROM request),
                 (SELECT count(*) FROM asker)",
                [],
                |r| Ok((r.get::<_, String>(0)?.parse().unwrap_or(0), r.get(1)?, r.get(2)?)),
            )
            .unwrap();
        assert_eq!(kept, (2, 0, 0));
    }

    #[test]
    fn requests_that_version_3_compared_are_derived_once_more_and_nothing_else_is() {
        let tables = [TRUTH, HEARSAY, BUNDLES, ASIDE, DERIVED, BLOCKS_OF_3];
        let db = written_by(3, &tables);
        // A request, an attendance, and a request that waits for what is not here.
        db.execute_batch(
            "INSERT INTO record(record, id, scope, dirty) VALUES (1, x'01', 's', 0), (2, x'02', 's', 0),
                 (3, x'03', 's', 2);
             INSERT INTO block(key, record) VALUES ('cesd|nif|1', 1), ('cesd|birth|2', 1), ('cesd|nif|3', 3);",
        )
        .unwrap();
        migrate(&db).unwrap();
        let mut dirty = db
            .prepare("SELECT dirty FROM record ORDER BY record")
            .unwrap();
        let dirty = dirty.query_map([], |r| r.get::<_, i64>(0)).unwrap();
        let dirty: Vec<i64> = dirty.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(dirty, [1, 0, 2]);
        let blocks: i64 = db
            .query_row(
                "SELECT (SELECT count(*) FROM block) + (SELECT count(*) FROM alike)",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(blocks, 0);
        let plans: i64 = db
            .query_row(
                "SELECT count(*) FROM pragma_table_info('block') WHERE name = 'at'",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(plans, 1);
    }
}
