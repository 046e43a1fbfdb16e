"""The journal's tables, as ordered migrations that are never edited once released."""

from __future__ import annotations

# A change of the tables, or of the fold that fills the projected ones, is a new entry at the end of
# MIGRATIONS (an empty one will do): after any migration the projected tables are made anew.

_VERSION_1 = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    # The truth. `at` is UTC milliseconds; `body` is the whole fact as JSON (orchestrator.codec).
    """CREATE TABLE fact (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        name TEXT NOT NULL,
        take TEXT,
        number INTEGER,
        body TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX fact_by_take ON fact (take, position) WHERE take IS NOT NULL",
    "CREATE INDEX fact_of_run ON fact (position) WHERE name = 'RunBegan'",
    """CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
       BEGIN SELECT RAISE(ABORT, 'a fact is never changed'); END""",
    """CREATE TRIGGER fact_is_never_removed BEFORE DELETE ON fact
       BEGIN SELECT RAISE(ABORT, 'a fact is never removed'); END""",
    # From here on: what the facts add up to, for SQL readers and for our own quick questions.
    # Amounts are decimals as text; NULL is an unknown amount. An attempt holds a slot of its account
    # before `slot_until` (UTC ms); NULL holds none. `position` is that of the newest fact about it.
    """CREATE TABLE attempt (
        take TEXT NOT NULL,
        number INTEGER NOT NULL,
        position INTEGER NOT NULL REFERENCES fact (position),
        step TEXT NOT NULL,
        take_number INTEGER NOT NULL,
        parent TEXT,
        run TEXT NOT NULL,
        account TEXT NOT NULL,
        plan TEXT NOT NULL,
        chain TEXT NOT NULL,
        place TEXT NOT NULL,
        kind TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        external_id TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        task_id TEXT,
        open INTEGER NOT NULL,
        slot_until INTEGER,
        standing TEXT NOT NULL,
        calls INTEGER NOT NULL,
        units TEXT,
        cost TEXT,
        currency TEXT,
        PRIMARY KEY (take, number)
    ) STRICT""",
    "CREATE INDEX attempt_in_the_air ON attempt (account, slot_until) WHERE slot_until IS NOT NULL",
    "CREATE INDEX attempt_open ON attempt (take) WHERE open",
    "CREATE INDEX attempt_by_task ON attempt (task_id) WHERE task_id IS NOT NULL",
    # Model and mode are NULL for an extension: they are those of its source.
    """CREATE TABLE video (
        take TEXT PRIMARY KEY,
        parent TEXT,
        account TEXT NOT NULL,
        task_id TEXT NOT NULL,
        video_id TEXT NOT NULL,
        kind TEXT,
        model_name TEXT,
        mode TEXT,
        duration TEXT,
        created_at INTEGER,
        at INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        wants_keeping INTEGER NOT NULL,
        lost TEXT,
        dropped TEXT
    ) STRICT""",
    "CREATE INDEX video_by_parent ON video (parent)",
    "CREATE INDEX video_by_id ON video (video_id)",
    "CREATE INDEX video_by_task ON video (task_id)",
    "CREATE INDEX video_unkept ON video (take) WHERE wants_keeping",
    """CREATE TABLE file (
        take TEXT PRIMARY KEY REFERENCES video (take),
        at INTEGER NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        seconds TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL
    ) STRICT""",
    # Sums by plan, by chain of a plan, or by run; '' where the sum is not about one.
    """CREATE TABLE spent (
        plan TEXT NOT NULL,
        chain TEXT NOT NULL,
        run TEXT NOT NULL,
        calls INTEGER NOT NULL,
        units TEXT NOT NULL,
        cost TEXT NOT NULL,
        unknown_units INTEGER NOT NULL,
        unknown_cost INTEGER NOT NULL,
        PRIMARY KEY (plan, chain, run)
    ) STRICT""",
)

# Who is called what, what grew out of what, and what a plan did before: asked by commands that only read.
_VERSION_2 = (
    "CREATE INDEX attempt_by_place ON attempt (place)",
    "CREATE INDEX attempt_by_parent ON attempt (parent)",
    "CREATE INDEX attempt_by_chain ON attempt (plan, chain)",
    "CREATE INDEX attempt_by_amount ON attempt (currency, units, cost, calls)",
    "CREATE INDEX attempt_succeeded ON attempt (account, kind, position) WHERE state = 'succeeded'",
    "CREATE INDEX attempt_declined ON attempt (reason, position) WHERE state = 'declined'",
    """CREATE INDEX fact_of_person ON fact (position)
       WHERE name IN ('TakePicked', 'TakeRejected', 'TakeWanted', 'TakeRetried', 'StepApproved')""",
    # The newest beginning of each plan (and the place of its first, for their order), and how each chain
    # was left by the newest run that ended: positions of facts.
    """CREATE TABLE plan (
        name TEXT PRIMARY KEY,
        first INTEGER NOT NULL REFERENCES fact (position),
        position INTEGER NOT NULL REFERENCES fact (position),
        digest TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE stop (
        plan TEXT NOT NULL,
        chain TEXT NOT NULL,
        position INTEGER NOT NULL REFERENCES fact (position),
        PRIMARY KEY (plan, chain)
    ) STRICT""",
    # What the chains of each plan's newest text can begin with: keys of takes or steps; empty texts stand
    # for a plan of which that is not known.
    """CREATE TABLE chain (
        plan TEXT NOT NULL,
        chain TEXT NOT NULL,
        origin TEXT NOT NULL,
        PRIMARY KEY (plan, chain, origin)
    ) STRICT""",
    "CREATE INDEX chain_by_origin ON chain (origin)",
    "CREATE INDEX chain_by_name ON chain (chain)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
"""Statements that lead from each version to the next; `user_version` counts those applied."""
