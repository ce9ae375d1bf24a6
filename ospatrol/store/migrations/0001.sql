-- What is large is kept once, under the SHA-256 of its plain bytes. `body` is a zstd frame; where `base` is set, the
-- frame needs the plain bytes of that blob (same kind, itself without a base) as its dictionary. Kinds are part of the
-- key: a file on a host may have the very bytes of a snapshot.
CREATE TABLE blob (
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    kind INTEGER NOT NULL,
    size INTEGER NOT NULL,
    base BLOB,
    body BLOB NOT NULL,
    PRIMARY KEY (digest, kind)
);

-- Where each host stands, by integrity task. `failures` is zstd over the JSON of what was not assessed.
CREATE TABLE scan (
    host TEXT NOT NULL,
    task TEXT NOT NULL,
    scope TEXT NOT NULL,
    snapshot BLOB NOT NULL,
    proposed BLOB,
    approved BLOB,
    packages BLOB,
    baseline_packages BLOB,
    texts BLOB,
    pending BLOB,
    failures BLOB,
    skewed INTEGER NOT NULL,
    hashed_at REAL NOT NULL,
    scanned_at REAL NOT NULL,
    probe TEXT NOT NULL,
    PRIMARY KEY (host, task)
) WITHOUT ROWID;

-- What a host looked like before; a row only where the snapshot moved.
CREATE TABLE past_scan (
    host TEXT NOT NULL,
    task TEXT NOT NULL,
    at REAL NOT NULL,
    run TEXT NOT NULL,
    snapshot BLOB NOT NULL,
    packages BLOB,
    texts BLOB,
    PRIMARY KEY (host, task, at)
) WITHOUT ROWID;

CREATE TABLE run (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    play TEXT NOT NULL,
    args TEXT NOT NULL,
    owner TEXT NOT NULL,
    started REAL NOT NULL,
    finished REAL NOT NULL DEFAULT 0,
    planned INTEGER NOT NULL DEFAULT 0,
    interrupted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_by_start ON run (started);

-- `body` is zstd over the JSON of the HostResult.
CREATE TABLE run_host (
    run INTEGER NOT NULL REFERENCES run (n),
    host TEXT NOT NULL,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    events INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run, host)
) WITHOUT ROWID;

-- The transcript. Most hosts get the same command most of the time, so that each is kept once.
CREATE TABLE command (
    n INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    script BLOB NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE sent (
    run INTEGER NOT NULL REFERENCES run (n),
    host TEXT NOT NULL,
    n INTEGER NOT NULL,
    at REAL NOT NULL,
    command INTEGER NOT NULL,
    PRIMARY KEY (run, host, n)
) WITHOUT ROWID;

-- Alerts outlive their runs: `run` is the run's id, not a reference.
CREATE TABLE alert (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    run TEXT NOT NULL,
    host TEXT NOT NULL,
    rule INTEGER NOT NULL,
    level INTEGER NOT NULL,
    description TEXT NOT NULL,
    rule_groups TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX alert_by_time ON alert (at);
CREATE INDEX alert_by_run ON alert (run, host);

-- Written whenever everything before must survive a power cut.
CREATE TABLE barrier (
    n INTEGER PRIMARY KEY CHECK (n = 1),
    count INTEGER NOT NULL
);
INSERT INTO barrier VALUES (1, 0);
