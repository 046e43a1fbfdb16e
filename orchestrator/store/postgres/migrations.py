"""The journal's tables in PostgreSQL, as ordered migrations that are never edited once released."""

from __future__ import annotations

# The same tables under the same names as in SQLite (orchestrator.store.migrations, where they are told
# about), in a schema of their own. A change is a new entry at the end of MIGRATIONS in both places;
# after any migration the projected tables are made anew.

SCHEMA = "orchestrate"

# Bytes, not a language's order: keys and ids are compared, and looked up by how they begin.
_TEXT = 'TEXT COLLATE "C"'

_VERSION_1 = (
    f"CREATE TABLE meta (name {_TEXT} PRIMARY KEY, value {_TEXT} NOT NULL)",
    f"""CREATE TABLE fact (
        position BIGINT PRIMARY KEY,
        at BIGINT NOT NULL,
        name {_TEXT} NOT NULL,
        take {_TEXT},
        number INTEGER,
        body {_TEXT} NOT NULL
    )""",
    "CREATE INDEX fact_by_take ON fact (take, position) WHERE take IS NOT NULL",
    "CREATE INDEX fact_of_run ON fact (position) WHERE name = 'RunBegan'",
    """CREATE FUNCTION fact_stays() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'a fact is never changed or removed'; END $$""",
    """CREATE TRIGGER fact_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON fact
       FOR EACH STATEMENT EXECUTE FUNCTION fact_stays()""",
    f"""CREATE TABLE attempt (
        take {_TEXT} NOT NULL,
        number INTEGER NOT NULL,
        position BIGINT NOT NULL REFERENCES fact (position),
        step {_TEXT} NOT NULL,
        take_number INTEGER NOT NULL,
        parent {_TEXT},
        run {_TEXT} NOT NULL,
        account {_TEXT} NOT NULL,
        plan {_TEXT} NOT NULL,
        chain {_TEXT} NOT NULL,
        place {_TEXT} NOT NULL,
        kind {_TEXT} NOT NULL,
        begun_at BIGINT NOT NULL,
        expires BIGINT NOT NULL,
        external_id {_TEXT},
        state {_TEXT} NOT NULL,
        reason {_TEXT},
        task_id {_TEXT},
        open BOOLEAN NOT NULL,
        slot_until BIGINT,
        standing {_TEXT} NOT NULL,
        calls INTEGER NOT NULL,
        units {_TEXT},
        cost {_TEXT},
        currency {_TEXT},
        PRIMARY KEY (take, number)
    )""",
    "CREATE INDEX attempt_in_the_air ON attempt (account, slot_until) WHERE slot_until IS NOT NULL",
    "CREATE INDEX attempt_open ON attempt (take) WHERE open",
    "CREATE INDEX attempt_by_task ON attempt (task_id) WHERE task_id IS NOT NULL",
    f"""CREATE TABLE video (
        take {_TEXT} PRIMARY KEY,
        parent {_TEXT},
        account {_TEXT} NOT NULL,
        task_id {_TEXT} NOT NULL,
        video_id {_TEXT} NOT NULL,
        kind {_TEXT},
        model_name {_TEXT},
        mode {_TEXT},
        duration {_TEXT},
        created_at BIGINT,
        at BIGINT NOT NULL,
        seen BOOLEAN NOT NULL,
        wants_keeping BOOLEAN NOT NULL,
        lost {_TEXT},
        dropped {_TEXT}
    )""",
    "CREATE INDEX video_by_parent ON video (parent)",
    "CREATE INDEX video_by_id ON video (video_id)",
    "CREATE INDEX video_by_task ON video (task_id)",
    "CREATE INDEX video_unkept ON video (take) WHERE wants_keeping",
    f"""CREATE TABLE file (
        take {_TEXT} PRIMARY KEY REFERENCES video (take),
        at BIGINT NOT NULL,
        path {_TEXT} NOT NULL,
        size BIGINT NOT NULL,
        sha256 {_TEXT} NOT NULL,
        seconds {_TEXT} NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL
    )""",
    f"""CREATE TABLE spent (
        plan {_TEXT} NOT NULL,
        chain {_TEXT} NOT NULL,
        run {_TEXT} NOT NULL,
        calls INTEGER NOT NULL,
        units {_TEXT} NOT NULL,
        cost {_TEXT} NOT NULL,
        unknown_units INTEGER NOT NULL,
        unknown_cost INTEGER NOT NULL,
        PRIMARY KEY (plan, chain, run)
    )""",
    # Who is called what, what grew out of what, and what a plan did before: asked by commands that only read.
    "CREATE INDEX attempt_by_place ON attempt (place)",
    "CREATE INDEX attempt_by_parent ON attempt (parent)",
    "CREATE INDEX attempt_by_chain ON attempt (plan, chain)",
    "CREATE INDEX attempt_by_amount ON attempt (currency, units, cost, calls)",
    "CREATE INDEX attempt_succeeded ON attempt (account, kind, position) WHERE state = 'succeeded'",
    "CREATE INDEX attempt_declined ON attempt (reason, position) WHERE state = 'declined'",
    """CREATE INDEX fact_of_person ON fact (position)
       WHERE name IN ('TakePicked', 'TakeRejected', 'TakeWanted', 'TakeRetried', 'StepApproved')""",
    f"""CREATE TABLE plan (
        name {_TEXT} PRIMARY KEY,
        first BIGINT NOT NULL REFERENCES fact (position),
        position BIGINT NOT NULL REFERENCES fact (position),
        digest {_TEXT} NOT NULL
    )""",
    f"""CREATE TABLE stop (
        plan {_TEXT} NOT NULL,
        chain {_TEXT} NOT NULL,
        position BIGINT NOT NULL REFERENCES fact (position),
        PRIMARY KEY (plan, chain)
    )""",
    # What the chains of each plan's newest text can begin with: keys of takes or steps; empty texts stand
    # for a plan of which that is not known.
    f"""CREATE TABLE chain (
        plan {_TEXT} NOT NULL,
        chain {_TEXT} NOT NULL,
        origin {_TEXT} NOT NULL,
        PRIMARY KEY (plan, chain, origin)
    )""",
    "CREATE INDEX chain_by_origin ON chain (origin)",
    "CREATE INDEX chain_by_name ON chain (chain)",
    # Only here. Who waits for a slot of an account, with the longest line below what waits; forgotten at
    # `until` (UTC ms by this database's clock). Nothing is lost with it: it is not logged.
    f"""CREATE UNLOGGED TABLE waiting (
        account {_TEXT} NOT NULL,
        writer {_TEXT} NOT NULL,
        level DOUBLE PRECISION NOT NULL,
        until BIGINT NOT NULL,
        PRIMARY KEY (account, writer)
    )""",
    # When each account may be asked again after a refusal for haste, and the pause after the next one (ms).
    f"""CREATE UNLOGGED TABLE pace (
        account {_TEXT} PRIMARY KEY,
        pause BIGINT NOT NULL,
        until BIGINT NOT NULL
    )""",
    # Who may write, and with which version of the tables; alive while `seen` is recent.
    f"""CREATE UNLOGGED TABLE writer (
        id {_TEXT} PRIMARY KEY,
        name {_TEXT} NOT NULL,
        format INTEGER NOT NULL,
        since BIGINT NOT NULL,
        seen BIGINT NOT NULL
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1,)
"""Statements that lead from each version to the next; `meta` says how many were applied."""
