"""One password field after an order makes an account of its address."""

from allauth.account import app_settings
from allauth.account.forms import SignupForm
from allauth.account.internal.flows.signup import complete_signup
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.utils import get_form_class
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.hashing import normalised_email
from jessops.lib.http import SeeOther
from members import signing
from members.who import visitor
from shop.actions import take_over
from shop.models import Order

ORDERS = "/members/orders/"


# Guests write without a token (decision 0001): jessops.middleware refuses what another
# site's page sends, and whoever joins here proves the order's own address first.
@csrf_exempt
@sensitive_post_parameters("password1")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign the order's address up, as /accounts/signup/ does, and say as much.

    Whoever holds the link gets nothing by it: the code goes to the order's address,
    and if there is an account with it, so does a mail that says so.
    """
    order = get_object_or_404(Order, token=token)
    if not take_over.is_offered(order) or visitor(request):
        return SeeOther(order.get_absolute_url())
    errors: list[str] = []
    if request.method == "POST":
        signing.take(signing.POSTS["account_signup"], ratelimit.network(request))
        signing.take(signing.MAILS, normalised_email(order.email))
        form_class = get_form_class(app_settings.FORMS, "signup", SignupForm)
        password = request.POST.get("password1", "")
        form = form_class({"email": order.email, "password1": password})
        if form.is_valid():
            return _sign_up(request, form, order)
        errors = [str(text) for found in form.errors.values() for text in found]
    return render(
        request, "shop/order_account.html", {"order": order, "errors": errors}
    )


def _sign_up(request: HttpRequest, form: SignupForm, order: Order) -> HttpResponseBase:
    answer: HttpResponseBase
    member, answer = form.try_save(request)
    take_over.name_after(member=member, order=order)
    if member is None:
        return answer
    try:
        answer = complete_signup(request, user=member, redirect_url=ORDERS)
    except ImmediateHttpResponse as error:
        answer = error.response
    return answer
