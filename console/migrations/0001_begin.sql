-- Times are milliseconds since 1970 in UTC.

CREATE TABLE people (
    name      TEXT PRIMARY KEY,
    password  TEXT NOT NULL,               -- argon2, PHC string
    roles     TEXT NOT NULL,               -- JSON array
    is_also   TEXT NOT NULL,               -- JSON array of globs: the identities that this person is
    added_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE signins (
    token       TEXT PRIMARY KEY,          -- SHA-256 of the cookie: the table alone lets nobody in
    person      TEXT NOT NULL REFERENCES people (name) ON DELETE CASCADE,
    csrf        TEXT NOT NULL,
    begun_at    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE approvals (
    id            TEXT PRIMARY KEY,
    digest        TEXT NOT NULL,
    ask           TEXT NOT NULL,           -- the ask that began it, as JSON: what the decider is shown
    identity      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    lapses_at     INTEGER NOT NULL,        -- a pending one that nobody decided by then is over
    status        TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
    decided_by    TEXT,
    decided_at    INTEGER,
    reason        TEXT,
    expires_at    INTEGER,                 -- until when the decision holds
    uses          INTEGER NOT NULL,
    CHECK ((status = 'pending') = (decided_at IS NULL)),
    CHECK ((status = 'pending') = (expires_at IS NULL)),
    CHECK ((status = 'pending') = (decided_by IS NULL))
) STRICT;
CREATE INDEX approvals_by_digest ON approvals (digest, status);
CREATE INDEX approvals_by_status ON approvals (status, created_at);
CREATE INDEX approvals_by_decision ON approvals (decided_at);

CREATE TABLE approval_uses (
    approval  TEXT NOT NULL REFERENCES approvals (id),
    attempt   TEXT NOT NULL,
    used_at   INTEGER NOT NULL,
    PRIMARY KEY (approval, attempt)
) STRICT, WITHOUT ROWID;

-- Records as they came. Never updated but for `fault`.
CREATE TABLE records (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    chain        TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    prev         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    record       TEXT NOT NULL,            -- the record's bytes exactly as they stood in the line
    fault        TEXT,                     -- why it does not continue its chain; NULL where it does
    received_at  INTEGER NOT NULL,
    exchange     TEXT NOT NULL,
    phase        TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_place ON records (chain, seq);
CREATE INDEX records_by_exchange ON records (exchange);

-- How far each chain has come, kept apart from the records so that a lost tail shows.
CREATE TABLE chains (
    chain  TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL,               -- the last record's
    hash   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the pages list: drawn from the records as they arrive.
CREATE TABLE sessions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    identity  TEXT NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_identity ON sessions (identity, last_at);
CREATE INDEX sessions_by_time ON sessions (last_at);

CREATE TABLE exchanges (
    exchange     TEXT PRIMARY KEY,
    session      INTEGER NOT NULL REFERENCES sessions (id),
    identity     TEXT NOT NULL,
    at           INTEGER NOT NULL,
    operation    TEXT NOT NULL,
    collections  TEXT NOT NULL,            -- JSON array
    verdict      TEXT NOT NULL,
    enforced     INTEGER NOT NULL,
    rule         TEXT,
    approval     TEXT,                     -- the approval's id, where one was asked for
    status       INTEGER,                  -- HTTP status; NULL while not closed
    outcome      TEXT,                     -- NULL while not closed
    returned     INTEGER,
    masked       INTEGER NOT NULL          -- values masked and vectors stripped, in all
) STRICT;
CREATE INDEX exchanges_by_time ON exchanges (at);
CREATE INDEX exchanges_by_identity ON exchanges (identity, at);
CREATE INDEX exchanges_by_session ON exchanges (session, at);
CREATE INDEX exchanges_by_approval ON exchanges (approval) WHERE approval IS NOT NULL;

-- Who read which recording.
CREATE TABLE views (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    reader  TEXT NOT NULL,
    what    TEXT NOT NULL CHECK (what IN ('exchange', 'session', 'records')),
    which   TEXT NOT NULL
) STRICT;
CREATE INDEX views_by_time ON views (at);
