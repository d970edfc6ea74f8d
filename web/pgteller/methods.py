"""A method for each function that a route calls; methods.pyi has what they take and answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pgteller.contract import Json
from pgteller.shell.routes import ROUTES, Route

_BY_NAME = {route.name: route for route in ROUTES}


class Methods:
    """A method for each function."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        route = _BY_NAME.get(name)
        if route is None:
            raise AttributeError(f"the bank has no {name}")

        def call(*positional: object, **given: object) -> Json:
            named = dict(zip(route.function.arguments, positional, strict=False))
            if named.keys() & given.keys() or len(positional) > len(named):
                raise TypeError(f"{name}() got an argument twice, or too many")
            arguments = {one: value for one, value in (named | given).items() if value is not None}
            if unknown := arguments.keys() - route.function.arguments.keys():
                raise TypeError(f"{name}() has no argument {', '.join(sorted(unknown))}")
            return self._call(route, arguments)

        call.__name__ = name
        call.__doc__ = f"{route.function.summary} {route.function.description}".strip()
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_BY_NAME})

    def _call(self, route: Route, arguments: Json) -> Json:
        raise NotImplementedError
