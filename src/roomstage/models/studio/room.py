"""`studio-room`: where floor, walls and horizon of a room's photo are, for a page to place by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from roomstage.models.base import Output, RoomStore
from roomstage.models.known_room import analysed_room
from roomstage.params import ImageField, Params

if TYPE_CHECKING:
    from roomstage.pipeline import Progress
    from roomstage.scene import Plane, Scene


class StudioRoomParams(Params):
    """The request of `POST /studio/room`."""

    main_image: ImageField = Field(description="Photo of the room")


class StudioRoom:
    """The instrument: schema and run."""

    slug: ClassVar[str] = "studio-room"
    summary: ClassVar[str] = "Tell the geometry of a photographed room"
    schema: ClassVar[type[Params]] = StudioRoomParams
    credits: ClassVar[int] = 0

    def run(
        self,
        params: StudioRoomParams,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Analyse the room; the output is JSON, lengths are pixels of the photo and metres."""
        room, _ = analysed_room(pictures["main_image"], rooms, engine, progress)
        told = {**_geometry(room.scene), "warnings": list(room.image.warnings)}
        return Output(
            data=json.dumps(told).encode(),
            content_type="application/json",
            seed=0,
            size=room.image.size,
            report={"warnings": told["warnings"], "timings_ms": room.timings_ms},
        )


def _geometry(scene: Scene) -> dict[str, Any]:
    width, height = scene.size
    found = scene.planes
    known = (found.floor, *found.walls, found.ceiling)
    return {
        "width": width,
        "height": height,
        **scene.report(),
        "planes": [_plane(plane) for plane in known if plane is not None],
        "floor_share": round(float(scene.floor.mean()), 4),
    }


def _plane(plane: Plane) -> dict[str, Any]:
    outline = [[round(float(value), 1) for value in point] for point in plane.outline]
    return {
        "name": plane.name,
        "confidence": round(float(plane.confidence), 3),
        "to_image": [[float(f"{value:.8g}") for value in row] for row in plane.to_image],
        "outline": outline,
    }
