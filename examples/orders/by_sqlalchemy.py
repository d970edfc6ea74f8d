"""An order and its payment, over a session of SQLAlchemy."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """The shop's tables."""


class Order(Base):
    """What somebody has bought."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    item: Mapped[str]
    price: Mapped[int]
    payment_id: Mapped[str | None]


def place_order(session: Session, customer: str, item: str, price: int) -> Order:
    """Insert an order and have it paid, or do neither."""
    with session.begin():
        order = Order(customer=customer, item=item, price=price)
        session.add(order)
        session.flush()  # which gives it its id
        payment = func.bank.pay(customer, price).table_valued("payment_id")
        order.payment_id = session.scalars(select(payment.c.payment_id)).one()
    return order
