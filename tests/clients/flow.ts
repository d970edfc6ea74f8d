// The flow of the README, through what openapi-typescript makes of /openapi.json.
import createClient from "openapi-fetch";
import type { components, paths } from "./bank";

declare const process: { argv: string[] };
const baseUrl = process.argv[2];
const bank = createClient<paths>({ baseUrl });

function must<Data>(answer: { data?: Data; error?: components["schemas"]["Problem"] }): Data {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? "no answer");
  return answer.data;
}

async function main() {
  must(await bank.POST("/accounts", { body: { account_id: "alice" } }));
  const metadata = { name: "Bob", tags: ["new", 1] };
  must(await bank.POST("/accounts", { body: { account_id: "bob", currency: "EUR", metadata } }));
  must(await bank.POST("/deposits", { body: { account_id: "alice", amount: 10000 } }));
  const moved = must(
    await bank.POST("/transfers", {
      params: { header: { "Idempotency-Key": "rent-11" } },
      body: { source_account_id: "alice", target_account_id: "bob", amount: 2500 },
    }),
  );
  const paid = must(await bank.POST("/payments", { body: { account_id: "alice", amount: 5000 } }));
  const refused = await bank.POST("/transfers", {
    body: { source_account_id: "alice", target_account_id: "bob", amount: 999999 },
  });
  if (refused.error?.code !== "insufficient_funds") throw new Error("it was not refused");
  const batch = must(
    await bank.POST("/batches", { body: [{ operation: "deposit", account_id: "bob", amount: 1 }] }),
  );
  const path = { account_id: "alice" };
  const balance = must(await bank.GET("/accounts/{account_id}/balance", { params: { path } }));
  const query = { limit: 2, order: "desc" as const };
  const page = must(
    await bank.GET("/accounts/{account_id}/transactions", { params: { path, query } }),
  );
  const told = {
    moved: moved.balance satisfies number,
    payment: paid.payment_id satisfies string,
    batch: batch.results.map((one) => one.status),
    balance: balance.balance,
    pending: balance.pending_cashback,
    newest: page.transactions.map((one) => [one.operation, one.amount]),
  };
  console.log(JSON.stringify(told));
}

main();
