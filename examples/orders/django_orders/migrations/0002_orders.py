"""The shop's own table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Make it."""

    dependencies = [("django_orders", "0001_pgteller")]
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("customer", models.TextField()),
                ("item", models.TextField()),
                ("price", models.BigIntegerField()),
                ("payment_id", models.TextField(null=True)),
            ],
            {"db_table": "orders"},
        )
    ]
