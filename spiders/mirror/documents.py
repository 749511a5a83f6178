"""Attachments: small documents generated from their name, always with the same bytes.

Belongs here: the bytes of each file type. Does not belong here: which article has which attachment (`content`).
"""

from __future__ import annotations

import io
import zipfile

from spiders.mirror.content import slugify

_CONTENT_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")


def content_type(file: str) -> str:
    """Return the media type of a document with this file name."""
    return _CONTENT_TYPES[file.rpartition(".")[2]]


def document_bytes(file: str, name: str) -> bytes:
    """Return a document of the type that the suffix of `file` gives; its text is `name`."""
    suffix = file.rpartition(".")[2]
    if suffix == "pdf":
        return _pdf(slugify(name).replace("-", " "))
    if suffix in ("docx", "xlsx"):
        return _zipped(name)
    # Only the signature of the old binary formats is needed; the rest is padding and the text.
    return _OLE_SIGNATURE + bytes(504) + name.encode("utf-16-le").ljust(2048, b"\0")


def _pdf(text: str) -> bytes:
    """Return a PDF with one line of text. PDF libraries are not used, because they include the date."""
    stream = b"BT /F1 14 Tf 72 760 Td (" + text.encode("ascii") + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("noi-dung.txt", date_time=(2025, 1, 1, 0, 0, 0)), name)
    return buffer.getvalue()
