"""To which addresses events are sent: what the ledger allows, held against what we connect to.

A name is resolved once for a connection, and the address is checked where its socket is made: so
whatever a resolver says, however an address is written, and whether it stands in the URL itself,
nothing is connected to that was not checked.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Network = IPv4Network | IPv6Network
AddressInfo = tuple[Any, ...]  # as getaddrinfo has it: family, kind, protocol, name, address


class NotAllowedError(OSError):
    """Nothing may be sent there; the message says why."""


@dataclass(frozen=True)
class Rules:
    """What bank.webhook_rules says."""

    http: bool
    allowed: tuple[Network, ...]
    refused: tuple[Network, ...]

    @classmethod
    def told(cls, told: dict[str, Any]) -> Rules:
        """As the function answers."""
        allowed, refused = (tuple(map(ip_network, told[name])) for name in ("allowed", "refused"))
        return cls(told["http"], allowed, refused)

    def require_scheme(self, scheme: str) -> None:
        """Refuse http where that will not do: the ledger may have allowed it once."""
        if scheme != "https" and not self.http:
            raise NotAllowedError("http is not allowed: the owner may set webhook_http")

    def require(self, address: str) -> None:
        """Refuse an address that is neither public nor allowed."""
        found = ip_address(address.partition("%")[0])
        if any(found in network for network in self.allowed):
            return
        if any(found in network for network in self.refused):
            raise NotAllowedError(f"{found} is not public: the owner may set webhook_networks")

    def connect(self, info: AddressInfo) -> socket.socket:
        """The socket for an address, which is then connected to it and to no other."""
        family, kind, protocol, _, place = info
        self.require(place[0])
        return socket.socket(family, kind, protocol)


NOTHING = Rules(http=False, allowed=(), refused=(ip_network("0.0.0.0/0"), ip_network("::/0")))


class Resolver(AbstractResolver):
    """Looks names up in threads that nobody waits for: one that hangs keeps no worker from ending.

    aiohttp asks once for all that wait for the same name.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of a name."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[AddressInfo]] = loop.create_future()

        def tell(found: list[AddressInfo] | None, problem: Exception | None) -> None:
            if answer.cancelled():
                return
            if problem:
                answer.set_exception(problem)
            else:
                answer.set_result(found or [])

        def look_up() -> None:
            found, problem = None, None
            try:
                found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                problem = OSError(f"there is no address of {host}")
            with contextlib.suppress(RuntimeError):  # nobody is there any more
                loop.call_soon_threadsafe(tell, found, problem)

        threading.Thread(target=look_up, daemon=True).start()
        return [
            ResolveResult(
                hostname=host,
                host=str(place[0]),
                port=int(place[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, place in await answer
        ]

    async def close(self) -> None:
        """There is nothing to close."""
