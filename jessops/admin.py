"""The staff site: Django admin under the shop's name."""

from django.contrib import admin


class StaffSite(admin.AdminSite):
    site_header = "Jessops staff"
    site_title = "Jessops staff"
    index_title = "Orders, catalogue and mail"
