"""What a manifest may look like, and how its mistakes are told."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from roomstage.batch import cross, manifest
from roomstage.batch.rows import ManifestWrong, Row
from roomstage.errors import InvalidParameter
from roomstage.models.furniture_staging import FurnitureStagingParams

ROW = "main_image.png,overlay_image.png,a box"
HEADER = "main_image,overlay_image,prompt"


def read(path: Path, **defaults: str) -> list[Row]:
    return manifest.read(path, FurnitureStagingParams, defaults)


def rows_of(folder: Path, text: str | bytes, **defaults: str) -> list[Row]:
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, **defaults)


def problems_of(folder: Path, text: str | bytes, **defaults: str) -> list[tuple[int, str]]:
    with pytest.raises(ManifestWrong) as wrong:
        rows_of(folder, text, **defaults)
    return [(problem.line, problem.message) for problem in wrong.value.problems]


def test_a_row_is_checked_and_its_paths_are_the_manifests(folder: Path) -> None:
    header = f"name,{HEADER},main_image_mask,steps,overlay_width_cm,remove,image_format"
    (row,) = rows_of(folder, f"{header}\nsofa,{ROW},main_image_mask.png,30,180,false,jpg\n")
    assert (row.number, row.line, row.file_name) == (1, 2, "sofa.jpg")
    assert row.fields == {
        "prompt": "a box",
        "steps": 30,
        "overlay_width_cm": 180,
        "remove": False,
        "image_format": "jpeg",
    }
    assert row.pictures["main_image"] == str(folder / "main_image.png")
    assert row.pictures["main_image_mask"] == str(folder / "main_image_mask.png")


@pytest.mark.parametrize(
    "written",
    [
        codecs.BOM_UTF8 + f"{HEADER}\n{ROW} für Öl\n".encode(),
        f"{HEADER}\r\n{ROW} für Öl\r\n".encode("utf-16"),
        f"{HEADER}\n{ROW} für Öl\n".encode("cp1252"),
        f"{HEADER}\n{ROW} für Öl\n".replace(",", ";").encode(),
        f"{HEADER}\n{ROW} für Öl\n".replace(",", "\t").encode(),
        f"sep=;\n{HEADER}\n{ROW} für Öl\n".replace(",", ";").encode(),
        f"\n{HEADER}\n\n,,\n{ROW} für Öl\n".encode(),
        f'Main Image,overlay-image,"PROMPT "\n{ROW} für Öl'.encode(),
    ],
    ids=["BOM", "UTF-16", "Windows", "semicolons", "tabs", "sep=", "empty lines", "capitals"],
)
def test_what_spreadsheets_write_is_read(folder: Path, written: bytes) -> None:
    (row,) = rows_of(folder, written)
    assert row.fields["prompt"] == "a box für Öl"


def test_numbers_with_a_decimal_comma_are_read_where_cells_end_with_semicolons(
    folder: Path,
) -> None:
    text = f"{HEADER},overlay_width_cm\n{ROW},182x5\n".replace(",", ";").replace("x", ",")
    (row,) = rows_of(folder, text)
    assert row.fields["overlay_width_cm"] == 182.5


def test_empty_cells_take_the_defaults(folder: Path) -> None:
    text = f"{HEADER},steps\nmain_image.png,overlay_image.png,,20\n{ROW},\n"
    first, second = rows_of(folder, text, prompt="a sofa", steps="40")
    assert (first.fields["prompt"], first.fields["steps"]) == ("a sofa", 20)
    assert (second.fields["prompt"], second.fields["steps"]) == ("a box", 40)


def test_names_are_made_of_room_and_product_and_never_twice(folder: Path) -> None:
    text = f"name,{HEADER}\n,{ROW}\n,{ROW}\nmain_image_overlay_image_2,{ROW}\n"
    names = [row.name for row in rows_of(folder, text)]
    assert names[0] == "main_image_overlay_image"
    assert names[2] == "main_image_overlay_image_2"
    assert len(set(names)) == 3


def test_a_name_with_a_suffix_tells_the_format(folder: Path) -> None:
    rows = rows_of(folder, f"name,{HEADER}\na.jpg,{ROW}\nb.v2,{ROW}\n")
    assert [row.file_name for row in rows] == ["a.jpg", "b.v2.png"]
    assert rows[0].fields["image_format"] == "jpeg"


def test_addresses_stay_addresses(folder: Path) -> None:
    url = "https://example.com/rooms/hall.jpg?size=2"
    (row,) = rows_of(folder, f"{HEADER}\n{url},overlay_image.png,a box\n")
    assert row.pictures["main_image"] == url
    assert row.name == "hall_overlay_image"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("main_image,prompt\nmain_image.png,x\n", 1, "'overlay_image' is missing"),
        (f"{HEADER}x\n{ROW}\n", 1, "no column 'promptx': did you mean 'prompt'?"),
        ("overlay_image,room,prompt\na,b,c\n", 1, "did you mean 'main_image'?"),
        (f"{HEADER},colour_of_walls\n{ROW},red\n", 1, "no column 'colour_of_walls'"),
        (f"{HEADER},base64\n{ROW},true\n", 1, "no column 'base64'"),
        (f"{HEADER},steps,steps\n{ROW},1,1\n", 1, "'steps' is there 2 times"),
        (HEADER + "\n", 1, "no rows"),
        (f"{HEADER}\n{ROW}, with legs\n", 2, "4 cells under 3 columns"),
        (f"{HEADER}\n\n{ROW}\nno.png,overlay_image.png,x\n", 4, "no file"),
        (f"{HEADER}\n{ROW}\n,overlay_image.png,x\n", 3, "main_image is empty"),
        (f"{HEADER}\nmain_image.png,.,x\n", 2, "no file"),
        (f"{HEADER}\nmain_image.png,overlay_image.png,\n", 2, "prompt is missing"),
        (f"{HEADER},steps\n{ROW},9\n", 2, "steps is"),
        (f'{HEADER}\nmain_image.png,overlay_image.png,"a\nbox"\n{ROW},,1\n', 4, "5 cells"),
        (f"name,{HEADER}\na,{ROW}\nb,{ROW}\nA,{ROW}\n", 4, "that of line 2 too"),
        (f"name,{HEADER}\n../a,{ROW}\n", 2, "no file name may have"),
        (f"name,{HEADER}\n.a,{ROW}\n", 2, "no name for a file"),
        (f"name,{HEADER}\nCON,{ROW}\n", 2, "no name for a file"),
        (f"name,{HEADER}\n{'a' * 200},{ROW}\n", 2, "longer than"),
        (f"name,{HEADER},image_format\na.jpg,{ROW},png\n", 2, "name ends as jpeg"),
        (f"{HEADER}\nmain_image.png\0,overlay_image.png,x\n", 2, "main_image"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, text: str, line: int, words: str) -> None:
    found = problems_of(folder, text)
    assert any(at == line and words in message for at, message in found), found


def test_all_mistakes_are_told_and_not_only_the_first(folder: Path) -> None:
    header = f"name,{HEADER},steps,guidance"
    text = f"{header}\na,no.png,no.png,,1,99\nb,{ROW},20,30\na,{ROW},x,30\n"
    found = problems_of(folder, text)
    assert [line for line, _ in found] == [2, 2, 2, 2, 2, 4, 4]
    told = " ".join(message for line, message in found if line == 2)
    for word in ("main_image", "overlay_image", "prompt", "steps", "guidance"):
        assert word in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"\n\n,,\n", "is empty"),
        (b"PK\x03\x04xl/workbook", "save it as CSV"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
)
def test_what_is_no_manifest_is_refused(folder: Path, content: bytes | None, words: str) -> None:
    path = folder / "list.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidParameter, match=words):
        read(path)


def test_a_folder_of_rooms_and_one_of_products_make_all_pairs(tmp_path: Path) -> None:
    rooms, products = tmp_path / "rooms", tmp_path / "products"
    for place, names in ((rooms, ("hall", "hall_mask", "attic")), (products, ("side_table",))):
        place.mkdir()
        for name in names:
            (place / f"{name}.png").write_bytes(b"-")
    (products / "notes.txt").write_text("-")
    found = cross.read(rooms, products, FurnitureStagingParams, {"steps": "30"})
    assert [row.name for row in found] == ["attic_side_table", "hall_side_table"]
    assert found[0].fields == {"prompt": "a side table", "steps": 30}
    assert "main_image_mask" not in found[0].pictures
    assert found[1].pictures["main_image_mask"] == str(rooms / "hall_mask.png")
    with pytest.raises(InvalidParameter, match="no pictures"):
        cross.read(rooms, _empty(tmp_path), FurnitureStagingParams, {})


def _empty(tmp_path: Path) -> Path:
    path = tmp_path / "empty"
    path.mkdir()
    return path
