"""An editor's and administrator's work on the site, as JSON on standard input; answers with JSON."""

import json
import os
import sys
from datetime import datetime
from html import escape
from io import BytesIO
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.core.files.images import ImageFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from news.models import HomePage, PostPage, SectionPage, StaticPage  # noqa: E402
from wagtail.documents import get_document_model  # noqa: E402
from wagtail.images import get_image_model  # noqa: E402
from wagtail.models import Collection, Locale, Page, PageViewRestriction, Site  # noqa: E402


def install(request):
    call_command("migrate", run_syncdb=True, verbosity=0)
    Locale.objects.create(language_code="vi")
    Collection.add_root(name="Root")
    root = Page.add_root(title="Root", slug="root")
    home = root.add_child(instance=HomePage(title=request["name"], slug="home"))
    Site.objects.create(
        hostname="127.0.0.1", port=request["port"], root_page=home, is_default_site=True, site_name=request["name"]
    )
    for section, slug in request["sections"].items():
        home.add_child(instance=SectionPage(title=section, slug=slug))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in request["about"])
    home.add_child(instance=StaticPage(title=request["about_title"], slug="gioi-thieu", text=text))


def _file(model, name, title):
    found = model.objects.filter(title=title).first()
    if found is None:
        content = (Path("files") / name).read_bytes()
        found = model.objects.create(title=title, file=ImageFile(BytesIO(content), name=name))
    return found


def _stream(body):
    for block in body:
        if isinstance(block, str):
            yield "paragraph", f"<p>{escape(block, quote=False)}</p>"
        elif "heading" in block:
            yield "heading", block["heading"]
        elif "image" in block:
            yield (
                "figure",
                {"image": _file(get_image_model(), block["image"], block["image"]).pk, "caption": block["caption"]},
            )
        elif "table" in block:
            yield "table", {"data": block["table"], "first_row_is_table_header": False, "first_col_is_header": False}
        elif "attachment" in block:
            yield "document", _file(get_document_model(), block["attachment"], block["label"]).pk


def _body(body):
    return json.dumps([{"type": kind, "value": value} for kind, value in _stream(body)])


def _publish(post):
    published_at = datetime.fromisoformat(post["published_at"])
    page = PostPage(
        title=post["title"], slug=post["slug"], published_at=published_at, author=post["byline"] or "",
        source=post["source"] or "", comments=post["comments"], body=_body(post["body"]), live=False,
    )  # fmt: skip
    SectionPage.objects.get(title=post["section"]).add_child(instance=page)
    page.tags.add(*post["tags"])
    if post["status"] == "scheduled":
        page.go_live_at = published_at
    revision = page.save_revision()
    if post["status"] != "draft":
        revision.publish()
        times = {"first_published_at": published_at, "last_published_at": published_at}
        Page.objects.filter(pk=page.pk, live=True).update(**times)
    if post["status"] == "protected":
        PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.PASSWORD, password="sen")
    return page.pk


def _change(change):
    page = PostPage.objects.get(pk=change["id"])
    if change["removed"]:
        page.unpublish()
        return
    if change["body"]:
        page.body = _body(change["body"])
    if change["slug"]:
        page.slug = change["slug"]
    if change["body"] or change["slug"]:
        page.save_revision().publish()
    if change["section"]:
        page.move(SectionPage.objects.get(title=change["section"]), pos="last-child")


def _html(page):
    for block in page.body:
        if block.block_type == "paragraph":
            yield str(block.value.source)
        elif block.block_type == "heading":
            yield f"<h2>{escape(block.value)}</h2>"
        elif block.block_type == "figure":
            yield f"<figure><figcaption>{escape(block.value['caption'])}</figcaption></figure>"
        elif block.block_type == "table":
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in block.value["data"])
            yield "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
        else:
            yield f'<div><a href="{os.environ["CMS_URL"]}{block.value.url}">{escape(block.value.title)}</a></div>'


def stored(_request):
    return [
        {
            "id": page.pk,
            "title": page.title,
            "url": page.full_url,
            "published_at": page.published_at.isoformat(),
            "section": page.get_parent().title,
            "tags": [tag.name for tag in page.tags.all()],
            "byline": page.author or None,
            "source": page.source or None,
            "html": "\n".join(_html(page)),
        }
        for page in PostPage.objects.live().public()
    ]


COMMANDS = {
    "install": install,
    "publish": lambda request: [_publish(post) for post in request["posts"]],
    "change": lambda request: [_change(change) for change in request["changes"]],
    "stored": stored,
}
request = json.load(sys.stdin)
print(json.dumps(COMMANDS[request["command"]](request)))
