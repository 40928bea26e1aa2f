"""How long a job takes that rings the bell when it ends."""

import math
from typing import Self

from ossh import units

OFF = "off"


class Bell(float):
    """Seconds, read from a duration such as "1m", or from "off", and shown as that."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        is_off = text.lower() in {OFF, "false", "no"}
        return super().__new__(cls, math.inf if is_off else units.parse_duration(text))

    def __repr__(self) -> str:
        return OFF if math.isinf(self) else units.exact_duration(float(self))

    __str__ = __repr__
