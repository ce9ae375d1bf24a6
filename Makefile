# make demo    install into .venv and show the main job on three loopback hosts
# make test    install what the tests need and run them all, with coverage
# make check   what CI runs: format, lint, import contracts, types, dependencies, tests
# make bench   the speed figures of docs/performance.md

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
WORKERS ?= 3

.PHONY: demo test check lint format bench changelog clean

demo: $(VENV)/.installed
	@sh .ci/needs --optional sshd=openssh-server ssh-keygen=openssh-client dropbear=dropbear-bin busybox=busybox-static
	$(BIN)/python tests/demo/demo.py

test: $(VENV)/.testing
	@sh .ci/needs $(if $(CI),,--optional) sshd=openssh-server ssh-keygen=openssh-client ssh-agent=openssh-client \
		dropbear=dropbear-bin busybox=busybox-static sudo=sudo doas=opendoas rpm=rpm rpmbuild=rpm getfacl=acl \
		getfattr=attr getcap=libcap2-bin setcap=libcap2-bin zsh=zsh ksh=ksh mksh=mksh csh=csh tcsh=tcsh fish=fish \
		openssl=openssl setpriv=util-linux shellcheck=shellcheck toybox=toybox git=git
	@sh .ci/needs --optional chromium=chromium libatomic.so.1=libatomic1 vtysh=frr
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered

check: lint test

# in the order of what fails fastest
lint: $(VENV)/.testing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/deptry .

format: $(VENV)/.testing
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.testing
	$(BIN)/python tests/bench/all.py

changelog: $(VENV)/.testing
	$(BIN)/towncrier build --yes

$(VENV)/bin/python:
	@sh .ci/needs python3=python3
	@sh .ci/needs --python-venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.testing: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

clean:
	rm -rf $(VENV) dist build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
