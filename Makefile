# Every target makes what it needs, in .venv and build/. A second run is quick.
#   make demo            play a recorded tool call in the terminal
#   make test            the tests
#   make lint types      ruff and cython-lint; mypy, pyright and stubtest
#   make bench           speed against other libraries, written to benchmarks/RESULTS.md and the README
#   make fuzz            coverage-guided fuzzing of the C code for FUZZ_SECONDS (needs clang)
#   make sanitize        the tests of the C code under AddressSanitizer and UndefinedBehaviorSanitizer, on fewer examples (needs gcc)
#   make coverage        the tests with line coverage of the Cython code
#   make wheels          sdist, and a wheel built from it and tested for each supported Python, in dist/
#   make clean           remove all of it

PYTHON ?= python3
PYTEST_ARGS ?= -n auto --dist worksteal
FUZZ_SECONDS ?= 300
FUZZ_SEED ?= 0
FUZZ_INPUTS ?=
# Frames of who allocated and who freed, in a sanitizer's report. To keep 30 for every allocation is a sixth of the time.
MALLOC_FRAMES ?= 0

BIN := .venv/bin
SOURCES := setup.py pyproject.toml $(wildcard src/midstream/*.pyx src/midstream/*.pxi src/midstream/_c/*.h)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint types bench fuzz fuzz-build sanitize sanitize-build coverage wheels clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

demo: .venv/core
	$(BIN)/python -m midstream demo

test: .venv/core .venv/group-test build/js/made
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: .venv/group-lint
	$(BIN)/ruff check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint src

types: .venv/core .venv/group-types
	$(BIN)/mypy
	$(BIN)/pyright
	MYPYPATH=src $(BIN)/python -m mypy.stubtest midstream --allowlist .ci/stubtest.txt
	$(BIN)/python -m pytest tests/typing

bench: .venv/core .venv/group-bench
	$(BIN)/python -m benchmarks.compare --write

# Built apart from src: python finds the build on PYTHONPATH before the editable install.
BUILD_INTO = $(BIN)/python setup.py --quiet build --build-base build/$(@:-build=) --build-lib build/$(@:-build=)/lib
USE_BUILD = PYTHONPATH=build/$@/lib
ASSERT_BUILD = $(BIN)/python -c 'import midstream._core as core; assert "build/$@/lib" in core.__file__, core.__file__'
WATCHED = PYTHONMALLOC=malloc UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=64:malloc_context_size=$(MALLOC_FRAMES)

# Left out is what brings the C code nothing that these don't: the command, the servers, the SDKs and the house (other programs,
# and files that are read); typing and the oracle's own tests (no C at all); P20 and later (Python over the same Parser);
# whole documents of models (plain JSON, which the promises cut in more ways).
SANITIZED ?= tests/promises tests/unit tests/leaks tests/conformance --ignore-glob='*/test_p2[0-9]_*.py' \
	--ignore=tests/conformance/test_llm_documents.py --ignore=tests/conformance/test_recordings.py

sanitize-build: .venv/core
	MIDSTREAM_SANITIZE=1 CC=gcc $(BUILD_INTO)

sanitize: sanitize-build .venv/group-test build/js/made
	export LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		$(WATCHED) $(USE_BUILD); unset MIDSTREAM_REQUIRE_PARTS; \
	$(ASSERT_BUILD) && MIDSTREAM_PROFILE=$${MIDSTREAM_PROFILE:-brief} $(BIN)/python -m pytest $(PYTEST_ARGS) $(SANITIZED)

fuzz-build: .venv/core
	MIDSTREAM_SANITIZE=fuzzer-no-link,address,undefined CC=clang $(BUILD_INTO)

fuzz: fuzz-build .venv/group-test .venv/group-fuzz
	export LD_PRELOAD="$$($(BIN)/python -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so" \
		$(WATCHED) $(USE_BUILD); \
	$(ASSERT_BUILD) && $(BIN)/python -m fuzz.fuzz_parser --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) $(FUZZ_INPUTS)

# The report needs the generated C beside the .pyx, hence a copy of the sources.
coverage: .venv/core .venv/group-test .venv/group-coverage build/js/made
	rm -rf build/$@ && mkdir -p build/$@/src && cp -r src/midstream build/$@/src/ && rm -f build/$@/src/midstream/*.so
	cp -r setup.py pyproject.toml README.md LICENSE tests examples build/$@/
	cd build/$@ && MIDSTREAM_COVERAGE=1 ../../$(BIN)/python setup.py --quiet build_ext --inplace
	cd build/$@ && MIDSTREAM_NODE_PACKAGES="$(CURDIR)/build/js" PYTHONPATH=src ../../$(BIN)/coverage run -m pytest && ../../$(BIN)/coverage report

wheels: .venv/group-wheels
	.ci/wheels

clean:
	rm -rf .venv build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage
	rm -f src/midstream/*.so src/midstream/*.pyd src/midstream/_core.c src/midstream/_core.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade 'pip>=25.1'
	touch $@

.venv/core: .venv/made $(SOURCES)
	$(PIP) install --group build
	$(PIP) install --no-build-isolation --editable '.[cli]'
	touch $@

# What the tests take from npm. Without it, or without a network for it, they say what they leave out.
build/js/made: tests/js/package.json tests/js/package-lock.json
	rm -rf build/js && mkdir -p build/js && cp $^ build/js/
	! command -v npm >/dev/null || npm ci --prefix build/js --ignore-scripts --no-audit --no-fund --loglevel=error || true
	touch $@

.venv/group-%: .venv/made pyproject.toml
	$(PIP) install --group $*
	touch $@
