"""The files of synthesis: shards equal the whole, a stopped run goes on, and images reach what they claim."""

import h5py
import numpy as np
import pytest
import torch
from ascents import WHO, ascent_of, box_of

from selectivity.synthesis.ascent import Ascent
from selectivity.synthesis.engine import items_of, synthesize_images
from selectivity.synthesis.settings import SynthesisSettings
from selectivity.synthesis.store import gather_images, open_synthesis
from selectivity.synthesis.work import WorkFolder


def run(tmp_path, conv, name, units, **options):
    recipes = {
        f"{objective}_mean": SynthesisSettings(
            objective=objective, steps=8, snapshots=(4, 8), batch=4
        )
        for objective in ("am", "iam")
    }
    output = tmp_path / name
    synthesize_images(
        output, conv, "3", recipes, WHO, items_of(units, 2), box_of(), {"seed": 7}, **options
    )
    return output


def test_gathered_shards_equal_the_whole(tmp_path, conv):
    whole = run(tmp_path, conv, "whole.h5", range(7))
    parts = [
        run(tmp_path, conv, f"{index}.h5", units)
        for index, units in enumerate((range(3), range(3, 3), range(3, 7)))
    ]
    gathered = tmp_path / "gathered.h5"
    gather_images(parts, gathered)
    with open_synthesis(whole) as one, open_synthesis(gathered) as other:
        assert one.units.tolist() == other.units.tolist() == [i // 2 for i in range(14)]
        for recipe in one.recipes:
            assert one.settings(recipe) == other.settings(recipe)
            for key in one._file[recipe]:
                np.testing.assert_array_equal(one.curve(recipe, key), other.curve(recipe, key))


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 12, 31])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(
    tmp_path, conv, monkeypatch, stop_after
):
    whole = run(tmp_path, conv, "whole.h5", range(5)).read_bytes()
    steps = {"count": 0}
    advance = Ascent.advance

    def stopping(self, state):
        if steps["count"] == stop_after:
            raise StoppedError
        steps["count"] += 1
        advance(self, state)

    monkeypatch.setattr(Ascent, "advance", stopping)
    with pytest.raises(StoppedError):
        run(tmp_path, conv, "cut.h5", range(5), save_every_seconds=0)
    assert not (tmp_path / "cut.h5").exists()
    steps["count"] = -1000
    resumed = run(tmp_path, conv, "cut.h5", range(5), save_every_seconds=0)
    n_all = 2 * 4 * 9
    assert steps["count"] + 1000 == n_all - stop_after, "no step is made twice"
    assert resumed.read_bytes() == whole
    assert not list(tmp_path.glob(".cut*")), "the work folder is gone"


def test_work_of_other_settings_is_not_resumed(tmp_path, conv):
    output = tmp_path / "x.h5"
    ascent = ascent_of(conv, "3", steps=3, snapshots=(3,), batch=2)
    work = WorkFolder(output, {"steps": 3})
    state = ascent.start([(0, 0)])
    ascent.advance(state)
    work.save("batch", state)
    assert WorkFolder(output, {"steps": 3}).resume("batch", ascent.start([(0, 0)])).step == 1
    assert WorkFolder(output, {"steps": 4}).resume("batch", ascent.start([(0, 0)])).step == 0


def test_files_carry_images_that_reach_the_activation_they_claim(tmp_path, conv):
    path = run(tmp_path, conv, "x.h5", range(6))
    with open_synthesis(path, {"seed": 7}) as store:
        images = store.images("am_mean", 0, 12)
        with torch.inference_mode():
            values = conv[:4](torch.from_numpy(images)).mean((2, 3)).numpy()
        best = store.curve("am_mean", "activation").max(1)
        np.testing.assert_allclose(values[np.arange(12), store.units], best, rtol=1e-4)
        pixels = store.pixels("am_mean", 0)
        assert pixels.shape == (8, 8, 3)
        assert 0 <= pixels.min() < pixels.max() <= 1
    with h5py.File(path) as file:
        assert set(file) == {"unit", "restart", "low", "high", "am_mean", "iam_mean"}
