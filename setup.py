"""The one extension. Everything else about the package stands in pyproject.toml.

Three switches, by environment:

MIDSTREAM_COVERAGE=1   trace lines, for coverage.py (the generated C then stays beside the .pyx)
MIDSTREAM_SANITIZE=1   address,undefined; any other value is handed to -fsanitize as it is
MIDSTREAM_ANNOTATE=1   write _core.html, which shows where Python is called
"""

import os
from glob import glob

from Cython.Compiler import Options
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


def switch(name):
    value = os.environ.get(f"MIDSTREAM_{name}", "")
    return "" if value == "0" else value


coverage, annotate, sanitize = switch("COVERAGE"), switch("ANNOTATE"), switch("SANITIZE")
if sanitize == "1":
    sanitize = "address,undefined"

macros = []
if coverage:
    # With sys.monitoring (3.13) the .pyx would drop out of the report.
    macros = [("CYTHON_TRACE_NOGIL", "1"), ("CYTHON_USE_SYS_MONITORING", "0")]

core = Extension(
    "midstream._core",
    sources=["src/midstream/_core.pyx"],
    depends=sorted(glob("src/midstream/*.pxi") + glob("src/midstream/_c/*.h")),
    include_dirs=["src/midstream"],
    define_macros=macros,
)
core.cython_c_in_temp = not coverage
core.cython_directives = {
    "language_level": "3",
    "binding": False,    # plain methods are called quicker; their docstrings begin with the signature
    "auto_pickle": False,
    "autotestdict": False,
    "warn.maybe_uninitialized": True,
    "linetrace": bool(coverage),
}
Options.annotate = "default" if annotate else None


class Build(build_ext):
    def build_extensions(self):
        if self.compiler.compiler_type != "msvc":
            flags = ["-O3", "-g0", "-Werror=implicit-function-declaration"]
            if sanitize:
                sanitizers = [f"-fsanitize={sanitize}", "-fno-sanitize-recover=undefined"]
                flags += ["-O1", "-g", "-fno-omit-frame-pointer", *sanitizers]
                core.extra_link_args += sanitizers
            core.extra_compile_args += flags
        super().build_extensions()


setup(ext_modules=[core], cmdclass={"build_ext": Build})
