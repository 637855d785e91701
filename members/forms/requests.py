"""What staff type of a request that came by e-mail, telephone or post (P97, P98)."""

from django import forms
from django.core.exceptions import ValidationError

from members.forms.enquiries import EMAIL, Words
from members.models import Channel, DataRequest
from newsletter.addresses import BadRecipient, one_address


class IntakeForm(forms.Form):
    kind = forms.ChoiceField(label="What is asked", choices=DataRequest.Kind.choices)
    channel = forms.ChoiceField(
        label="How it came",
        choices=[
            (Channel.EMAIL.value, Channel.EMAIL.label),
            (Channel.TELEPHONE.value, Channel.TELEPHONE.label),
            (Channel.POST.value, Channel.POST.label),
        ],
    )
    email = forms.CharField(
        label="E-mail address that we hold of the person", max_length=254
    )
    full_name = forms.CharField(label="Name", max_length=100, required=False)
    words = Words("What was asked, in the person's words", missing="Write it down")

    def clean_email(self) -> str:
        try:
            return str(one_address(self.cleaned_data["email"]))
        except BadRecipient as error:
            raise ValidationError(EMAIL) from error
