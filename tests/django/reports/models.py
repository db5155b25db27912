from django.db import models


class Report(models.Model):
    """What the example's permission `reports.view_report` is about."""
