from django.urls import path, register_converter

from shop.views import (
    after_sale,
    amendment,
    catalogue,
    checkout,
    choices,
    documents,
    help,
    home,
    leaving,
    member_orders,
    note,
    order_data,
    orders,
    take_over,
    trolley,
    webhooks,
)


class Token:
    """What secrets.token_urlsafe gives; anything else is no address of ours."""

    regex = r"[A-Za-z0-9_-]{16,43}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Token, "token")

app_name = "shop"
urlpatterns = [
    path("", home.home, name="home"),
    path("shop/", catalogue.departments, name="departments"),
    path("shop/<slug:category>/", catalogue.category, name="category"),
    path("shop/<slug:category>/<slug:part>/", catalogue.category, name="part"),
    path("search/", catalogue.search, name="search"),
    path("product/<slug:slug>/", catalogue.product, name="product"),
    path("trolley/", trolley.show, name="trolley"),
    path("trolley/add/", trolley.add, name="trolley_add"),
    path("trolley/update/", trolley.update, name="trolley_update"),
    path("trolley/code/", trolley.code, name="trolley_code"),
    path("trolley/empty/", trolley.empty, name="trolley_empty"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("orders/find/", orders.find, name="order_find"),
    path("orders/paid/<token:reference>/", orders.paid, name="order_paid"),
    path("orders/back/<token:reference>/", orders.back, name="order_back"),
    path("orders/<token:token>/", orders.show, name="order"),
    path("orders/<token:token>/account/", take_over.join, name="order_account"),
    path("orders/<token:token>/review/", checkout.review, name="review"),
    path("orders/<token:token>/change/", checkout.change, name="order_change"),
    path("orders/<token:token>/cancel/", after_sale.cancel, name="order_cancel"),
    path("orders/<token:token>/more/", amendment.show, name="order_more"),
    path("orders/<token:token>/note/", note.show, name="order_note"),
    path("orders/<token:token>/return/", after_sale.send_back, name="order_return"),
    path(
        "orders/<token:token>/return/<slug:number>/label/",
        documents.return_label,
        name="order_return_label",
    ),
    path("orders/<token:token>/choices/", choices.choices, name="order_choices"),
    path("orders/<token:token>/correct/", leaving.correct, name="order_correct"),
    path(
        "orders/<token:token>/documents/<slug:number>/",
        documents.show,
        name="order_document",
    ),
    path("orders/<token:token>/data/", order_data.order_data, name="order_data"),
    path("orders/<token:token>/leave/", leaving.leave, name="order_leave"),
    path(
        "orders/<token:token>/leave/<str:proof>/",
        leaving.leave_proved,
        name="order_leave_proved",
    ),
    path("members/orders/", member_orders.orders, name="member_orders"),
    path(
        "members/orders/<slug:number>/again/",
        member_orders.order_again,
        name="order_again",
    ),
    path("webhooks/stripe/", webhooks.stripe, name="stripe_webhook"),
    path("help/<slug:slug>/", help.page, name="help"),
]
