-- Tests of engine.refuse_refund.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_refund'::regproc),
    'refers_to bigint, postings engine.posting[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_refund'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_refund', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_refund', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_refund'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Given a transaction of several postings, and one that went to a collecting account
CREATE FUNCTION pg_temp.postings(VARIADIC sides text[]) RETURNS engine.posting[]
LANGUAGE sql AS $function$
    SELECT array_agg(ROW(
        s.number, split_part(s.side, ' ', 1), split_part(s.side, ' ', 2),
        nullif(split_part(s.side, ' ', 3), '')::bigint, NULL
    )::engine.posting ORDER BY s.number)
    FROM unnest(sides) WITH ORDINALITY AS s (side, number)
$function$;
DO $given$
BEGIN
    PERFORM bank.create_account_at('back.' || w.who, overdraft_limit => 1000, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop']) AS w (who);
    PERFORM bank.set_collecting('back.shop', true, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.post(postings json, refers_to bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $function$
    SELECT p.transaction_id FROM bank.post_at(post.postings, post.refers_to, "timestamp" => 1000) AS p
$function$;
CREATE TEMP TABLE done (name text PRIMARY KEY, id bigint);
INSERT INTO done (name, id) VALUES
('post', pg_temp.post('[
    {"source_account_id": "back.alice", "target_account_id": "back.bob", "amount": 60},
    {"source_account_id": "back.alice", "target_account_id": "back.bob", "amount": 40},
    {"source_account_id": "back.alice", "target_account_id": "@fees", "amount": 7},
    {"source_account_id": "@promotions", "target_account_id": "back.alice", "amount": 5}
]')),
('collected',
    (bank.transfer_at('back.alice', 'back.shop', 9, "timestamp" => 1000)).transaction_id);
CREATE FUNCTION pg_temp.refuse(what text, VARIADIC sides text[]) RETURNS void
LANGUAGE sql AS $function$
    SELECT engine.refuse_refund(d.id, pg_temp.postings(VARIADIC sides)) FROM done AS d
    WHERE d.name = what
$function$;

-- Works
SELECT lives_ok(
    format('SELECT pg_temp.refuse(%L, VARIADIC %L::text[])', p.what, p.sides),
    'lets pass ' || p.sides::text
) FROM (
    VALUES ('post', ARRAY['back.bob back.alice 100']),
    ('post', ARRAY['back.bob back.alice 1', 'back.bob back.alice 99', '@fees back.alice 7']),
    ('post', ARRAY['back.alice @promotions 5']),
    ('collected', ARRAY['back.shop back.alice 9'])
) AS p (what, sides);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_refund(%s, pg_temp.postings(%L))', t.id, 'back.bob back.alice 1'),
    'TL103', 'transaction_not_found', 'refuses the transaction ' || t.id
) FROM unnest(ARRAY['0', '-1', '9007199254740991', 'NULL']) AS t (id);
CREATE FUNCTION pg_temp.refusal(what text, VARIADIC sides text[]) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT pg_temp.detail_of(
        format('SELECT pg_temp.refuse(%L, VARIADIC %L::text[])', what, sides)
    ) - 'transaction_id'
$function$;
SELECT throws_ok(
    $$SELECT pg_temp.refuse('post', 'back.bob back.alice 101')$$, 'TL318',
    'refund_exceeds_transaction', 'refuses more than was moved along this path'
);
CREATE FUNCTION pg_temp.limited(own text, what text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM set_config('pgteller.accounts', own, true);
    RETURN pg_temp.detail_of(
        format('SELECT pg_temp.refuse(%L, %L)', what, 'back.shop back.alice 10')
    ) - ARRAY['source_account_id', 'target_account_id'];
END;
$function$;
SELECT is(
    pg_temp.limited(p.own, d.name), jsonb_build_object('transaction_id', d.id)
    || p.refusal, p.own || ' and ' || d.name
) FROM (
    VALUES ('{back.bob}', 'post', '{"refundable": 0, "required": 10}'::jsonb),
    ('{back.shop}', 'post', '{}'), ('{back.bob}', 'collected', '{}'),
    ('{back.sh*}', 'collected', '{"refundable": 9, "required": 10}'), ('{@fees}', 'post', '{}')
) AS p (own, what, refusal)
INNER JOIN done AS d ON d.name = p.what;
RESET pgteller.accounts;
SELECT is(
    pg_temp.refusal(p.what, VARIADIC p.sides), jsonb_build_object(
        'source_account_id', split_part(p.path, ' ', 1),
        'target_account_id', split_part(p.path, ' ', 2),
        'refundable', p.refundable, 'required', p.required
    ), 'refuses ' || p.sides::text
) FROM (
    VALUES ('post', ARRAY['back.bob back.alice 60', 'back.bob back.alice 41'],
        'back.bob back.alice', 100, 101),
    ('post', ARRAY['back.bob back.alice 1', '@fees back.alice 8'], '@fees back.alice', 7, 8),
    ('post', ARRAY['back.alice back.bob 1'], 'back.alice back.bob', 0, 1),
    ('post', ARRAY['back.shop back.alice 1'], 'back.shop back.alice', 0, 1),
    ('collected', ARRAY['back.shop back.alice 10'], 'back.shop back.alice', 9, 10)
) AS p (what, sides, path, refundable, required);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('post', 'back.bob back.alice 101')$$)
    -> 'transaction_id', to_jsonb(d.id), 'and says of which'
) FROM done AS d WHERE d.name = 'post';

SELECT throws_ok(
    format(
        'SELECT engine.refuse_refund(%s, pg_temp.postings(%L))', p.transaction_id,
        '@payments back.alice 1'
    ), 'TL011', 'not_reversible', 'refuses a payment, which has a refund of its own'
) FROM bank.pay_at('back.alice', 100, "timestamp" => 1000) AS p;

-- Refuses what is given back already
CREATE TEMP TABLE back AS
SELECT pg_temp.post('[
    {"source_account_id": "back.bob", "target_account_id": "back.alice", "amount": 70}
]', d.id) AS id FROM done AS d WHERE d.name = 'post';
SELECT lives_ok($$SELECT pg_temp.refuse('post', 'back.bob back.alice 30')$$, 'the rest is left');
SELECT is(
    pg_temp.refusal('post', 'back.bob back.alice 31') -> 'refundable', '30', 'and no more'
);
SELECT lives_ok($$SELECT pg_temp.refuse('post', '@fees back.alice 7')$$, 'other paths go on');
DO $given$
BEGIN
    PERFORM bank.reverse_transaction(b.id, 'x', "timestamp" => 1000) FROM back AS b;
END;
$given$;
SELECT is(
    pg_temp.refusal('post', 'back.bob back.alice 101') -> 'refundable', '100',
    'what was given back by mistake, and is reversed, is left again'
);
DO $given$
BEGIN
    PERFORM bank.reverse_transaction(d.id, 'x', "timestamp" => 1000)
    FROM done AS d WHERE d.name = 'collected';
END;
$given$;
SELECT is(
    pg_temp.refusal('collected', 'back.shop back.alice 1') -> 'refundable', '0',
    'nothing of what is reversed'
);

SELECT * FROM finish();
ROLLBACK;
