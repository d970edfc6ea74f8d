"""An order and its payment, in a Django app."""

from __future__ import annotations

from django.db import connection, models, transaction


class Order(models.Model):
    """What somebody has bought."""

    id = models.BigAutoField(primary_key=True)
    customer = models.TextField()
    item = models.TextField()
    price = models.BigIntegerField()
    payment_id = models.TextField(null=True)

    class Meta:
        """As the other examples call it."""

        db_table = "orders"


@transaction.atomic
def place_order(customer: str, item: str, price: int) -> Order:
    """Insert an order and have it paid, or do neither."""
    order = Order.objects.create(customer=customer, item=item, price=price)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payment_id FROM bank.pay(%s, %s, idempotency_key => %s)",
            [customer, price, f"order-{order.pk}"],
        )
        (order.payment_id,) = cursor.fetchone()
    order.save()
    return order
