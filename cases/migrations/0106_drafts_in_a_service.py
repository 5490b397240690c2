"""A draft of a guardian's supervision is of one service: who is a guardian in two is supervised in each."""

from django.db import migrations, models
from django.db.models import Q


def put_in_a_service(apps, schema_editor):
    """Those of before are of the first service in which the guardian is one, as the page had them."""
    roles = apps.get_model("cases", "Membership").objects.filter(role="guardian").exclude(service=None)
    for draft in apps.get_model("cases", "Draft").objects.filter(form="guardian-supervision", service=None):
        held = roles.filter(user=draft.person_id).order_by("pk").first()
        if held is not None:
            draft.service_id = held.service_id
            draft.save(update_fields=["service"])


def keep_the_last(apps, schema_editor):
    """The release before had one for each guardian: of two the last that was saved."""
    kept = set()
    for draft in (
        apps.get_model("cases", "Draft")
        .objects.filter(form="guardian-supervision")
        .order_by("-saved_at", "-pk")
    ):
        if (draft.user_id, draft.person_id) in kept:
            draft.delete()
        kept.add((draft.user_id, draft.person_id))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0105_a_lead_follows_the_child"),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="service",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="+",
                to="cases.guardianservice",
            ),
        ),
        migrations.RunPython(put_in_a_service, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="draft", name="draft_once"),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                fields=["user", "form", "child", "person", "service"],
                name="draft_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                name="draft_in_a_service", condition=Q(service=None) | Q(form="guardian-supervision")
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_the_last),
    ]
