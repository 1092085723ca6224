"""What kind of file some bytes are, by their first bytes alone."""

from __future__ import annotations

ACCEPTED = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
ACCEPTED_WORDS = "PNG, JPEG, WebP, GIF, BMP or AVIF"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS or PostScript"),
    (b"8BPS", "PSD"),
    (b"SIMPLE  =", "FITS"),
    (b"\x89HDF", "HDF5"),
    (b"GRIB", "GRIB"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x00\x00\x02\x00", "ICO"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"qoif", "QOI"),
    (b"DDS ", "DDS"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"v/1\x01", "OpenEXR"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
)
_BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"hevc": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
}
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"<!doctype svg", "SVG"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)


def kind_of(data: bytes) -> str | None:
    """The format's name, one of `ACCEPTED` or another known kind; None if nothing fits."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF":
        return "WEBP" if data[8:12] == b"WEBP" else "RIFF"
    if data[4:8] == b"ftyp":
        return _brand(data)
    return _text_kind(data[:512])


def _brand(data: bytes) -> str:
    """ISO media files name their kind in the first box: the main brand, then compatible ones."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "MP4 or another video")


def _text_kind(start: bytes) -> str | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, name in _TEXTS:
        if text.startswith(magic):
            return name
    printable = all(byte >= 32 or byte in (9, 10, 13) for byte in text)
    return "text" if text and printable and text.isascii() else None


def refusal(kind: str | None) -> str:
    """Why bytes of a kind that is not accepted are refused, as the tail of a sentence."""
    remedy = f"give {ACCEPTED_WORDS}"
    if kind is None:
        return f"is of no known picture format: {remedy}"
    if kind == "HTML":
        return f"is no picture, these bytes are an HTML page: {remedy}, not the page that shows it"
    if kind in ("JSON", "text"):
        return f"is no picture, these bytes are {kind}: {remedy}"
    if kind == "HEIC":
        return f"is HEIC, which is not read here: export it from the phone as JPEG, or {remedy}"
    return f"is {kind}, which is not read here: {remedy}"
