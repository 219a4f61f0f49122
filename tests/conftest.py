"""What all tests share: nobody's own state folder is written to."""

import pytest
from hypothesis import settings


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
