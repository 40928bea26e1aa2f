-- A manifest as the first version wrote it: a job of one version of one object, done.
BEGIN TRANSACTION;
CREATE TABLE counts (
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    proof TEXT NOT NULL,
    mapped INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (status, cause, proof, mapped)
) WITHOUT ROWID;
INSERT INTO "counts" VALUES('done','','crc64',0,1,10);
INSERT INTO "counts" VALUES('pending','','',0,0,0);
CREATE TABLE entries (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    path TEXT,
    name TEXT,
    mapped INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    type TEXT,
    storage_class TEXT,
    last_modified REAL NOT NULL,
    status TEXT NOT NULL CHECK (status = 'pending' OR status = 'done' OR status = 'failed' OR status = 'skipped' OR status = 'archived' OR status = 'gone'),
    attempts INTEGER NOT NULL DEFAULT 0,
    cause TEXT,
    error_code TEXT,
    error_message TEXT,
    request_id TEXT,
    proof TEXT,
    crc64 INTEGER,
    finished REAL
);
INSERT INTO "entries" VALUES(1,'logs/k',NULL,NULL,0,10,'E1',NULL,NULL,1767312000.0,'done',1,NULL,NULL,NULL,NULL,'crc64',5,1767312000.0);
CREATE TABLE listing (
    row INTEGER PRIMARY KEY,
    "start" TEXT NOT NULL,
    "end" TEXT NOT NULL,
    cursor TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "listing" VALUES(1,'','','logs/k',1);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('job_id','f0abd05c');
INSERT INTO "meta" VALUES('created','1795730627');
INSERT INTO "meta" VALUES('wish','{"source": {"bucket": "b", "prefix": "logs/k", "keys": "", "is_key": "yes", "version_id": "v1"}, "filter": {}}');
INSERT INTO "meta" VALUES('base','logs/');
CREATE TABLE parts (
    key TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    crc64 TEXT NOT NULL,
    PRIMARY KEY (key, "offset")
) WITHOUT ROWID;
CREATE TABLE runs (
    row INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    ended REAL,
    outcome TEXT,
    pending INTEGER,
    done INTEGER,
    failed INTEGER,
    skipped INTEGER,
    archived INTEGER,
    gone INTEGER,
    fetched INTEGER,
    bytes_received INTEGER,
    boot_id TEXT NOT NULL
);
INSERT INTO "runs" VALUES(1,1767312000.0,1767312000.0,'done',0,1,0,0,0,0,1,10,'boot');
CREATE TABLE slowest (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE TABLE throughput (
    run INTEGER NOT NULL,
    second REAL NOT NULL,
    bytes INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (run, second)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entries_by_key ON entries (key);
CREATE UNIQUE INDEX entries_by_name ON entries (name) WHERE name IS NOT NULL;
CREATE INDEX entries_pending ON entries (attempts > 0) WHERE status = 'pending';
CREATE INDEX entries_missing ON entries (row) WHERE (status = 'failed' OR status = 'archived' OR status = 'gone');
CREATE VIEW objects AS SELECT
    row,
    key,
    coalesce(path, substr(key, 1 + (SELECT length(value) FROM meta WHERE name = 'base'))) AS path,
    mapped,
    size,
    etag,
    coalesce(type, 'Normal') AS type,
    coalesce(storage_class, 'Standard') AS storage_class,
    last_modified,
    status,
    attempts,
    cause,
    error_code,
    error_message,
    request_id,
    proof,
    CASE WHEN crc64 IS NOT NULL THEN printf('%u', crc64) END AS crc64,
    finished
FROM entries;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('entries',1);
COMMIT;
