"""The flow of the README, through what openapi-python-client makes of /openapi.json."""

import json
import sys

from bank import Client, models
from bank.api.accounts import create_account
from bank.api.batches import batch
from bank.api.books import get_balance, list_transactions
from bank.api.money import deposit, transfer
from bank.api.payments_and_cashback import pay

client = Client(base_url=sys.argv[1])
made = create_account.sync(client=client, body=models.CreateAccountBody(account_id="alice"))
assert isinstance(made, models.AccountOpened)
metadata = models.CreateAccountBodyMetadataType0.from_dict({"name": "Bob", "tags": ["new", 1]})
create_account.sync(
    client=client,
    body=models.CreateAccountBody(account_id="bob", currency="EUR", metadata=metadata),
)
deposit.sync(client=client, body=models.DepositBody(account_id="alice", amount=10000))
moved = transfer.sync(
    client=client,
    idempotency_key="rent-11",
    body=models.TransferBody(source_account_id="alice", target_account_id="bob", amount=2500),
)
assert isinstance(moved, models.TransferReceipt)
paid = pay.sync(client=client, body=models.PayBody(account_id="alice", amount=5000))
assert isinstance(paid, models.PaymentReceipt)
refused = transfer.sync(
    client=client,
    body=models.TransferBody(source_account_id="alice", target_account_id="bob", amount=999999),
)
assert isinstance(refused, models.TransferResponse409)
assert refused.code == models.TransferResponse409Code.INSUFFICIENT_FUNDS
done = batch.sync(
    client=client,
    body=[models.DepositItem(operation="deposit", account_id="bob", amount=1)],
)
assert isinstance(done, models.BatchResponse200)
balance = get_balance.sync("alice", client=client)
assert isinstance(balance, models.Balance)
page = list_transactions.sync(
    "alice", client=client, limit=2, order=models.ListTransactionsOrder.DESC
)
assert isinstance(page, models.ListTransactionsResponse200)
told = {
    "moved": moved.balance,
    "payment": paid.payment_id,
    "batch": [str(one.status) for one in done.results],
    "balance": balance.balance,
    "pending": balance.pending_cashback,
    "newest": [[one.operation, one.amount] for one in page.transactions],
}
sys.stdout.write(json.dumps(told) + "\n")
