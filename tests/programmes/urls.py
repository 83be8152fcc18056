"""All URLs of the portal, found by walking the urlconf and the API, with what is said beside each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from tests.programmes import running
from tests.programmes.samples import SAMPLES

running.start()

from django.urls import URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

from sanad.interfaces.api import api
from sanad.people.access import Access, access_of

if TYPE_CHECKING:
    from sanad.people.models import Person

Places = tuple[tuple[str, object], ...]
OF_THE_API = {"api:openapi-json", "api:api-root"}
"""Made by the API's framework: the description of the API, for everybody."""


@dataclass(frozen=True)
class Url:
    """One URL of the urlconf."""

    name: str
    access: Access | None
    places: tuple[tuple[str, object], ...]
    """Names of the objects in it, and something of their type."""

    def address(self, cast: "Mapping[str, Person | None]") -> str:
        sample = SAMPLES.get(self.name)
        if sample is not None:
            return reverse(self.name, kwargs=sample(cast))
        return reverse(self.name, kwargs=dict(self.places))


def pages() -> list[Url]:
    """Every URL but those of the API."""
    return [each for each in _walk(get_resolver(), "") if not each.name.startswith("api:")]


def _walk(resolver: URLResolver, namespace: str, above: Places = ()) -> Iterator[Url]:
    for each in resolver.url_patterns:
        places = above + _places(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each, f"{namespace}{each.namespace}:" if each.namespace else namespace, places)
        else:
            yield Url(f"{namespace}{each.name}", access_of(each.callback), places)


def _places(pattern: RoutePattern | RegexPattern | LocalePrefixPattern) -> Places:
    found: list[tuple[str, object]] = []
    for name in pattern.regex.groupindex:
        converter = pattern.converters.get(name)
        is_uuid = isinstance(converter, UUIDConverter)
        found.append((name, UUID(int=0) if is_uuid else 1 if isinstance(converter, IntConverter) else "x"))
    return tuple(found)


@dataclass(frozen=True)
class Operation:
    """One operation of the API."""

    method: str
    address: str
    access: Access | None


def operations() -> list[Operation]:
    """Every operation of the API; what stands for an object in its path is 1, or a UUID of zeros."""
    found = []
    document = api.get_openapi_schema()
    views = {}
    for router_prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    views[method.lower(), _joined(router_prefix, path)] = access_of(operation.view_func)
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            address = path
            for parameter in described.get("parameters", ()):
                if parameter["in"] == "path":
                    is_uuid = parameter["schema"].get("format") == "uuid"
                    address = address.replace("{" + parameter["name"] + "}", str(UUID(int=0)) if is_uuid else "1")
            found.append(Operation(method, address, views.get((method, path.removeprefix("/api/v1")))))
    return found


def _joined(prefix: str, path: str) -> str:
    return "/" + "/".join(part.strip("/") for part in (prefix, path) if part.strip("/"))
