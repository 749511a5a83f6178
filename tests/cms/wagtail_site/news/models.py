"""The pages of a news site: a home page with the latest posts, sections, posts, static pages."""

from django.core.paginator import Paginator
from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page

POSTS_PER_PAGE = 8


def _with_posts(context, request, posts):
    newest = posts.live().order_by("-published_at")
    context["posts"] = Paginator(newest, POSTS_PER_PAGE).get_page(request.GET.get("page"))
    context["sections"] = SectionPage.objects.live()
    context["static_pages"] = StaticPage.objects.live()
    return context


class HomePage(Page):
    def get_context(self, request):
        return _with_posts(super().get_context(request), request, PostPage.objects.descendant_of(self))


class SectionPage(Page):
    template = "news/home_page.html"

    def get_context(self, request):
        return _with_posts(super().get_context(request), request, PostPage.objects.child_of(self))


class StaticPage(Page):
    text = RichTextField()

    def get_context(self, request):
        return _with_posts(super().get_context(request), request, PostPage.objects.none())


class PostTag(TaggedItemBase):
    content_object = ParentalKey("news.PostPage", related_name="tagged_items", on_delete=models.CASCADE)


class PostPage(Page):
    published_at = models.DateTimeField()
    author = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=80, blank=True)
    comments = models.JSONField(default=list, blank=True)
    tags = ClusterTaggableManager(through=PostTag, blank=True)
    body = StreamField(
        [
            ("paragraph", blocks.RichTextBlock()),
            ("heading", blocks.CharBlock(template="news/heading.html")),
            (
                "figure",
                blocks.StructBlock(
                    [("image", ImageChooserBlock()), ("caption", blocks.CharBlock())], template="news/figure.html"
                ),
            ),
            ("table", TableBlock()),
            ("document", DocumentChooserBlock(template="news/document.html")),
        ]
    )

    def get_context(self, request):
        return _with_posts(super().get_context(request), request, PostPage.objects.none())
