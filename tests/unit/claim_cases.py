"""Hand-made evidence for each claim: one network on which it holds, some on which it does not.

Each case gives columns by layer (a single number stands for all three units); numbers are chosen so that the verdict
can be seen by eye. `test_claims` runs them all.
"""

NAN = float("nan")
HIDDEN = ("conv5", "fc6", "fc7")


def hidden(**columns):
    """Return the same columns for the three hidden layers."""
    return {layer: dict(columns) for layer in HIDDEN}


def rising(**steps):
    """Return columns whose values differ by layer: one value a layer."""
    return {layer: {name: v[i] for name, v in steps.items()} for i, layer in enumerate(HIDDEN)}


def hidden_and_outputs(tcs, fc8, prob):
    return hidden(top_class_selectivity=tcs) | {
        "fc8": {"top_class_selectivity": fc8},
        "prob": {"top_class_selectivity": prob},
    }


def outputs(layer, **columns):
    return {layer: {"own_class": [0, 1, 2], **columns}}


PRECISE = {"precision_60": [0.2, 0.9, NAN], "minimum": 0.0, "precise_class": [3, 4, -1]}


def precise_unit(**columns):
    """fc6 with its most precise unit in the middle; the others would give the other verdict."""
    return {"fc6": PRECISE | columns}


UP, DOWN = [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]
# Four orthogonal patterns over eight units, mixed below to give chosen correlations.
A = [1, 1, 1, 1, -1, -1, -1, -1]
B = [1, 1, -1, -1, 1, 1, -1, -1]
C = [1, -1, 1, -1, 1, -1, 1, -1]
D = [1, -1, -1, 1, 1, -1, -1, 1]


def mix(**weights):
    """Return a weighted sum of the patterns: correlations are products of the (normalized) weights."""
    patterns = {"a": A, "b": B, "c": C, "d": D}
    return [sum(w * patterns[n][i] for n, w in weights.items()) for i in range(8)]


def correlated(precision, ccmas, recall, informedness, n_classes=None):
    columns = {
        "precision_60": precision,
        "ccmas": ccmas,
        "recall_at_95_precision": recall,
        "max_informedness": informedness,
    }
    return {"fc6": columns | ({"n_classes_100": n_classes} if n_classes else {})}


WEAKLY = correlated(mix(a=1), mix(b=1, a=0.1), mix(c=1, b=0.1), mix(d=1, a=0.1, b=0.1, c=0.1))
# With n_classes = -(a + b + c + d) every pattern alone has r = -.5; a share of another unit weakens it.
FALLING = correlated(
    mix(a=1, b=1, c=1), mix(a=1, b=1), mix(a=1, b=-0.9), mix(a=1), mix(a=-1, b=-1, c=-1, d=-1)
)

FAR = {"synthetic": {"unit": ["a", "c"], "ccmas": [0.5, 0.5], "top_class_selectivity": [0.01, 1]}}
NEAR = {
    "synthetic": {"unit": ["a", "c"], "ccmas": [1.0, 0.062], "top_class_selectivity": [0.01, 1]}
}
UNCLEAN = {
    "synthetic": {"unit": ["a", "c"], "ccmas": [1.0, 0.06], "top_class_selectivity": [0.02, 0.9]}
}

RISING = {"top_class_selectivity": UP, "precision_100": UP, "ccmas": UP}

HOLDS = {
    "C01": [hidden(localist=[0, 0, NAN])],
    "C02": [
        rising(**RISING),
        rising(**RISING)
        | {"fc7": {"top_class_selectivity": 0.3, "precision_100": 0.3, "ccmas": [0.1, 0.2, 0.27]}},
    ],
    "C03": [hidden_and_outputs(0.01, 0.06, 0.31)],
    "C04": [hidden(top_class_selectivity=[0.001, 0.0039, NAN])],
    "C05": [
        hidden(precision_100=0.51, top_class_selectivity=0.05),
        hidden(precision_100=0.5, top_class_selectivity=0),
    ],
    "C06": [hidden(ccmas=0.51, top_class_selectivity=0.005)],
    "C07": [hidden(top_class_selectivity=[0.0, 0.099, NAN])],
    "C08": [{"prob": {"localist": 0}}],
    "C09": [outputs("prob", top_class_selectivity=[0.2, 0.9, 1], top_class=[0, 1, 2])],
    "C10": [outputs("fc8", own_class_auroc=[0.96, 0.97, NAN], top_class_selectivity=0.1)],
    "C11": [
        precise_unit(precise_class_minimum=[5, 0, NAN], precise_class_zero_share=[0, 0.01, NAN])
    ],
    "C12": [precise_unit(precise_class_mode=[3, 0, NAN])],
    "C13": [{"fc7": {"precision_60": [0.95] + 24 * [0.2]}}],
    "C14": [{"fc7": {"ccmas": [0.95, 0.91, 0.2]}}],
    "C15": [{"fc7": {"ccmas": [0.9, 0.5, NAN], "precision_100": [0.1, 0.8, NAN]}}],
    "C16": [hidden(ccmas=0.50, ccmas_2=0.46)],
    "C17": [
        {
            "fc6": {
                "ccmas_class": [1, 1, 1],
                "ccmas_2_class": [2, 2, 2],
                "precision_100_class": [1, 2, 3],
            }
        }
    ],
    "C18": [{"fc8": {"ccmas": [0.2, 1.01, NAN]}}],
    "C19": [NEAR],
    "C20": [NEAR],
    "C21": [hidden(recall_at_95_precision=[0.001, 0.002, 0.19])],
    "C22": [{"fc6": {"max_informedness": [0.1, 0.86, NAN]}}],
    "C23": [hidden(informedness_false_discovery_rate=[0.91, 0.99, NAN])],
    "C24": [
        hidden(max_informedness=[0.9, 0.5, NAN], informedness_false_positive_rate=[0.1, 0.2, NAN])
    ],
    "C25": [
        {
            "fc7": {
                "max_informedness": [0.9, 0.1, NAN],
                "top_class_selectivity": [0.1, 0.2, NAN],
                "max_informedness_class": [7, 1, -1],
                "top_class": [3, 7, -1],
            }
        }
    ],
    "C26": [correlated(UP, UP, UP, UP)],
    "C27": [WEAKLY],
    "C28": [FALLING],
    "C29": [{"fc6": {"minimum": 0.0, "maximum": [5, 5, 0], "zero_share": [0.7, 0.6, 1.0]}}],
    "C30": [{"fc6": {"minimum": 0.0, "aic_exponential": [1, 1, 3], "aic_half_normal": [2, 2, 2]}}],
}
FAILS = {
    "C01": [hidden(localist=[0, 1, NAN])],
    "C02": [
        rising(top_class_selectivity=UP, precision_100=[0.1, 0.3, 0.2], ccmas=UP),
        rising(top_class_selectivity=UP, precision_100=UP, ccmas=[0.1, 0.3, 0.2]),
    ],
    "C03": [hidden_and_outputs(0.01, 0.04, 0.31), hidden_and_outputs(0.01, 0.06, 0.29)],
    "C04": [hidden(top_class_selectivity=[0.002, 0.004, NAN])],
    "C05": [hidden(precision_100=0.5, top_class_selectivity=0.06)],
    "C06": [hidden(ccmas=0.5, top_class_selectivity=0.006)],
    "C07": [hidden(top_class_selectivity=[0.0, 0.1, NAN])],
    "C08": [{"prob": {"localist": [1, 0, NAN]}}],
    "C09": [
        outputs("prob", top_class_selectivity=1, top_class=[0, 1, 2]),
        outputs("prob", top_class_selectivity=0.9, top_class=[0, 1, 1]),
    ],
    "C10": [
        outputs("fc8", own_class_auroc=0.95, top_class_selectivity=0.1),
        outputs("fc8", own_class_auroc=0.96, top_class_selectivity=0.2),
    ],
    "C11": [
        precise_unit(precise_class_minimum=[0, 0.5, NAN], precise_class_zero_share=[1, 0.5, NAN]),
        precise_unit(precise_class_minimum=[0, 0, NAN], precise_class_zero_share=[1, 0.009, NAN]),
    ],
    "C12": [precise_unit(precise_class_mode=[0, 0.3, NAN])],
    "C13": [{"fc7": {"precision_60": 0.9}}, {"fc7": {"precision_60": [0.95] + 19 * [0.2]}}],
    "C14": [{"fc7": {"ccmas": [0.95, 0.9]}}],
    "C15": [
        {"fc7": {"ccmas": [0.9, 0.5], "precision_100": [0.8, 0.1]}},
        {"fc6": {"ccmas": [0.9, 0.5], "precision_100": [0.2, 0.8]}},
    ],
    "C16": [hidden(ccmas=0.50, ccmas_2=0.44), hidden(ccmas=0.5, ccmas_2=0.5)],
    "C17": [
        {"fc6": {"ccmas_class": [1, -1], "ccmas_2_class": [2, 2], "precision_100_class": [1, 3]}}
    ],
    "C18": [{"fc8": {"ccmas": [0.2, 1.0, NAN]}}],
    "C19": [FAR, UNCLEAN],
    "C20": [FAR, UNCLEAN],
    "C21": [hidden(recall_at_95_precision=[0.001, 0.2]), hidden(recall_at_95_precision=0.011)],
    "C22": [{"fc6": {"max_informedness": 0.85}, "fc7": {"max_informedness": 0.2}}],
    "C23": [hidden(informedness_false_discovery_rate=[0.9, 0.99, NAN])],
    "C24": [
        hidden(max_informedness=[0.9, 0.5, NAN], informedness_false_positive_rate=[0.2, 0.2, NAN])
    ],
    "C25": [
        {
            "fc7": {
                "max_informedness": [0.9, 0.1],
                "top_class_selectivity": [0.1, 0.2],
                "max_informedness_class": [7, 1],
                "top_class": [7, 3],
            }
        }
    ],
    "C26": [
        correlated(UP, UP, DOWN, UP),
        correlated(mix(a=1), mix(b=1, a=0.2), mix(a=1), mix(a=1)),
    ],
    "C27": [
        correlated(UP, UP, UP, UP),
        correlated(mix(a=1), mix(b=1, a=-0.1), mix(c=1), mix(d=1, a=0.1)),
    ],
    "C28": [
        correlated(
            mix(a=1, b=1),
            mix(a=1, b=1, c=1),
            mix(a=1, b=-0.9),
            mix(a=1),
            mix(a=-1, b=-1, c=-1, d=-1),
        ),
        correlated(
            mix(a=1, b=1, c=1),
            mix(a=1, b=1),
            mix(a=1, b=-1.1),
            mix(a=1),
            mix(a=-1, b=-1, c=-1, d=-1),
        ),
    ],
    "C29": [{"fc6": {"minimum": 0.0, "maximum": [5, 5, 0], "zero_share": [0.6, 0.6, 1.0]}}],
    "C30": [{"fc6": {"minimum": 0.0, "aic_exponential": [1, 3], "aic_half_normal": [2, 2]}}],
}
LACKS = {
    "C01": [{"fc8": {"localist": 0}}, {}],
    "C02": [{"conv5": dict.fromkeys(RISING, 0.1), "fc6": dict.fromkeys(RISING, 0.2)}],
    "C03": [hidden(top_class_selectivity=0.01)],
    "C04": [hidden(top_class_selectivity=NAN)],
    "C05": [hidden(precision_60=0.5, top_class_selectivity=0.05)],
    "C06": [hidden(ccmas=0.5)],
    "C07": [hidden(ccmas=0.5)],
    "C08": [{"fc8": {"localist": 0}}, {"prob": {"localist": NAN}}],
    "C09": [{"prob": {"own_class": -1, "top_class_selectivity": 0.9, "top_class": [0, 1, 2]}}],
    "C10": [{"fc8": {"own_class": -1, "own_class_auroc": NAN, "top_class_selectivity": 0.1}}],
    "C11": [precise_unit(minimum=-1.0), {"fc7": PRECISE}, {"fc6": PRECISE | {"precise_class": -1}}],
    "C12": [precise_unit(minimum=-1.0), {"fc6": {"precision_60": 0.5}}],
    "C13": [{"fc6": {"precision_60": 0.95}}, {"fc7": {"precision_100": 0.95}}],
    "C14": [{"fc6": {"ccmas": 0.95}}],
    "C15": [{"conv5": {"ccmas": 0.9, "precision_100": 0.1}}],
    "C16": [hidden(ccmas=0.5, ccmas_2=NAN)],
    "C17": [hidden(ccmas_class=1, ccmas_2_class=2)],
    "C18": [{"prob": {"ccmas": 1.0}}],
    "C19": [hidden(ccmas=1.0)],
    "C20": [hidden(ccmas=1.0)],
    "C21": [hidden(ccmas=1.0)],
    "C22": [{"conv5": {"max_informedness": 0.9}}],
    "C23": [hidden(max_informedness=0.9)],
    "C24": [hidden(max_informedness=0.9)],
    "C25": [{"fc6": {"max_informedness": 0.9}}],
    "C26": [
        correlated([0.1, 0.2], [0.1, 0.2], [0.1, 0.2], [0.1, 0.2]),
        correlated(UP, 0.5, UP, UP),
    ],
    "C27": [correlated(UP, UP, UP, NAN)],
    "C28": [correlated(UP, UP, UP, UP)],
    "C29": [{"fc6": {"minimum": -1.0, "maximum": 5, "zero_share": 0.7}}],
    "C30": [{"fc6": {"minimum": 0.0, "aic_exponential": NAN, "aic_half_normal": NAN}}],
}
