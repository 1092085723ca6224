"""The race as bars: median by contender, with a whisker to the 95th percentile."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from roomstage.bench.speed import Setting

_OURS, _PEERS = "#2a6f77", "#b9b2a6"


def is_available() -> bool:
    """Whether matplotlib (the extra `bench`) is installed."""
    return find_spec("matplotlib") is not None


def draw(settings: Sequence[Setting], path: Path) -> None:
    """Write an SVG or PNG with one panel a setting."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(2, len(settings))
    rows = -(-len(settings) // columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Text stays text and ids stay the same, so that the file is small and its changes are few.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "roomstage", "font.size": 9}):
        figure = Figure(figsize=(4.9 * columns + 1.2, 2.5 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for panel, setting in zip(panels.flat, settings, strict=False):
            _draw_panel(panel, setting)
        for panel in list(panels.flat)[len(settings) :]:
            panel.set_visible(False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_panel(panel, setting: Setting) -> None:
    names = list(setting.timings)
    medians = [setting.timings[name].p50 for name in names]
    beyond = [setting.timings[name].p95 - setting.timings[name].p50 for name in names]
    colours = [_OURS if name.startswith("roomstage") else _PEERS for name in names]
    whisker = {"elinewidth": 1, "ecolor": "#555555"}
    none = [0.0] * len(names)
    panel.barh(names, medians, xerr=[none, beyond], color=colours, error_kw=whisker)
    for row, median in enumerate(medians):
        panel.text(median, row - 0.2, f" {median:.0f}", va="center", fontsize=8)
    if not panel.yaxis_inverted():  # the panels share one axis
        panel.invert_yaxis()
    panel.set_title(setting.title, fontsize=10)
    panel.set_xlabel("ms, median and 95th percentile")
    panel.spines[["top", "right"]].set_visible(False)
