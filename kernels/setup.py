"""The one extension module of pylimma-kernels, through the stable ABI."""

import sys

from setuptools import Extension, setup

WARNINGS = ["-Wall", "-Wextra"]
SPEED = ["-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"]

setup(
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
    ext_modules=[
        Extension(
            "pylimma_kernels",
            ["pylimma_kernels.c"],
            py_limited_api=True,
            extra_compile_args=(
                ["/std:c11", "/O2"] if sys.platform == "win32" else ["-std=c11", *WARNINGS, *SPEED]
            ),
        )
    ],
)
