"""The house style: the same bytes twice, whatever the machine's settings, and colors in order."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb

from selectivity.figures.style import (
    house_style,
    layer_colors,
    message_figure,
    new_figure,
    panel_title,
    save_figure,
    short_number,
    tint,
)


def draw():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.plot([1, 3, 2], label="line")
    axes.plot(np.arange(50), np.arange(50) % 7, "o", alpha=0.5, rasterized=True)
    axes.imshow(np.arange(12).reshape(3, 4), extent=(0, 1, 0, 1))
    panel_title(axes, "a", "5 $ and 6 $ <b>", "note")
    axes.legend()
    return figure


def test_equal_figures_give_equal_bytes(tmp_path):
    with house_style():
        save_figure(draw(), tmp_path / "one")
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None, "lines.linewidth": 9}):
        with house_style():
            figure = draw()
        save_figure(figure, tmp_path / "two")
    for form in ("pdf", "svg", "png"):
        first, second = ((tmp_path / f"{name}.{form}").read_bytes() for name in ("one", "two"))
        assert first == second, form
    assert sorted(p.name for p in tmp_path.glob("one*")) == ["one.pdf", "one.png", "one.svg"]


def test_files_carry_no_dates(tmp_path):
    with house_style():
        save_figure(draw(), tmp_path / "figure")
    assert b"CreationDate" not in (tmp_path / "figure.pdf").read_bytes()
    assert b"<dc:date>" not in (tmp_path / "figure.svg").read_bytes()


def test_a_dot_in_the_stem_stays(tmp_path):
    with house_style():
        save_figure(message_figure("nothing"), tmp_path / "layer4.1")
    assert (tmp_path / "layer4.1.png").exists()


def test_the_style_ends_with_its_block():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before


def test_layer_colors_darken_with_depth():
    colors = layer_colors([f"conv{i}" for i in range(12)])
    assert len(set(colors.values())) == 12
    lightness = [np.dot(to_rgb(color), (0.2126, 0.7152, 0.0722)) for color in colors.values()]
    assert (np.diff(lightness) < 0).all()
    assert layer_colors(["only"])["only"].startswith("#")
    assert layer_colors([]) == {}


def test_tint_ends_at_white_and_at_the_color():
    assert tint("#123456", 0) == "#ffffff"
    assert tint("#123456", 1) == "#123456"


def test_short_numbers_have_no_exponent():
    shown = [short_number(value) for value in (0, 0.01234, 39.24, 999.6, 1348.2, -72500.0)]
    assert shown == ["0", "0.0123", "39.2", "1,000", "1,348", "-72,500"]
