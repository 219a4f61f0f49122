"""What all tests share: nobody's own state folder is written to."""

import pytest


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
