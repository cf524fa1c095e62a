"""The switches of the ablation, which takes minutes: that each of them finds what it switches off shows at once."""

from __future__ import annotations

import pytest

from tests.ablation.mechanisms import MECHANISMS


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_mechanism_can_be_switched_off(mechanism: str) -> None:
    with MECHANISMS[mechanism]():
        pass
