"""The URLs: files, the sitemap, and pages by their place in the tree."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as document_urls

urlpatterns = [
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("documents/", include(document_urls)),
    path("sitemap.xml", sitemap),
    path("", include(wagtail_urls)),
]
