"""What is forged with care, and what is damaged beyond counting: both verifiers say the same of it.

A forged leg is appended with its balance and its hash, as the functions would. The rows that are
derived from legs are changed to match as far as somebody would who wants it to pass.
"""

import psycopg
import pytest

from tests.tampering import GIVEN, REHASH
from tests.test_outside import copy_of, found

pytestmark = pytest.mark.first_server

FORGE = """
CREATE FUNCTION pg_temp.forge(
    account text, kind text, moved bigint, said jsonb DEFAULT NULL, contra text DEFAULT NULL,
    refers bigint DEFAULT NULL, id bigint DEFAULT NULL, nth integer DEFAULT 1
) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
    v_id bigint := coalesce(id, nextval('ledger.transaction_seq'));
    v_now bigint := engine.now();
    a ledger.accounts;
    v_hash bytea;
BEGIN
    SELECT * INTO a FROM ledger.accounts WHERE account_id = account;
    v_hash := engine.seal(a.head, engine.leg_content(
        account, a.version + 1, v_id, nth, v_now, NULL, v_now, kind, moved, a.balance + moved,
        a.held, a.pending_cashback, a.overdraft_limit, contra, NULL, refers, NULL, 'x', NULL, NULL,
        NULL, said, NULL
    ));
    INSERT INTO ledger.ledger_transactions (
        account_id, version, transaction_id, leg, timestamp, recorded_at, operation, amount,
        balance_after, held_after, pending_cashback_after, overdraft_limit_after, contra_account_id,
        refers_to, actor, details, hash_version, hash
    ) VALUES (
        account, a.version + 1, v_id, nth, v_now, v_now, kind, moved, a.balance + moved, a.held,
        a.pending_cashback, a.overdraft_limit, contra, refers, 'x', said, 1, v_hash
    );
    UPDATE ledger.accounts SET
        version = version + 1, balance = balance + moved, last_timestamp = v_now, head = v_hash
    WHERE account_id = account;
    RETURN v_id;
END;
$function$;
CREATE FUNCTION pg_temp.of(account text, kind text) RETURNS ledger.ledger_transactions
LANGUAGE sql AS $function$
    SELECT t FROM ledger.ledger_transactions AS t
    WHERE t.account_id = account AND t.operation = kind ORDER BY t.version LIMIT 1
$function$;
"""

FORGERIES = {
    "hold: captured after its release": (
        """
        UPDATE ledger.holds SET captured = 5, status = 'captured', captures = ARRAY[
            pg_temp.forge('bob', 'capture', -5,
                '{"hold_id": "hold3", "final": true, "released": 0}', '@payments')
        ] WHERE hold_number = 3
        """,
        "holds_logged",
    ),
    "hold: released twice": (
        """SELECT pg_temp.forge('bob', 'release_hold', 0, '{"hold_id": "hold3", "released": 5}')""",
        "holds_logged",
    ),
    "hold: another transaction given back": (
        """
        SELECT pg_temp.forge('alice', 'refund_hold', 5, '{"hold_id": "hold2"}', '@payments',
            (pg_temp.of('alice', 'deposit')).transaction_id)
        """,
        "holds_logged",
    ),
    "hold: more given back than was captured": (
        """
        SELECT pg_temp.forge('alice', 'post', 100, NULL, '@payments', (
            SELECT h.captures[1] FROM ledger.holds AS h WHERE h.hold_number = 2
        ))
        """,
        "holds_logged",
    ),
    "schedule: run after it was cancelled": (
        """
        WITH id AS (
            SELECT pg_temp.forge('alice', 'transfer', -10, '{
                "schedule_id": "schedule3", "occurrence": 1, "attempt": 1, "due_at": null,
                "next_run_at": null
            }', 'bob') AS id
        ), run AS (
            INSERT INTO ledger.schedule_runs (
                schedule_number, run_number, account_id, transaction_id
            ) SELECT 3, 1, 'alice', id.id FROM id
        )
        SELECT pg_temp.forge('bob', 'transfer', 10, NULL, 'alice', NULL, id.id, 2) FROM id
        """,
        "runs_posted",
    ),
    "monitor: deleted by another account's leg": (
        """
        SELECT pg_temp.forge('bob', 'delete_monitor', 0, (
            SELECT t.details FROM pg_temp.of('alice', 'create_monitor') AS t
        ));
        UPDATE ledger.monitors SET active = false WHERE monitor_number = 1;
        UPDATE ledger.accounts SET monitored = false WHERE account_id = 'alice'
        """,
        "monitors_logged",
    ),
    "transfer: both sides on one account": (
        """
        SELECT pg_temp.forge('bob', 'transfer', 7, NULL, 'alice', NULL, t.id, 2)
        FROM pg_temp.forge('bob', 'transfer', -7, NULL, 'alice') AS t (id)
        """,
        "transactions_pair",
    ),
    "account: opened by its second leg": (
        """
        INSERT INTO ledger.accounts (
            account_id, currency, last_timestamp, created_at, version, head
        ) VALUES ('ghost', 'EUR', 5, engine.now(), 0, '');
        SELECT pg_temp.forge('ghost', 'set_account_metadata', 0,
            '{"currency": "EUR", "overdraft_limit": 0, "metadata": {}}');
        SELECT pg_temp.forge('ghost', 'open', 0, '{"currency": "EUR", "overdraft_limit": 0}');
        UPDATE ledger.accounts AS a SET created_at = t.timestamp
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'ghost' AND t.version = 1 AND a.account_id = 'ghost'
        """,
        "accounts_match_opening",
    ),
    "exchange: of one account with itself": (
        """
        SELECT pg_temp.forge('alice', 'exchange', 1000000, NULL, '@exchange', NULL, t.id, 2)
        FROM pg_temp.forge('alice', 'exchange', -1, NULL, '@exchange') AS t (id)
        """,
        "exchanges_as_agreed",
    ),
    "exchange: twice in its transaction": (
        """
        SELECT pg_temp.forge(
            side.account_id, 'exchange', side.amount, side.details - 'credited_at', '@exchange',
            NULL, side.transaction_id, side.leg + 2
        )
        FROM (
            SELECT t.* FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id = (pg_temp.of('alice', 'exchange')).transaction_id
            ORDER BY t.leg
        ) AS side
        """,
        "exchanges_as_agreed",
    ),
}


def leg(change, account, operation):
    """A change of one leg, which no hash covers then."""
    return (
        f"UPDATE ledger.ledger_transactions SET {change} WHERE (account_id, version) = "
        f"(SELECT t.account_id, t.version FROM pg_temp.of('{account}', '{operation}') AS t)"
    )


# Values that nothing can be counted with.
DAMAGE = {
    "a due time that is none": leg('details = details || \'{"due_at": "soon"}\'', "alice", "pay"),
    "cashback beyond counting": leg("details = details || '{\"cashback\": 1e30}'", "alice", "pay"),
    "what was cancelled of it": leg(
        'details = details || \'{"cashback_cancelled": "all"}\'', "bob", "refund"
    ),
    "a limit that is none": leg(
        'details = details || \'{"overdraft_limit": "much"}\'', "bob", "open"
    ),
    "a mark that is none": leg(
        'details = details || \'{"collecting": "maybe"}\'', "shop", "set_collecting"
    ),
    "currencies that are none": leg(
        "details = details || '{\"currencies\": 5}'", "@ledger", "open"
    ),
    "an exponent that is none": leg(
        "details = details || '{\"exponent\": 2.5}'", "@ledger", "create_currency"
    ),
    "policies that are none": leg(
        "details = details || '{\"delay_ms\": 60000.5}'", "@ledger", "set_cashback_policy"
    ),
    "an agreement that is none": "ALTER DOMAIN ledger.metadata DROP CONSTRAINT metadata_is_object;"
    + leg("details = '5'", "alice", "exchange"),
    "the largest balance that there is": (
        "ALTER DOMAIN ledger.minor_units DROP CONSTRAINT minor_units_are_exact_in_json;"
        + leg("balance_after = 9223372036854775807", "alice", "transfer")
    ),
    "the least amount that there is": (
        "ALTER DOMAIN ledger.minor_units DROP CONSTRAINT minor_units_are_exact_in_json;"
        + leg("amount = (-9223372036854775808)::bigint", "alice", "transfer")
    ),
    "the largest version that there is": leg("version = 9223372036854775807", "alice", "pay"),
}


@pytest.fixture(scope="module")
def ledger(new_ledger):
    """A ledger with one of everything."""
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(GIVEN)
        yield url


def wrong(server, ledger, damage):
    """What both verifiers find of it, by check."""
    with copy_of(server, ledger) as own:
        with psycopg.connect(own) as db:
            db.execute("SET session_replication_role = replica")
            db.execute(FORGE)
            db.execute(damage)
        with psycopg.connect(own) as db:
            inside = {
                check
                for (check,) in db.execute('SELECT "check" FROM bank.verify_ledger() WHERE NOT ok')
            }
        return inside, {*found(own)[0]}


def test_the_means_are_not_noticed(server, ledger):
    """What is forged as the functions would post it: nothing is wrong but what the tests mean."""
    deposit = "SELECT pg_temp.forge('alice', 'deposit', 5, NULL, '@external')"
    assert wrong(server, ledger, deposit) == (set(), set())


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_is_forged(server, ledger, kind):
    forgery, check = FORGERIES[kind]
    inside, outside = wrong(server, ledger, forgery)
    assert check in inside
    assert check in outside


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_is_damaged(server, ledger, kind):
    inside, outside = wrong(server, ledger, DAMAGE[kind])
    assert "hashes_recompute" in inside
    assert "hashes_recompute" in outside or "rows_readable" in outside


def test_a_hold_that_nothing_can_be_counted_with(server, ledger):
    damage = (
        "ALTER DOMAIN ledger.minor_units DROP CONSTRAINT minor_units_are_exact_in_json;"
        "UPDATE ledger.holds SET captured = -9223372036854775808 WHERE hold_number = 1"
    )
    inside, outside = wrong(server, ledger, damage)
    assert "holds_logged" in inside
    assert "holds_logged" in outside


def test_one_that_agrees_with_itself(server, ledger):
    """A past that is written anew, all hashes with it: no check can tell, see test_tampering."""
    forged = leg("metadata = '{\"forged\": true}'", "alice", "deposit")
    assert wrong(server, ledger, f"{forged};{REHASH.format('alice')}") == (set(), set())


@pytest.mark.parametrize("at_work", [True, False])
def test_a_gap_in_the_place_of_events(server, ledger, at_work):
    """Whoever brought a leg that is to be seen has ended, so a gap that waits excuses none."""
    with copy_of(server, ledger) as own, psycopg.connect(own) as other:
        [(xid,)] = other.execute("SELECT pg_current_xact_id()::text")
        if not at_work:
            other.rollback()
        with psycopg.connect(own) as db:
            db.execute("SET session_replication_role = replica")
            db.execute("DELETE FROM ledger.event_batches")
            forged = "INSERT INTO ledger.event_gaps VALUES (1, '{[1,100000)}', ARRAY[%s::xid8])"
            db.execute(forged, [xid])
        with psycopg.connect(own, autocommit=True) as db:
            missing = db.execute(
                "SELECT ok FROM bank.verify_ledger() WHERE \"check\" = 'legs_have_events'"
            )
            assert missing.fetchone() == (not at_work,)
            assert ("legs_have_events" in found(own)[0]) == at_work
            if not at_work:  # the next run looks into it
                assert db.execute("SELECT numbered FROM bank.number_events()").fetchone()[0] > 50
                assert found(own)[0] == {}
