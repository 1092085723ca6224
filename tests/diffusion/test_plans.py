"""The words for a model, and the memory that it may take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomstage.engines.diffusion import memory
from roomstage.engines.diffusion.memory import Card, Footprint
from roomstage.engines.diffusion.prompt import LEAST, MOST, Facts, caption, instruction

FLUX = Footprint(transformer=23.8, encoders=10.6, rest=0.2, per_megapixel=5.0)


@given(
    words=st.text(min_size=1, max_size=2000),
    surface=st.sampled_from(["floor", "table", "wall", "ceiling", "rug"]),
    side=st.sampled_from([None, "left", "right"]),
    flags=st.tuples(st.booleans(), st.booleans(), st.none() | st.booleans()),
)
def test_a_caption_has_30_to_80_words(words: str, surface: str, side: str | None, flags) -> None:
    known = Facts(surface, side, flags[0], flags[1], flags[2], flags[2])  # type: ignore[arg-type]
    assert LEAST <= len(caption(words, known).split()) <= MOST
    assert len(instruction(words, known, keep=flags[0]).split()) <= MOST


def test_the_caption_has_the_users_words_and_the_rooms_facts() -> None:
    known = Facts("floor", light_from="left", sunny=True, glossy=True, bright=True, warm=True)
    text = caption("a teal velvet sofa,", known)
    assert "with a teal velvet sofa. It stands firmly on the floor" in text
    assert "Bright warm light falls on it from the left, with hard sun on the floor" in text
    assert "reflection" in text
    assert "reflection" not in caption("a picture frame", Facts("wall", glossy=True))


def test_words_that_are_a_caption_already_are_not_wrapped_in_another() -> None:
    text = caption("photo of a white table placed on an interior", Facts("floor"))
    assert text.startswith("Photo of a white table placed on an interior. It stands")


@pytest.mark.parametrize(
    ("gigabytes", "offload", "side"),
    [
        (141, "none", 1024),
        (48, "none", 1024),
        (40, "encoders", 1024),
        (36, "turns", 1024),
        (30, "turns", 768),
    ],
)
def test_the_plan_follows_the_card(gigabytes: float, offload: str, side: int) -> None:
    found = memory.plan(Card("cuda", "a card", gigabytes), FLUX)
    assert (found.offload, found.pixels) == (offload, side * side)
    assert memory.needed(found, FLUX) <= gigabytes


def test_quantised_weights_fit_a_smaller_card() -> None:
    card = Card("cuda", "a card", 24)
    assert memory.plan(card, FLUX).offload == "layers"
    found = memory.ladder(card, FLUX, quantise="int8")
    assert (found[0].offload, found[0].quantise) == ("turns", "int8")
    # Hooks that bring layer by layer can't carry quantised ones.
    assert (found[-1].offload, found[-1].quantise) == ("layers", "none")


def test_the_transformer_counts_while_encoders_work_unless_it_made_way_for_them() -> None:
    kept, away = (
        memory.Plan("cuda", "bfloat16", offload, "none", 512 * 512)
        for offload in ("encoders", "turns")
    )
    assert memory.needed(kept, FLUX) > FLUX.transformer + FLUX.encoders
    assert memory.needed(away, FLUX) < FLUX.transformer + FLUX.encoders


def test_the_largest_of_several_cards_works_whichever_place_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [Card("cuda", "small", 8), Card("cuda:1", "large", 80)]
    monkeypatch.setattr(memory, "cards", lambda: found)
    assert memory.plan(memory.best(), FLUX).device == "cuda:1"


def test_each_plan_after_the_first_needs_no_more_or_is_slower() -> None:
    steps = memory.ladder(Card("cuda", "a card", 80), FLUX)
    assert len(steps) == 12
    assert steps[0].offload == "none"
    assert steps[-1].offload == "layers"
    assert min(memory.needed(step, FLUX) for step in steps) < 6


def test_an_old_card_works_in_float16_and_a_tiny_one_is_at_least_tried() -> None:
    assert memory.plan(Card("cuda", "old", 80, bfloat16=False), FLUX).dtype == "float16"
    assert memory.ladder(Card("cuda", "tiny", 2), FLUX)[0].offload == "layers"


def test_plans_are_told_in_words() -> None:
    told = memory.plan(Card("cuda", "a card", 24), FLUX, quantise="int8").told()
    assert told.startswith("on cuda in bfloat16, weights int8, encoders and transformer take turns")
    assert told.endswith("about 1024x1024 pixels")
