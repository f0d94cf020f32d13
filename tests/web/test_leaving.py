"""The way out to a plain page: whatever a token is made of, it leads there."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


@pytest.mark.parametrize("path", ["/room/enter/a__b", "/room/enter/____", "/sign-out"])
def test_a_way_out_may_hold_anything_that_a_token_can(path: str):
    def script(path: str) -> None:
        from web.components.leaving import leave_for

        leave_for(path)

    assert not AppTest.from_function(script, kwargs={"path": path}).run().exception
