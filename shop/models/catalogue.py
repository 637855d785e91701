"""What the shop sells: departments, brands, products and the prices they had."""

from django.apps import apps
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Now, Upper
from django.urls import reverse


class Category(models.Model):
    """A department (no parent) or one of its parts; two levels, as in the addresses."""

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts"
    )
    blurb = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "slug"],
                name="category_slug_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                name="category_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent.name}: {self.name}" if self.parent else self.name

    def get_absolute_url(self) -> str:
        if self.parent:
            return reverse("shop:part", args=[self.parent.slug, self.slug])
        return reverse("shop:category", args=[self.slug])


class Brand(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Condition(models.TextChoices):
    NEW = "new", "New"
    USED = "used", "Used"


class Grade(models.TextChoices):
    """What a used thing's grade is called; the brief's five, worst first."""

    WELL_USED = "well-used", "Well used"
    GOOD = "good", "Good"
    EXCELLENT = "excellent", "Excellent"
    LIKE_NEW = "like-new", "Like new"
    OPEN_BOX = "open-box", "Open box"


class VatTreatment(models.TextChoices):
    STANDARD = "standard", "Standard rate, 20%"
    ZERO = "zero", "Zero rate"
    MARGIN = "margin", "Margin scheme (second-hand)"


class Lithium(models.TextChoices):
    """How lithium cells travel: loose ones may not fly with the carrier."""

    NONE = "none", "None"
    CONTAINED = "contained", "In the equipment"
    LOOSE = "loose", "Loose"


class ProductQuerySet(models.QuerySet["Product"]):
    def with_available(self) -> "ProductQuerySet":
        """Add `available`: on hand and held for nobody, ended holds counted as free.

        So a hold ends at its time even when no worker runs (R3).
        """
        ended = (
            apps.get_model("shop", "Hold")
            .objects.filter(product=OuterRef("pk"), expires_at__lt=Now())
            .order_by()
            .values("product")
            .annotate(total=Sum("quantity"))
            .values("total")
        )
        return self.annotate(
            available=Coalesce(F("stock__on_hand") - F("stock__held"), 0)
            + Coalesce(Subquery(ended), 0)
        )

    def on_sale(self) -> "ProductQuerySet":
        """Products that have a page: published, whether in stock or not."""
        return self.filter(published=True)

    def for_cards(self) -> "ProductQuerySet":
        """All that a card shows, in the one query (speed.md)."""
        return self.select_related("brand", "stock", "category__parent").defer(
            "description", "search", "specs", "in_the_box"
        )


class Product(models.Model):
    """One thing with one SKU and one price. Prices are pence including VAT."""

    sku = models.CharField(max_length=32, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=140)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    keys = models.CharField("key facts", max_length=120, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    specs = models.JSONField(default=dict, blank=True)
    in_the_box = models.JSONField(default=list, blank=True)
    mount = models.CharField(max_length=30, blank=True)
    # Of the specifications, what filters ask for: a column can stand in an index.
    sensor = models.GeneratedField(
        expression=Coalesce(
            KeyTextTransform("sensor", "specs"),
            Value(""),
            output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    condition = models.CharField(
        max_length=4, choices=Condition.choices, default=Condition.NEW
    )
    grade = models.CharField(max_length=10, choices=Grade.choices, blank=True)
    shutter_count = models.PositiveIntegerField(null=True, blank=True)
    found = models.CharField("what was found", max_length=200, blank=True)
    warranty_months = models.PositiveSmallIntegerField(default=24)
    used_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="used_ones"
    )

    price = models.PositiveIntegerField("price in pence, with VAT")
    was_price = models.PositiveIntegerField(null=True, blank=True)
    was_from = models.DateField(null=True, blank=True)
    was_until = models.DateField(null=True, blank=True)
    vat = models.CharField(
        "VAT", max_length=8, choices=VatTreatment.choices, default=VatTreatment.STANDARD
    )

    published = models.BooleanField(default=True)
    discontinued = models.BooleanField(default=False)
    due_on = models.DateField("more due on", null=True, blank=True)
    staff_pick = models.PositiveSmallIntegerField(null=True, blank=True)
    popularity = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True)

    weight_g = models.PositiveIntegerField("weight in grams", null=True, blank=True)
    width_mm = models.FloatField(null=True, blank=True)
    height_mm = models.FloatField(null=True, blank=True)
    depth_mm = models.FloatField(null=True, blank=True)
    lithium = models.CharField(
        max_length=9, choices=Lithium.choices, default=Lithium.NONE
    )
    electrical = models.BooleanField("WEEE: electrical", default=False)

    drawing = models.CharField(max_length=24)
    drawing_label = models.CharField(max_length=24, blank=True)
    drawing_sub = models.CharField(max_length=24, blank=True)
    finish = models.CharField(max_length=20, blank=True)

    search = SearchVectorField(null=True, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sku__regex=r"^[A-Z0-9][A-Z0-9.-]{1,31}$"),
                name="product_sku_form",
            ),
            models.CheckConstraint(
                condition=Q(price__gte=1) & Q(price__lte=9_999_999),
                name="product_price_sensible",
            ),
            # Price Marking Order: never a was-price without its dates, or not above.
            models.CheckConstraint(
                condition=Q(was_price=None, was_from=None, was_until=None)
                | Q(
                    was_price__gt=F("price"),
                    was_from__isnull=False,
                    was_until__gte=F("was_from"),
                ),
                name="product_was_price_true",
            ),
            models.CheckConstraint(
                condition=Q(condition=Condition.NEW, grade="", shutter_count=None)
                | (Q(condition=Condition.USED) & ~Q(grade="")),
                name="product_used_has_grade",
            ),
            # Second-hand goods only: VAT Act 1994 s.50A.
            models.CheckConstraint(
                condition=~Q(vat=VatTreatment.MARGIN) | Q(condition=Condition.USED),
                name="product_margin_only_used",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_trgm"
            ),
            models.Index(
                fields=["category", "-popularity", "id"],
                name="product_cat_popular",
                # What counting and the front pages look at: the table, five times as
                # wide, is read for the 24 shown alone.
                include=[
                    *("published", "discontinued", "brand", "mount", "sensor"),
                    *("condition", "grade", "price"),
                ],
            ),
            models.Index(fields=["category", "price", "id"], name="product_cat_price"),
            models.Index(
                fields=["category", "-added_at", "id"], name="product_cat_newest"
            ),
            models.Index(fields=["category", "name", "id"], name="product_cat_name"),
            models.Index(
                fields=["mount", "-popularity", "id"], name="product_mount_popular"
            ),
            models.Index(fields=["condition", "-popularity"], name="product_condition"),
            # The home page's cheapest roll of each speed.
            models.Index(
                KeyTransform("film_speed", "specs"),
                "price",
                "id",
                name="product_film_speed",
                condition=Q(specs__pack="1 roll"),
            ),
            models.Index(
                fields=["staff_pick"],
                name="product_staff_pick",
                condition=Q(staff_pick__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    def get_absolute_url(self) -> str:
        return f"/product/{self.slug}/"

    @property
    def saving(self) -> int:
        """Pence saved against the was-price; 0 where there is none."""
        return self.was_price - self.price if self.was_price else 0


class PriceChange(models.Model):
    """Every price a product ever had, so that a was-price can be shown to be true."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="price_changes")
    price = models.PositiveIntegerField("price in pence, with VAT")
    from_on = models.DateField()

    class Meta:
        ordering = ["product", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "from_on"], name="price_change_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.price} from {self.from_on}"
