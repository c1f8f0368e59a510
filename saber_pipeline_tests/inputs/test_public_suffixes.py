"""The look-up of public suffixes gives what the package it takes the list from would."""

from __future__ import annotations

from publicsuffixlist import PublicSuffixList

from saber_pipeline.inputs.public_suffixes import _rules, public_suffix


def test_agrees_with_the_package() -> None:
    """At, above, below and beside every rule of the list, both find the same suffix."""
    package = PublicSuffixList(only_icann=True, accept_unknown=False)
    rules = _rules()
    names = rules.exact | rules.wild | rules.exceptions
    hosts = {near for name in names for near in (name, f"a.{name}", f"b.a.{name}", f"a{name}", f"{name}.zz")}
    hosts |= {name.partition(".")[2] for name in names}
    assert len(hosts) > 10_000
    assert [host for host in hosts if public_suffix(host) != package.publicsuffix(host)] == []
