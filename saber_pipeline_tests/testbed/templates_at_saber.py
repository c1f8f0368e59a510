"""Templates as their owner makes and changes them at Saber."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.world import World

TEMPLATES = "/v1/companies/signals/templates"


def send(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request of the owner's at the sandbox; the reply's object, empty without one."""
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as http:
        reply = http.request(method, path, json=body, headers={"Authorization": f"Bearer {world.key}"})
        reply.raise_for_status()
        found: dict[str, Any] = reply.json() if reply.content else {}
        return found
