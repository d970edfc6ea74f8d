"""An order and its payment, over a connection of psycopg."""

from __future__ import annotations

from typing import Any

import psycopg


def place_order(
    connection: psycopg.Connection[Any], customer: str, item: str, price: int
) -> tuple[int, str]:
    """Insert an order and have it paid, or do neither; the order's id and the payment's."""
    with connection.transaction():
        (order_id,) = connection.execute(
            "INSERT INTO orders (customer, item, price) VALUES (%s, %s, %s) RETURNING id",
            [customer, item, price],
        ).fetchone() or (0,)
        (payment_id,) = connection.execute(
            "SELECT payment_id FROM bank.pay(%s, %s, idempotency_key => %s)",
            [customer, price, f"order-{order_id}"],
        ).fetchone() or ("",)
        connection.execute(
            "UPDATE orders SET payment_id = %s WHERE id = %s", [payment_id, order_id]
        )
    return order_id, payment_id
