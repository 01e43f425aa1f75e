"""A table of samples, and the columns that R's `model.matrix` makes of it."""

import numpy as np
import pandas as pd

SAMPLES = pd.DataFrame(
    {
        "g": list("aaaaBBBBCCCC"),
        "t": ["t1", "t2"] * 6,
        "x": np.array([1, 3, 2, 5, 4, 6, 8, 7, 9, 12, 10, 11]) / 2,
        "flag": [True, False, False] * 4,
        "o": pd.Categorical(["lo", "mid", "hi"] * 4, ["lo", "mid", "hi"], ordered=True),
        "my var": [3.5, 1, 2] * 4,
    },
    index=[f"s{k}" for k in range(1, 13)],
)
# formula, R's column names, and the column sums of R's matrix after row k is multiplied by k^2
FROM_R = [
    ("~g", "(Intercept) | gB | gC", [650, 174, 446]),
    ("~0+g", "ga | gB | gC", [30, 174, 446]),
    (
        "~g*t",
        "(Intercept) | gB | gC | tt2 | gB:tt2 | gC:tt2",
        [650, 174, 446, 364, 100, 244],
    ),
    (
        "~g:t",
        "(Intercept) | ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 10, 74, 202, 20, 100, 244],
    ),
    (
        "~0+g:t",
        "ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [10, 74, 202, 20, 100, 244],
    ),
    (
        "~g/t",
        "(Intercept) | gB | gC | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 174, 446, 20, 100, 244],
    ),
    ("~0+g+t", "ga | gB | gC | tt2", [30, 174, 446, 364]),
    ("~t+g:x", "(Intercept) | tt2 | ga:x | gB:x | gC:x", [650, 364, 55.5, 578, 2361.5]),
    ("~flag", "(Intercept) | flagTRUE", [650, 166]),
    ("~0+flag", "flagFALSE | flagTRUE", [484, 166]),
    ("~o", "(Intercept) | o.L | o.Q", [650, 73.53910524, 3.265986324]),
    ("~0+o", "olo | omid | ohi", [166, 214, 270]),
    ("~x+g:x", "(Intercept) | x | x:gB | x:gC", [650, 2995, 578, 2361.5]),
    ("~0+x/g", "x | x:ga | x:gB | x:gC", [2995, 55.5, 578, 2361.5]),
    (
        "~g:x+t:x",
        "(Intercept) | ga:x | gB:x | gC:x | x:tt2",
        [650, 55.5, 578, 2361.5, 1770],
    ),
    (
        "~C(g,contr.sum)+o",
        "(Intercept) | C(g, contr.sum)1 | C(g, contr.sum)2 | o.L | o.Q",
        [650, -416, -272, 73.53910524, 3.265986324],
    ),
    ("~0+x:o", "x:olo | x:omid | x:ohi", [836.5, 885, 1273.5]),
    (
        "~(g+t+x)^2-g:t",
        "(Intercept) | gB | gC | tt2 | x | gB:x | gC:x | tt2:x",
        [650, 174, 446, 364, 2995, 578, 2361.5, 1770],
    ),
    (
        "~g%in%t",
        "(Intercept) | ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 10, 74, 202, 20, 100, 244],
    ),
    (
        "~poly(x,2):t",
        "(Intercept) | poly(x, 2)1:tt1 | poly(x, 2)2:tt1 | poly(x, 2)1:tt2 | poly(x, 2)2:tt2",
        [650, 49.42190279, -25.74834666, 98.17481197, 46.89812256],
    ),
    (
        "~log2(x)+I(x^2)+t",
        "(Intercept) | log2(x) | I(x^2) | tt2",
        [650, 1387.591692, 14731.5, 364],
    ),
    ("~ns(x,2)", "(Intercept) | ns(x, 2)1 | ns(x, 2)2", [650, 301.7761749, 170.3453099]),
    ("~factor(x>3)", "(Intercept) | factor(x > 3)TRUE", [650, 559]),
    (
        "~C(g,contr.treatment,base=2)",
        "(Intercept) | C(g, contr.treatment, base = 2)1 | C(g, contr.treatment, base = 2)3",
        [650, 30, 446],
    ),
    (
        "~relevel(g,ref='C')",
        '(Intercept) | relevel(g, ref = "C")a | relevel(g, ref = "C")B',
        [650, 30, 174],
    ),
    (
        "~-1+t:g+t",
        "tt1 | tt2 | tt1:gB | tt2:gB | tt1:gC | tt2:gC",
        [286, 364, 74, 100, 202, 244],
    ),
    (
        "~0+x:g:t+x:t",
        "x:tt1 | x:tt2 | x:gB:tt1 | x:gC:tt1 | x:gB:tt2 | x:gC:tt2",
        [1225, 1770, 246, 969.5, 332, 1392],
    ),
]
