"""The code of docstrings, of the guides and of the notebook runs."""

import doctest
import importlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ["_bernoulli", "_machines", "_model", "_train"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name):
    results = doctest.testmod(importlib.import_module(f"paysage.{name}"))
    assert results.failed == 0


@pytest.mark.parametrize("name", ["README.md", "docs/python.md"])
def test_blocks_of_guides(name, tmp_path, monkeypatch):
    text = (ROOT / name).read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})  # noqa: S102


def test_cells_of_the_notebook(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    notebook = json.loads((ROOT / "docs/people.ipynb").read_text(encoding="utf-8"))
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["execution_count"], "an executed notebook"
            exec("".join(cell["source"]), names)  # noqa: S102
    assert names["found"].log_likelihood_high > names["found"].log_likelihood_low
