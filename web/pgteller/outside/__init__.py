"""The verifier that runs outside: it reads a ledger's rows and proves them by the documented rule.

It calls no function of the database that it audits: it reads columns (COPY), the catalog, and
nothing else, as a login that may only read. docs/proof.md has the rule in words. Each file here is
one part of it:

`wire`          rows as COPY writes them
`rule`          what is hashed
`chains`        every account's legs, one after the other
`accounts`      what an account's row says, against its legs
`numbering`     every transaction's legs, one after the other
`facts`         sets that must be equal, compared by one number each
`rooms`         what legs say of the rows of other tables, a file for each room
`recurrence`    when an occurrence of a schedule is due
`digests`       what was kept outside
`installation`  functions, guards and privileges, against release.json
`session`       the connection
`work`          what one process does
`run`           all of it, spread over processes, and the report
"""
