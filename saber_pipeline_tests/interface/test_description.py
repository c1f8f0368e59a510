"""The interface as the tests have it is the published one."""

from __future__ import annotations

import json

import pytest

from saber_pipeline_tests.interface.components import COMPONENTS
from saber_pipeline_tests.interface.description import PUBLISHED, described, fields_of
from saber_pipeline_tests.interface.operations import OPERATIONS


def test_every_name_that_is_used_is_described() -> None:
    """No operation or object leads to an object that is not there, and none stands there unused."""
    used = {name for operation in OPERATIONS for names in operation.replies.values() for name in names.split()}
    used |= {operation.body for operation in OPERATIONS if operation.body} | {"ErrorResponse"}
    waiting = list(used)
    while waiting:
        words = COMPONENTS[waiting.pop()].replace("allOf ", "@").replace("oneOf ", "@oneOf ").split()
        named = {word.strip("[]@?") for word in words} & COMPONENTS.keys()
        waiting += named - used
        used |= named
    assert used == COMPONENTS.keys()


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published description is not beside this checkout")
def test_it_says_what_is_published() -> None:
    """Every field of every request and reply, whether it is always there, its type and its words are the same."""
    assert fields_of(described()) == fields_of(json.loads(PUBLISHED.read_text("utf-8")))
