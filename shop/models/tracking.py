"""What carriers tell of parcels."""

from django.db import models

from shop.models.consignments import Consignment


class TrackingStep(models.Model):
    """One thing that happened to a parcel, told by its carrier; kept once."""

    consignment = models.ForeignKey(
        Consignment, models.CASCADE, related_name="tracking_steps"
    )
    # Of shop.clients.carriers.STEPS.
    code = models.CharField(max_length=12)
    # The carrier's own code and clock.
    own_code = models.CharField(max_length=20)
    at = models.DateTimeField()
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["consignment", "own_code", "at"], name="tracking_step_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of parcel {self.consignment_id}"
