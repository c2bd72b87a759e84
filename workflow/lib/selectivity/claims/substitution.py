"""Claims on Representative Substitution: C58-C66.

They read the table ``substitution``: one row a unit, objective, scalar and step. ``is_default`` marks the setting that
the verdicts are about; ``convolutional_iqr`` is the spread of RS in the study's other, convolutional networks. RS is
that of IAM images unless a claim says otherwise.
"""

from collections.abc import Mapping

import numpy as np
from scipy import stats

from selectivity.claims.evidence import Evidence, NotApplicableError, Table

Numbers = dict[str, float]
Outcome = tuple[bool, Numbers, str]

MIN_UNITS = 5
EARLY = (1, 3)  # the layers that figure 1 shows


def rows_of(evidence: Evidence, objective: str = "iam") -> Table:
    """Return the rows of the network for one objective, at the default setting."""
    table = evidence.table("substitution")
    mask = table.column("is_default").astype(bool)
    mask &= table.column("objective") == objective
    rows = table.where(mask)
    if not len(rows):
        raise NotApplicableError(
            f"no {objective.upper()} images of {evidence.network} in this study"
        )
    return rows


def layers_of(rows: Table, kind: str) -> list[Table]:
    """Return the layers of a kind, ``conv``, ``dense`` or ``output``, in the order of depth."""
    rows = rows.where(rows.column("kind") == kind)
    depths = rows.column("depth").astype(np.int64)
    layers = [rows.where(depths == depth) for depth in np.unique(depths)]
    return [Table(str(layer.column("layer")[0]), layer.columns) for layer in layers]


def depth_of(layer: Table) -> int:
    """Return a layer's number in its network, counted from 1."""
    return int(layer.column("depth")[0])


def numbered(
    layers: list[Table], numbers: tuple[int, ...], what: str = "convolutional"
) -> list[Table]:
    """Return layers by their number in the network; a study need not make images of those between."""
    by_depth = {depth_of(layer): layer for layer in layers}
    for number in numbers:
        if number not in by_depth:
            raise NotApplicableError(f"no images of {what} layer {number} in this study")
    return [by_depth[number] for number in numbers]


def selectivity_and_rs(layer: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return class selectivity and RS of the units where both are defined."""
    selectivity, rs = (layer.column(n).astype(np.float64) for n in ("class_selectivity", "rs"))
    both = ~(np.isnan(selectivity) | np.isnan(rs))
    return selectivity[both], rs[both]


def rank_correlation(layer: Table) -> tuple[float, float]:
    """Return Spearman's rho of class selectivity and RS and its p value; not applicable where undefined."""
    selectivity, rs = selectivity_and_rs(layer)
    if selectivity.size < MIN_UNITS or np.ptp(selectivity) == 0 or np.ptp(rs) == 0:
        raise NotApplicableError(
            f"rank correlation is undefined for the {selectivity.size} units of {layer.name}"
        )
    result = stats.spearmanr(selectivity, rs)
    return float(result.statistic), float(result.pvalue)


def _rhos(layers: list[Table]) -> Numbers:
    return {f"{layer.name} rho": rank_correlation(layer)[0] for layer in layers}


def _listed(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in numbers.items())


def high_for_selective_units(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C58: in early layers RS goes with class selectivity."""
    numbers: Numbers = {}
    holds = True
    for layer in numbered(layers_of(rows_of(evidence), "conv"), EARLY):
        rho, p = rank_correlation(layer)
        numbers |= {f"{layer.name} rho": rho, f"{layer.name} p": p}
        holds &= rho > 0 and p < thresholds["p"]
    return holds, numbers, f"Spearman's rho and its p value: {_listed(numbers)}"


def low_for_unselective_units(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C59: the least selective units have a lower RS than the most selective ones."""
    numbers: Numbers = {}
    holds = True
    for layer in numbered(layers_of(rows_of(evidence), "conv"), EARLY):
        selectivity, rs = selectivity_and_rs(layer)
        if selectivity.size < MIN_UNITS:
            raise NotApplicableError(
                f"{layer.name} has only {selectivity.size} units with both values"
            )
        size = max(1, round(thresholds["share"] * selectivity.size))
        order = np.argsort(selectivity, kind="stable")
        low, high = float(rs[order[:size]].mean()), float(rs[order[-size:]].mean())
        numbers |= {f"{layer.name} low": low, f"{layer.name} high": high}
        holds &= low < high
    return holds, numbers, f"mean RS of the least and most selective units: {_listed(numbers)}"


def independence_lowers_rs(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C60: IAM lowers RS, the sign of the correlation stays."""
    numbers: Numbers = {}
    holds = True
    both = [numbered(layers_of(rows_of(evidence, o), "conv"), EARLY) for o in ("am", "iam")]
    for am, iam in zip(*both, strict=True):
        means = am.mean("rs"), iam.mean("rs")
        rhos = rank_correlation(am)[0], rank_correlation(iam)[0]
        numbers |= {f"{am.name} AM": means[0], f"{am.name} IAM": means[1]}
        numbers |= {f"{am.name} rho AM": rhos[0], f"{am.name} rho IAM": rhos[1]}
        holds &= means[1] <= means[0] and np.sign(rhos[0]) == np.sign(rhos[1])
    return bool(holds), numbers, f"mean RS and rho: {_listed(numbers)}"


def dense_lower_left(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C61: with AM images, more units are low in both than high in both."""
    numbers: Numbers = {}
    holds = True
    for layer in numbered(layers_of(rows_of(evidence, "am"), "conv"), EARLY):
        selectivity, rs = selectivity_and_rs(layer)
        middle = np.median(selectivity), np.median(rs)
        if middle[1] == rs.min():
            raise NotApplicableError(
                f"half of the units of {layer.name} share the lowest RS, {middle[1]:.3g}; none lies below the median"
            )
        low = int(((selectivity < middle[0]) & (rs < middle[1])).sum())
        high = int(((selectivity > middle[0]) & (rs > middle[1])).sum())
        numbers |= {f"{layer.name} low": float(low), f"{layer.name} high": float(high)}
        holds &= low > high
    return holds, numbers, f"units below and above both medians: {_listed(numbers)}"


def irreplaceable_dense_layer(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C62: the units of the last dense layer before the classifier are selective, yet irreplaceable."""
    rows = rows_of(evidence)
    convolutional, dense = layers_of(rows, "conv"), layers_of(rows, "dense")
    if not convolutional or not dense:
        raise NotApplicableError(
            f"{evidence.network} has no dense layer behind convolutional ones in this study"
        )
    last = dense[-1]
    means = {f"{u.name} selectivity": u.mean("class_selectivity") for u in [*convolutional, last]}
    median = float(np.median(last.values("rs")))
    own = means[f"{last.name} selectivity"]
    holds = own > max(u.mean("class_selectivity") for u in convolutional) and median == 0
    numbers = {**means, f"{last.name} median RS": median}
    return holds, numbers, f"mean class selectivity and median RS: {_listed(numbers)}"


def fades_with_depth(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C63: the correlation falls with depth and stays positive."""
    layers = layers_of(rows_of(evidence), "conv")
    if len(layers) < 3:
        raise NotApplicableError(f"only {len(layers)} convolutional layers in this study")
    numbers = _rhos(layers)
    rhos = np.array(list(numbers.values()))
    slope = float(np.polyfit([depth_of(layer) for layer in layers], rhos, 1)[0])
    reason = f"slope {slope:.3f} a layer over {_listed(numbers)}"
    return bool((rhos > 0).all() and slope < 0), {**numbers, "slope": slope}, reason


def shallow_above_deep(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C64: in a deep network the correlation of layers 1 and 3 exceeds that of layers 9 and 11."""
    layers = layers_of(rows_of(evidence), "conv")
    numbers = _rhos(numbered(layers, (1, 3, 9, 11)))
    first, third, ninth, eleventh = numbers.values()
    return min(first, third) > max(ninth, eleventh), numbers, f"Spearman's {_listed(numbers)}"


def no_diversity_in_mlp(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C65: RS hardly differs between the units of a multilayer perceptron."""
    rows = rows_of(evidence)
    if layers_of(rows, "conv"):
        raise NotApplicableError(f"{evidence.network} has convolutional layers")
    own = numbered(layers_of(rows, "dense"), EARLY, "dense")
    typical = float(own[0].column("convolutional_iqr")[0])
    if np.isnan(typical):
        raise NotApplicableError("no convolutional network in this study to compare with")
    spread = {f"{layer.name} IQR": _spread(layer) for layer in own}
    holds = max(spread.values()) < thresholds["ratio"] * typical
    numbers = {**spread, "convolutional IQR": typical}
    return holds, numbers, f"interquartile ranges of RS: {_listed(numbers)}"


def _spread(layer: Table) -> float:
    low, high = np.quantile(layer.values("rs"), [0.25, 0.75])
    return float(high - low)


def irregular_on_imagenet(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C66: on ImageNet the correlation goes up and down over the 13 convolutional layers of VGG16."""
    rows = rows_of(evidence)
    n_classes = int(rows.column("n_classes").max())
    if n_classes < thresholds["n_classes"]:
        raise NotApplicableError(
            f"the images are of {n_classes} classes, the claim speaks of ImageNet"
        )
    layers = layers_of(rows, "conv")
    numbers = _rhos(numbered(layers, tuple(range(1, int(thresholds["n_layers"]) + 1))))
    rhos = np.array(list(numbers.values()))
    turns = int((np.diff(np.sign(np.diff(rhos))) != 0).sum())
    smallest = float(np.abs(rhos).min())
    holds = turns >= thresholds["turns"] and smallest < thresholds["rho"]
    numbers |= {"turns": float(turns), "smallest": smallest}
    return holds, numbers, f"{turns} turns, the smallest absolute rho is {smallest:.2f}"


TESTS = {
    "C58": high_for_selective_units,
    "C59": low_for_unselective_units,
    "C60": independence_lowers_rs,
    "C61": dense_lower_left,
    "C62": irreplaceable_dense_layer,
    "C63": fades_with_depth,
    "C64": shallow_above_deep,
    "C65": no_diversity_in_mlp,
    "C66": irregular_on_imagenet,
}
