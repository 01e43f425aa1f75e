"""The one extension module of pylimma-kernels, through the stable ABI."""

import sys

from setuptools import Extension, setup

WARNINGS_AND_SPEED = ["-std=c11", "-O3", "-fopenmp-simd", "-Wall", "-Wextra"]

setup(
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
    ext_modules=[
        Extension(
            "pylimma_kernels",
            ["pylimma_kernels.c"],
            py_limited_api=True,
            extra_compile_args=(
                ["/std:c11", "/O2"] if sys.platform == "win32" else WARNINGS_AND_SPEED
            ),
        )
    ],
)
