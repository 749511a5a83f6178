"""Object storage for WARC files, the archive's index and reports, and all Parquet files.

Object keys look like `archive/warc/my-duc/x.warc.gz`; an object is written as a whole or not at all.
Belongs here: listing, reading, putting and deleting objects, and the register of those that were read.
Does not belong here: which keys exist (`warehouse.home`), the objects' content, files that grow (a WARC file is adopted
when it is complete), locks, and the DuckDB and SQLite files.
"""

from warehouse.storage.base import Storage, Stored, is_key
from warehouse.storage.errors import MissingObjectError, ObjectChangedError, StorageError, UnwritableError
from warehouse.storage.file import StoredFile
from warehouse.storage.folder import FolderStorage
from warehouse.storage.objects import MemoryStorage, ObjectStorage
from warehouse.storage.register import REGISTER_KEY, Register

__all__ = [
    "REGISTER_KEY",
    "FolderStorage",
    "MemoryStorage",
    "MissingObjectError",
    "ObjectChangedError",
    "ObjectStorage",
    "Register",
    "Storage",
    "StorageError",
    "Stored",
    "StoredFile",
    "UnwritableError",
    "is_key",
]
