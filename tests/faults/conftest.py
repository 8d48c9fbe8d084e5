"""Three people in a world that is made up."""

import pytest

from made_up import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ana(world):
    return world.person("ana")


@pytest.fixture
def bo(world):
    return world.person("bo")


@pytest.fixture
def cy(world):
    return world.person("cy")
