"""Fixtures for the tests of several plugins."""

import pytest

from brian2_l2l_plugins.demo import standalone


@pytest.fixture
def compiler():
    try:
        standalone.check_compiler()
    except standalone.StandaloneError as error:
        pytest.skip(str(error))
