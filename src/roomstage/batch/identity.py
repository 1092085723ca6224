"""What makes a row the same row in a later run: hashes of all that its picture depends on."""

from __future__ import annotations

import hashlib
import json

from roomstage.batch.rows import Row, is_url
from roomstage.errors import InvalidImage

_CHUNK = 1 << 20


class Digests:
    """Hashes of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, picture: str, field: str) -> str:
        """The hash of a file's bytes; an address stands for itself.

        Raises:
            InvalidImage: the file can't be read.
        """
        if is_url(picture):
            return picture
        if picture not in self._known:
            digest = hashlib.sha256()
            try:
                with open(picture, "rb") as file:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
            except OSError as error:
                raise InvalidImage(
                    f"{field}: can't read {picture!r}: {error.strerror}", field=field
                ) from None
            self._known[picture] = digest.hexdigest()
        return self._known[picture]

    def row(self, row: Row) -> str:
        """The key of a row: another one when a field, the name or a picture's bytes change."""
        pictures = {field: self.of(picture, field) for field, picture in row.pictures.items()}
        whole = [row.file_name, dict(row.fields), pictures]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
