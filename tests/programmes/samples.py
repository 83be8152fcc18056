"""What stands in a URL when the generated tests open it: for names that need more than "some number".

    "licensing:application": lambda cast: {"application": make_application(cast["maker"]).id},

Without a sample an object is asked for that is not there: whoever may look is told so with 404.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanad.people.models import Person

    Sample = Callable[[Mapping[str, Person | None]], dict[str, object]]

SAMPLES: "dict[str, Sample]" = {}
