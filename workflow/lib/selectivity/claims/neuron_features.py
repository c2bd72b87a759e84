"""Claims on neuron features, color and class selectivity by layer (rafegas2017): C44-C57.

They look at the table `neuron_features` (one row a unit), `gray_accuracy` (one row a kind of images) and
`dataset_hues` (one row a bin). Claims that name layers hold those of the paper, conv1 to conv5; those on depth hold
any layers.
"""

from collections.abc import Mapping

import numpy as np

from selectivity.claims.evidence import Evidence, NotApplicableError, Table

Numbers = dict[str, float]
Outcome = tuple[bool, Numbers, str]
CONV = ("conv1", "conv2", "conv3", "conv4", "conv5")
ORANGE, CYAN, MAGENTA = 56.310, 206.565, 333.435  # degrees in opponent space, definitions.md 7.6
N_BINS = 12


def _layers(evidence: Evidence) -> list[Table]:
    """Return the units by layer in order of depth."""
    units = evidence.table("neuron_features")
    names = list(dict.fromkeys(units.column("layer").tolist()))
    if not names:
        raise NotApplicableError(f"{evidence.network} has no neuron features in this study")
    return [Table(str(name), units.where(units.column("layer") == name).columns) for name in names]


def _named(evidence: Evidence, *names: str) -> list[Table]:
    found = {units.name: units for units in _layers(evidence)}
    missing = [name for name in names if name not in found]
    if missing:
        raise NotApplicableError(
            f"{evidence.network} has no neuron features of {', '.join(missing)}"
        )
    return [found[name] for name in names]


def _several(evidence: Evidence) -> list[Table]:
    layers = _layers(evidence)
    if len(layers) < 2:
        raise NotApplicableError(f"{evidence.network} has neuron features of one layer only")
    return layers


def _share(
    units: Table, column: str, *, at_least: float = -np.inf, above: float = -np.inf
) -> float:
    values = units.values(column)
    return float(((values >= at_least) & (values > above)).mean())


def _shares(layers: list[Table], column: str, text: str, **limits: float) -> Numbers:
    return {f"{units.name} {text}": _share(units, column, **limits) for units in layers}


def _check_reach(layers: list[Table], threshold: float, note: str = "") -> None:
    """Refuse a claim on class indices above `threshold` where the data set has too few classes for lower ones.

    `note` says what can be told all the same.
    """
    least = max(float(units.values("class_selectivity_index_least").max()) for units in layers)
    if least > threshold:
        raise NotApplicableError(
            f"the class index of no unit can be below {least:.2f} with so few classes: "
            f"above {threshold:g} says nothing{note}"
        )


def _listed(numbers: Mapping[str, float], form: str = ".2f") -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in numbers.items())


def _depth_correlation(values: list[float]) -> float:
    """Return Spearman's rho of a value of each layer with its depth; 0 where all are equal."""
    if np.ptp(values) == 0:
        return 0.0
    array = np.asarray(values)
    ranks = [(array < value).sum() + ((array == value).sum() - 1) / 2 for value in values]
    return float(np.corrcoef(np.arange(len(values)), ranks)[0, 1])


def sharper_with_depth(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C44: the mean area under the ranked activations falls from layer to layer, conv1 to conv5 or all."""
    layers = _several(evidence)
    conv = [units for units in layers if units.name in CONV]
    means = {units.name: units.mean("curve_auc") for units in (conv if len(conv) == 5 else layers)}
    rho = _depth_correlation(list(means.values()))
    falls = all(np.diff(list(means.values())) < 0)
    holds = falls if len(conv) == 5 else rho < 0
    return holds, {**means, "rho": rho}, f"mean area: {_listed(means)}; rho with depth {rho:.2f}"


def feature_excites_its_unit(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C45: features excite their units, with exceptions in conv2 and increasingly from conv3 to conv5."""
    layers = _layers(evidence)
    medians = {u.name: float(np.median(u.values("nf_response"))) for u in layers}
    low = {u.name: float((u.values("nf_response") < thresholds["low"]).mean()) for u in layers}
    _named(evidence, *CONV[1:])
    pattern = low["conv2"] > max(low["conv3"], low["conv4"])
    pattern &= low["conv3"] < low["conv4"] < low["conv5"]
    holds = min(medians.values()) > thresholds["median"] and pattern
    numbers = {f"{name} median": v for name, v in medians.items()} | {
        f"{n} low": v for n, v in low.items()
    }
    reason = f"median response: {_listed(medians)}; share below {thresholds['low']}: {_listed(low)}"
    return holds, numbers, reason


def dead_units_in_conv2(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C46: dead units concentrate in conv2."""
    layers = _named(evidence, "conv2", "conv3", "conv4")
    shares = {u.name: float(u.column("is_dead").astype(bool).mean()) for u in layers}
    holds = shares["conv2"] > max(shares["conv3"], shares["conv4"])
    return holds, shares, f"share of dead units: {_listed(shares, '.3f')}"


def features_grow(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C47: the receptive fields, and so the features, grow with depth."""
    sizes = {
        units.name: float(units.values("receptive_field").max()) for units in _several(evidence)
    }
    holds = bool(np.all(np.diff(list(sizes.values())) > 0))
    return holds, sizes, f"receptive fields in pixels: {_listed(sizes, '.0f')}"


def color_matters(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C48: the network errs far more on gray images."""
    table = evidence.table("gray_accuracy")
    kinds = {"rgb": "rgb", "gray": "luma"}
    numbers = {
        f"{guess} {name}": float(
            table.where(table.column("images") == kind).values(f"{guess}_error")[0]
        )
        for guess in ("top1", "top5")
        for name, kind in kinds.items()
    }
    gains = [numbers[f"{guess} gray"] - numbers[f"{guess} rgb"] for guess in ("top1", "top5")]
    holds = gains[0] > thresholds["top1"] and gains[1] > thresholds["top5"]
    reason = f"gray adds {gains[0]:.3f} to the top-1 error and {gains[1]:.3f} to the top-5 error"
    return holds, numbers, reason


def color_selective_shares(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C49: half of conv1, 40 % of conv2 and a quarter of the deeper units are color selective."""
    layers = _named(evidence, *CONV)
    shares = _shares(layers, "color_selectivity", "share", at_least=thresholds["color"])
    first, second, *deep = shares.values()
    holds = first > second > max(deep)
    holds &= thresholds["conv1_low"] <= first <= thresholds["conv1_high"]
    holds &= thresholds["conv2_low"] <= second <= thresholds["conv2_high"]
    holds &= all(thresholds["deep_low"] <= x <= thresholds["deep_high"] for x in deep)
    return holds, shares, f"color-selective units: {_listed(shares)}"


def frequency_without_color(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C50: in the first layer spatial frequency varies, and is high, in gray units only."""
    units = _layers(evidence)[0]
    frequency, color = (
        units.column(c).astype(float) for c in ("nf_peak_frequency", "color_selectivity")
    )
    known = np.isfinite(frequency) & np.isfinite(color)
    gray = frequency[known & (color < thresholds["gray"])]
    colored = frequency[known & (color >= thresholds["color"])]
    if min(gray.size, colored.size) < 2:
        raise NotApplicableError(
            f"{units.name} has {gray.size} gray and {colored.size} color-selective units"
        )
    numbers = {
        "gray mean": float(gray.mean()), "gray variance": float(gray.var(ddof=1)),
        "color mean": float(colored.mean()), "color variance": float(colored.var(ddof=1)),
    }  # fmt: skip
    holds = numbers["gray mean"] > numbers["color mean"]
    holds &= numbers["gray variance"] > numbers["color variance"]
    reason = f"peak frequency of {gray.size} gray and {colored.size} color-selective units of {units.name}"
    return holds, numbers, f"{reason}: {_listed(numbers, '.3f')}"


def _unit_hues(evidence: Evidence, threshold: float) -> np.ndarray:
    hues = []
    for units in _layers(evidence):
        color, hue = (units.column(name).astype(float) for name in ("color_selectivity", "hue"))
        hues.append(hue[(color >= threshold) & np.isfinite(hue)])
    found = np.concatenate(hues)
    if not found.size:
        raise NotApplicableError(f"{evidence.network} has no color-selective unit")
    return found


def _apart(hues: np.ndarray, center: float) -> np.ndarray:
    return np.abs((hues - center + 180) % 360 - 180)


def orange_and_cyan(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C51: hues of color-selective units lie along orange and cyan; magenta is rarest."""
    hues = _unit_hues(evidence, thresholds["color"])
    width = thresholds["degrees"]
    near = (_apart(hues, ORANGE) <= width) | (_apart(hues, CYAN) <= width)
    uniform = 4 * width / 360
    counts = np.histogram(hues, N_BINS, (0, 360))[0]
    magenta = int(counts[int(MAGENTA // (360 / N_BINS))])
    holds = float(near.mean()) > uniform and magenta == counts.min()
    numbers = {
        "near orange or cyan": float(near.mean()),
        "uniform": uniform,
        "magenta": float(magenta),
    }
    reason = (
        f"{near.mean():.2f} of {hues.size} units near orange or cyan ({uniform:.2f} if uniform)"
    )
    return (
        bool(holds),
        numbers,
        f"{reason}, {magenta} in the bin of magenta, at least {counts.min()} in any",
    )


def hues_of_the_images(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C52: the hues of color-selective units resemble those of the images."""
    table = evidence.table("dataset_hues")
    middle = (table.values("from_degrees") + table.values("to_degrees")) / 2
    images = np.histogram(middle, N_BINS, (0, 360), weights=table.values("weight"))[0]
    hues = _unit_hues(evidence, thresholds["color"])
    units = np.histogram(hues, N_BINS, (0, 360))[0]
    if np.ptp(images) == 0 or np.ptp(units) == 0:
        raise NotApplicableError("one of the two distributions of hues is flat")
    r = float(np.corrcoef(images, units)[0, 1])
    return r > 0, {"r": r}, f"Pearson's r of the two distributions of hues is {r:.2f}"


def class_selective_shares(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C53: class-selective units are absent from conv1 and conv2 and grow to more than half of conv5."""
    layers = _named(evidence, *CONV)
    _check_reach(layers, thresholds["class"])
    shares = _shares(layers, "class_selectivity_index", "share", above=thresholds["class"])
    first, second, *deep = shares.values()
    holds = max(first, second) < thresholds["near_zero"]
    holds &= max(first, second) < deep[0] < deep[1] < deep[2] and deep[2] > thresholds["conv5"]
    return holds, shares, f"class-selective units: {_listed(shares)}"


def highly_class_selective(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C54: a fifth of conv5 is highly class selective."""
    (units,) = _named(evidence, "conv5")
    _check_reach([units], thresholds["class"])
    share = _share(units, "class_selectivity_index", above=thresholds["class"])
    reason = f"{share:.2f} of {len(units)} units have an index above {thresholds['class']}"
    return thresholds["low"] <= share <= thresholds["high"], {"share": share}, reason


def color_falls_class_rises(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C55: with depth the share of color-selective units falls and that of class-selective units rises."""
    layers = _several(evidence)
    color = _shares(layers, "color_selectivity", "color", at_least=thresholds["color"])
    rho = _depth_correlation(list(color.values()))
    note = f"; of color, rho with depth {rho:.2f}: {_listed(color)}"
    _check_reach(layers, thresholds["class"], note)
    classes = _shares(layers, "class_selectivity_index", "class", above=thresholds["class"])
    rhos = [_depth_correlation(list(shares.values())) for shares in (color, classes)]
    numbers = {**color, **classes, "rho color": rhos[0], "rho class": rhos[1]}
    reason = f"rho with depth: color {rhos[0]:.2f}, class {rhos[1]:.2f} over {len(layers)} layers"
    return rhos[0] < 0 < rhos[1], numbers, reason


def both(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C56: every layer from the second on has units that are selective for color and class."""
    layers = _several(evidence)[1:]
    _check_reach(layers, thresholds["index"])
    counts = {}
    for units in layers:
        columns = ("class_selectivity_index", "color_selectivity")
        values = np.stack([units.column(name).astype(float) for name in columns])
        counts[units.name] = float((np.nan_to_num(values) > thresholds["index"]).all(0).sum())
    reason = f"units with both indices above {thresholds['index']}: {_listed(counts, '.0f')}"
    return min(counts.values()) >= 1, counts, reason


def early_class_selectivity(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C57: highly class-selective units exist before the fully connected layers, already in conv3."""
    (units,) = _named(evidence, "conv3")
    _check_reach([units], thresholds["class"])
    largest = float(units.values("class_selectivity_index").max())
    return (
        largest > thresholds["class"],
        {"maximum": largest},
        f"the largest index in conv3 is {largest:.2f}",
    )


TESTS = {
    "C44": sharper_with_depth,
    "C45": feature_excites_its_unit,
    "C46": dead_units_in_conv2,
    "C47": features_grow,
    "C48": color_matters,
    "C49": color_selective_shares,
    "C50": frequency_without_color,
    "C51": orange_and_cyan,
    "C52": hues_of_the_images,
    "C53": class_selective_shares,
    "C54": highly_class_selective,
    "C55": color_falls_class_rises,
    "C56": both,
    "C57": early_class_selectivity,
}
