"""A few sessions, each step of theirs in a chosen order: what must not happen cannot happen."""

import itertools
import time
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

STAKE = 1000
PATIENCE = 30  # seconds until a test gives up

names = itertools.count()


@pytest.fixture
def db(own_url):
    """For what comes before and after; afterwards the books are intact, and none is missing."""
    with psycopg.connect(own_url, autocommit=True) as db:
        yield db
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []


class Session:
    """One connection, with a transaction open until it says commit(), and a thread to wait in."""

    def __init__(self, url: str) -> None:
        self.db = psycopg.connect(url)
        self.thread = ThreadPoolExecutor(1)

    def run(self, query: str, *values: object) -> list[tuple]:
        return self.start(query, *values).result(PATIENCE)

    def start(self, query: str, *values: object) -> Future[list[tuple]]:
        """The same, but without waiting for it."""
        return self.thread.submit(lambda: self.db.execute(query, values).fetchall())

    def commit(self) -> None:
        self.thread.submit(self.db.commit).result(PATIENCE)

    def close(self) -> None:
        self.thread.shutdown(cancel_futures=True)
        self.db.close()


@pytest.fixture
def sessions(own_url):
    """`sessions(3)` are three of them."""
    opened: list[Session] = []

    def sessions(count):
        opened.extend(Session(own_url) for _ in range(count))
        return opened[-count:]

    yield sessions
    for session in opened:
        session.db.cancel()
    for session in opened:
        session.close()


def wait_until_waiting(db, session):
    """Return once the session waits for a lock that another one holds."""
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)"
    deadline = time.monotonic() + PATIENCE
    while not db.execute(query, [session.db.info.backend_pid]).fetchone()[0]:
        assert time.monotonic() < deadline, "it does not wait"


def account(db, prefix, stake=STAKE, collecting=False):
    """A new account, whose place in byte order the prefix tells."""
    account_id = f"{prefix}{next(names):04}"
    db.execute("SELECT bank.create_account(%s)", [account_id])
    if stake:
        db.execute("SELECT bank.deposit(%s, %s)", [account_id, stake])
    if collecting:
        db.execute("SELECT bank.set_collecting(%s, true)", [account_id])
    return account_id


def balance(db, account_id):
    return db.execute("SELECT balance FROM bank.get_balance(%s)", [account_id]).fetchone()[0]


def collected(db, account_id):
    query = "SELECT count(*) FROM ledger.collected_credits WHERE account_id = %s"
    return db.execute(query, [account_id]).fetchone()[0]


TRANSFER = "SELECT bank.transfer(%s, %s, %s)"
COLLECT = "SELECT bank.set_collecting(%s, true)"
STOP = "SELECT bank.set_collecting(%s, false)"


@pytest.mark.parametrize(("payer", "shop"), ["pz", "zp"])
def test_a_payer_who_comes_while_it_stops_collecting_is_not_collected(db, sessions, payer, shop):
    """Nobody could reach what is collected once the account has stopped, and is closed."""
    payer, shop = account(db, payer), account(db, shop, stake=0)
    starting, stopping, paying = sessions(3)
    starting.run(COLLECT, shop)
    stopped = stopping.start(STOP, shop)
    wait_until_waiting(db, stopping)
    starting.commit()
    stopped.result(PATIENCE)
    paid = paying.start(TRANSFER, payer, shop, 5)
    wait_until_waiting(db, paying)
    stopping.commit()
    paid.result(PATIENCE)
    paying.commit()

    assert (balance(db, shop), collected(db, shop)) == (5, 0)
    with pytest.raises(psycopg.Error, match="balance_not_zero"):
        db.execute("SELECT bank.close_account(%s, 'over')", [shop])
    db.execute("SELECT bank.fold_collected()")
    assert balance(db, shop) == 5


def test_it_stops_collecting_once_every_payer_has_committed(db, sessions):
    payer, shop = account(db, "p"), account(db, "s", stake=0, collecting=True)
    paying, stopping, late = sessions(3)
    paying.run(TRANSFER, payer, shop, 5)
    stopped = stopping.start(STOP, shop)
    wait_until_waiting(db, stopping)
    late.run(TRANSFER, account(db, "p"), shop, 7)
    paying.commit()
    wait_until_waiting(db, stopping)
    late.commit()
    stopped.result(PATIENCE)
    stopping.commit()
    assert (balance(db, shop), collected(db, shop)) == (12, 0)


def test_an_account_that_somebody_pays_cannot_be_closed_over_it(db, sessions):
    payer, shop = account(db, "p"), account(db, "s", stake=0, collecting=True)
    paying, closing = sessions(2)
    paying.run(TRANSFER, payer, shop, 5)
    with pytest.raises(psycopg.Error, match="account_collecting"):
        closing.run("SELECT bank.close_account(%s, 'over')", shop)
    closing.thread.submit(closing.db.rollback).result(PATIENCE)
    stopped = closing.start(STOP, shop)
    wait_until_waiting(db, closing)
    paying.commit()
    stopped.result(PATIENCE)
    with pytest.raises(psycopg.Error, match="balance_not_zero"):
        closing.run("SELECT bank.close_account(%s, 'over')", shop)


def test_two_payers_in_any_order_and_one_that_stops_collecting(db, sessions):
    """m -> C, z -> C beside set_collecting(z, false), which was a deadlock."""
    hub = account(db, "C", stake=0, collecting=True)
    first, second = account(db, "m"), account(db, "z", collecting=True)
    paying, stopping = sessions(2)
    paying.run(TRANSFER, first, hub, 1)
    stopping.run(STOP, second)
    paid = paying.start(TRANSFER, second, hub, 2)
    wait_until_waiting(db, paying)
    stopping.commit()
    paid.result(PATIENCE)
    paying.commit()
    assert (balance(db, hub), balance(db, first), balance(db, second)) == (3, 999, 998)


def test_an_account_stops_collecting_whoever_pays_others(db, sessions):
    """Payers of one collecting account hold up nobody who pays, starts or stops another."""
    payer, another = account(db, "p"), account(db, "p")
    one, other = (account(db, "s", stake=0, collecting=True) for _ in "ab")
    paying, stopping, late = sessions(3)
    paying.run(TRANSFER, payer, one, 1)
    stopping.run(STOP, other)
    late.run(TRANSFER, another, one, 2)
    for session in late, stopping, paying:
        session.commit()
    assert balance(db, one) == 3


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_transaction_of_one_snapshot_does_not_stop_it(db, level):
    """It would not see the credits that it has to fold."""
    shop = account(db, "s", stake=0, collecting=True)
    with (
        pytest.raises(psycopg.Error, match="invalid_argument") as refused,
        db.transaction(),
    ):
        db.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        db.execute(STOP, [shop])
    assert level in refused.value.diag.message_detail


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("what", ["a key", "a run"])
def test_a_snapshot_that_is_too_old_to_see_the_first_is_told_to_try_again(
    db, sessions, level, what
):
    source, target = account(db, "s", stake=0), account(db, "t", stake=0)
    now = db.execute("SELECT engine.now()").fetchone()[0]
    query = (
        "SELECT schedule_id FROM bank.schedule_transfer_at("
        "%s, %s, 9, %s, \"timestamp\" => %s, idempotency_key => 'k')"
    )
    values = source, target, now - 1, now - 1
    if what == "a run":
        db.execute(query, values)
        query, values = "SELECT refused FROM bank.run_schedules()", ()
    (late,) = sessions(1)
    late.db.isolation_level = psycopg.IsolationLevel[level.replace(" ", "_")]
    late.run("SELECT count(*) FROM ledger.accounts")  # what it sees is as of now
    first = db.execute(query, values).fetchall()
    with pytest.raises(psycopg.errors.SerializationFailure):
        late.run(query, *values)
    late.thread.submit(late.db.rollback).result(PATIENCE)
    again = late.run(query, *values)
    assert again == (first if what == "a key" else [(0,)])
    late.commit()
    db.execute(
        "SELECT bank.cancel_schedule('schedule' || schedule_number) "
        "FROM ledger.schedules WHERE status = 'active'"
    )


def due_cashback(db, account_id):
    now = db.execute("SELECT engine.now()").fetchone()[0]
    db.execute(
        'SELECT bank.pay_at(%s, 50, "timestamp" => %s)', [account_id, now - 86_400_000 - 1_000_000]
    )


def due_hold(db, account_id):
    now = db.execute("SELECT engine.now()").fetchone()[0]
    db.execute(
        'SELECT bank.hold_at(%s, 1, %s, "timestamp" => %s)', [account_id, now - 1, now - 86_400_000]
    )


def due_credit(db, account_id):
    collect = """
        SELECT bank.set_collecting(a.account_id, true)
        FROM ledger.accounts AS a WHERE a.account_id = %s AND NOT a.collecting
    """
    db.execute(collect, [account_id])
    db.execute(TRANSFER, [account(db, "p"), account_id, 1])


def due_schedule(db, account_id):
    now = db.execute("SELECT engine.now()").fetchone()[0]
    target = account(db, "t", stake=0)
    newest = "SELECT last_timestamp FROM ledger.accounts WHERE account_id = %s"
    when = db.execute(newest, [account_id]).fetchone()[0]
    query = 'SELECT bank.schedule_transfer_at(%s, %s, 1, %s, "timestamp" => %s)'
    db.execute(query, [account_id, target, now - 1, when])


CHORES = {
    "settle_cashbacks": (due_cashback, "settled"),
    "expire_holds": (due_hold, "expired"),
    "fold_collected": (due_credit, "folded"),
    "run_schedules": (due_schedule, "succeeded"),
}


@pytest.mark.parametrize("chore", CHORES)
def test_what_a_locked_account_holds_up_does_not_use_up_the_limit(db, sessions, chore):
    """A hundred due on an account that somebody has, one due elsewhere, at most a hundred."""
    make_due, done = CHORES[chore]
    db.execute(f'SELECT bank.{chore}("limit" => 100000)')  # what other tests have left behind
    first, second = (f"{prefix}{next(names):04}" for prefix in "ab")
    for account_id in first, second:
        db.execute(
            'SELECT bank.create_account_at(%s, overdraft_limit => 100000, "timestamp" => 0)',
            [account_id],
        )
    for _ in range(100):
        make_due(db, first)
    make_due(db, second)
    query = f'SELECT {done}, remaining FROM bank.{chore}("limit" => 100)'

    (holding,) = sessions(1)
    holding.run("SELECT FROM ledger.accounts WHERE account_id = %s FOR NO KEY UPDATE", first)
    assert db.execute(query).fetchall() == [(1, 100)]
    assert db.execute(query).fetchall() == [(0, 100)]
    holding.commit()
    assert db.execute(query).fetchall() == [(100, 0)]


HOLD = "SELECT bank.hold(%s, 10, target_account_id => %s)"
CLOSE = "SELECT bank.close_account(%s, 'gone')"


@pytest.mark.parametrize(("payer", "target"), ["pz", "zp"])
def test_the_target_of_a_hold_is_not_closed_while_the_hold_is_made(db, sessions, payer, target):
    """Or the capture, which cannot fail, would find nobody to credit."""
    payer, target = account(db, payer), account(db, target, stake=0)
    holding, closing = sessions(2)
    holding.run(HOLD, payer, target)
    closed = closing.start(CLOSE, target)
    wait_until_waiting(db, closing)
    holding.commit()
    with pytest.raises(psycopg.DatabaseError, match="hold_open"):
        closed.result(PATIENCE)


@pytest.mark.parametrize(("payer", "target"), ["pz", "zp"])
def test_no_hold_is_made_to_a_target_that_is_being_closed(db, sessions, payer, target):
    payer, target = account(db, payer), account(db, target, stake=0)
    holding, closing = sessions(2)
    closing.run(CLOSE, target)
    held = holding.start(HOLD, payer, target)
    wait_until_waiting(db, holding)
    closing.commit()
    with pytest.raises(psycopg.DatabaseError, match="account_closed"):
        held.result(PATIENCE)


def test_closing_by_an_old_snapshot_is_refused(db, sessions):
    """Nothing would tell it of a hold that was made meanwhile."""
    target = account(db, "t", stake=0)
    (closing,) = sessions(1)
    for isolation in "REPEATABLE READ", "SERIALIZABLE":
        closing.thread.submit(closing.db.rollback).result(PATIENCE)
        closing.thread.submit(
            closing.db.execute,
            f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {isolation}",
        ).result(PATIENCE)
        closing.commit()
        for closer in CLOSE, "SELECT bank.rewind_account(%s, 'why')":
            with pytest.raises(psycopg.DatabaseError, match="invalid_argument"):
                closing.run(closer, target)
            closing.thread.submit(closing.db.rollback).result(PATIENCE)


POST = (
    "SELECT bank.post(json_build_array(json_build_object("
    "'source_account_id', %s::text, 'target_account_id', %s::text, 'amount', 1)))"
)
BATCH = (
    "SELECT count(*) FROM bank.batch(json_build_array("
    "json_build_object('operation', 'transfer', 'source_account_id', %s::text,"
    " 'target_account_id', %s::text, 'amount', 1),"
    "json_build_object('operation', 'transfer', 'source_account_id', %s::text,"
    " 'target_account_id', %s::text, 'amount', 1)))"
)


@pytest.mark.parametrize(("payer", "hub"), ["am", "zm"])
def test_a_batch_takes_collecting_accounts_in_their_turn(db, sessions, payer, hub):
    """Taken before the others they made a ring: the batch, a post, and who stops the collecting."""
    hub = account(db, hub, collecting=True)
    payer, other = account(db, payer), account(db, "b")
    first, stopping, posting, batching = sessions(4)
    first.run("SELECT bank.deposit(%s, 5)", hub)
    stopped = stopping.start(STOP, hub)
    wait_until_waiting(db, stopping)
    posted = posting.start(POST, payer, hub)
    wait_until_waiting(db, posting)
    batched = batching.start(BATCH, payer, hub, other, hub)
    if payer < hub:  # which the post has: the batch stands behind it, without the hub
        wait_until_waiting(db, batching)
        last = [(batched, batching)]
    else:  # it has the hub as well as whoever has put money into it, and waits for nobody
        batched.result(PATIENCE)
        batching.commit()
        last = []
    first.commit()
    for one, session in [(stopped, stopping), (posted, posting), *last]:
        one.result(PATIENCE)
        session.commit()
    assert balance(db, hub) == STAKE + 5 + 1 + 2


def test_an_account_that_is_made_while_a_batch_waits_is_not_locked_out_of_turn(db, sessions):
    hub = account(db, "z", stake=0, collecting=True)
    busy, payer, new = account(db, "b"), account(db, "x"), f"a{next(names):04}"
    first, batching, paying = sessions(3)
    first.run("SELECT bank.deposit(%s, 1)", busy)
    batched = batching.start(BATCH, busy, hub, payer, new)
    wait_until_waiting(db, batching)
    db.execute("SELECT bank.create_account(%s)", [new])
    db.execute("SELECT bank.deposit(%s, 5)", [new])
    paid = paying.start(TRANSFER, new, busy, 1)
    wait_until_waiting(db, paying)
    first.commit()
    batched.result(PATIENCE)
    batching.commit()
    paid.result(PATIENCE)
    paying.commit()
    assert balance(db, busy) == STAKE + 1 - 1 + 1


@pytest.mark.parametrize("new", ["a", "z"])
def test_an_account_that_is_made_while_a_post_waits_is_none_of_its(db, sessions, new):
    """It was taken for one that is locked, and others changed it while the post decided."""
    busy, new = account(db, "m"), f"{new}{next(names):04}"
    first, posting = sessions(2)
    first.run("SELECT bank.deposit(%s, 1)", busy)
    posted = posting.start(POST, busy, new)
    wait_until_waiting(db, posting)
    db.execute("SELECT bank.create_account(%s)", [new])
    first.commit()
    with pytest.raises(psycopg.DatabaseError, match="account_not_found") as refused:
        posted.result(PATIENCE)
    assert new in refused.value.diag.message_detail


CLAIM = "SELECT event_id FROM bank.claim_deliveries(worker_number => %s) WHERE webhook_id = %s"


def webhook(db, account_id):
    """One that wants the events of an account, of which there is none yet."""
    query = "SELECT webhook_id FROM bank.create_webhook('https://one', account_id => %s)"
    return db.execute(query, [account_id]).fetchone()[0]


def test_what_a_worker_has_claimed_that_began_meanwhile_is_left_to_it(db, sessions):
    """Whoever had looked for the living before it began took it for dead, and sent the same."""
    payee = account(db, "w", stake=0)
    wanted = webhook(db, payee)
    db.execute("SELECT bank.deposit(%s, 1)", [payee])
    db.execute("SELECT engine.queue_deliveries(n.newest) FROM bank.number_events() AS n")
    beginning, claiming = sessions(2)
    beginning.db.execute("LOCK TABLE ledger.webhook_deliveries IN ACCESS EXCLUSIVE MODE")
    claimed = claiming.start(CLAIM, None, wanted)
    wait_until_waiting(db, claiming)
    [(worker,)] = beginning.run("SELECT worker_number FROM bank.begin_worker('two', '1.0')")
    assert len(beginning.run(CLAIM, worker, wanted)) == 1
    beginning.commit()
    assert claimed.result(PATIENCE) == []


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_claiming_by_an_old_snapshot_is_refused(db, sessions, level):
    """It queued an event behind one that had arrived since, and nobody ever let it go."""
    payee = account(db, "w", stake=0)
    wanted = webhook(db, payee)
    db.execute("SELECT bank.deposit(%s, 1)", [payee])
    [(event,)] = db.execute(CLAIM, [None, wanted]).fetchall()
    db.execute("SELECT bank.deposit(%s, 2)", [payee])
    db.execute("SELECT bank.number_events()")
    (late,) = sessions(1)
    late.db.isolation_level = psycopg.IsolationLevel[level.replace(" ", "_")]
    late.run("SELECT count(*) FROM ledger.webhooks")  # what it sees is as of now
    db.execute("SELECT bank.finish_delivery(%s, %s, 1, 200)", [wanted, event])
    with pytest.raises(psycopg.DatabaseError, match="invalid_argument") as refused:
        late.run(CLAIM, None, wanted)
    assert level.lower() in refused.value.diag.message_detail
    assert len(db.execute(CLAIM, [None, wanted]).fetchall()) == 1


KEYED = {
    "transfer": '"source_account_id": "{0}", "target_account_id": "{1}", "amount": 1',
    "deposit": '"account_id": "{0}", "amount": 1',
    "pay": '"account_id": "{0}", "amount": 1',
    "hold": '"account_id": "{0}", "amount": 1',
    "post": '"postings": [{{"source_account_id": "{0}", "target_account_id": "{1}", "amount": 1}}]',
}


@pytest.mark.parametrize("operation", KEYED)
@pytest.mark.parametrize("known", [True, False], ids=["known", "under way"])
@pytest.mark.parametrize("batch_key", [None, "all"])
def test_an_item_alone_says_that_it_is_a_replay(db, sessions, operation, known, batch_key):
    """Whether its key was taken before the batch began, or while it waited for its account."""
    payer, payee = account(db, "p"), account(db, "s", stake=0)
    fields = KEYED[operation].format(payer, payee)
    item = f'[{{"operation": "{operation}", {fields}, "idempotency_key": "of {payer}"}}]'
    query = (
        "SELECT item, status, transaction_id, balance, code "
        "FROM bank.batch(%s, idempotency_key => %s)"
    )
    first, again = sessions(2)
    announced: list[str | None] = []
    again.db.add_notice_handler(lambda notice: announced.append(notice.message_primary))
    [posted] = first.run(query, item, None)
    assert posted[1] == "posted"
    if known:
        first.commit()
    replay = again.start(query, item, batch_key and f"{batch_key} {payer}")
    if not known:
        wait_until_waiting(db, again)
        first.commit()
    assert replay.result(PATIENCE) == [(1, "replayed", *posted[2:])]
    again.commit()
    assert announced == [], "it is the item that is a replay, not the batch"
    kept = "SELECT count(*) FROM ledger.idempotency_keys WHERE idempotency_key = %s"
    assert db.execute(kept, [f"{batch_key} {payer}"]).fetchone() == (0,), "nothing was posted"


IMPATIENT = "SELECT set_config('lock_timeout', '2s', false)"
DIGEST = "encode(sha256(convert_to(%s, 'UTF8')), 'hex')"
BEGIN = f"SELECT begun.name FROM bank.begin_session({DIGEST}, {DIGEST}) AS begun"
RESUME = f"SELECT resumed.name FROM bank.resume_session({DIGEST}) AS resumed"
END = f"SELECT done.ended FROM bank.end_session({DIGEST}) AS done"


def api_key(db, name):
    """Its secret."""
    query = "SELECT secret FROM bank.create_api_key(%s, 'teller')"
    return db.execute(query, [name]).fetchone()[0]


def test_requests_of_one_session_do_not_wait_for_each_other(db, sessions):
    """Its use is to be noted, which one of them does."""
    db.execute(BEGIN, [api_key(db, "patient"), "a cookie"])
    db.execute("UPDATE ledger.sessions SET used_at = used_at - 120000")
    first, second = sessions(2)
    second.run(IMPATIENT)
    assert first.run(RESUME, "a cookie") == [("patient",)]
    noted = "SELECT used_at, xmin::text FROM ledger.sessions WHERE api_key = 'patient'"
    (before,) = db.execute(noted).fetchall()
    assert second.run(RESUME, "a cookie") == [("patient",)]
    first.commit()
    (after,) = db.execute(noted).fetchall()
    assert after[0] >= before[0] + 120000
    second.commit()
    assert db.execute(noted).fetchall() == [after]


def test_a_session_that_another_request_ends(db, sessions):
    db.execute(BEGIN, [api_key(db, "leaving"), "another cookie"])
    db.execute("UPDATE ledger.sessions SET used_at = used_at - 120000")
    first, second = sessions(2)
    assert first.run(END, "another cookie") == [(True,)]
    assert second.run(RESUME, "another cookie") == [("leaving",)]  # as long as that may fail
    again = second.start(END, "another cookie")
    wait_until_waiting(db, second)
    first.commit()
    assert again.result(PATIENCE) == [(False,)]
    second.commit()
    with pytest.raises(psycopg.Error, match="invalid_session"):
        db.execute(RESUME, ["another cookie"])


def test_whoever_revokes_a_key_waits_for_no_sign_in(db, sessions):
    secret = api_key(db, "lost")
    signing_in, revoking = sessions(2)
    signing_in.run(BEGIN, secret, "a thief's cookie")
    revoking.run(IMPATIENT)
    revoking.run("SELECT bank.revoke_api_key('lost')")
    revoking.commit()
    signing_in.commit()
    with pytest.raises(psycopg.Error, match="invalid_session"):
        db.execute(RESUME, ["a thief's cookie"])


def test_a_key_that_signs_in_at_once_has_no_more_sessions_for_long(db, sessions):
    secret = api_key(db, "busy")
    for number in range(100):
        db.execute(BEGIN, [secret, f"busy {number}"])
    several = sessions(3)
    for number, session in enumerate(several):
        session.run(IMPATIENT)
        assert session.run(BEGIN, secret, f"at once {number}") == [("busy",)]
    for session in several:
        session.commit()
    db.execute(BEGIN, [secret, "after them"])
    kept = "SELECT count(*) FROM ledger.sessions WHERE api_key = 'busy'"
    assert db.execute(kept).fetchone() == (100,)
