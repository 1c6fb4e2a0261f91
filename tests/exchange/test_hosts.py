"""Hosts: the first is asked until it refuses or cannot be reached; refusals pass over to the next."""

from __future__ import annotations

import pytest

from tests.exchange.fakes import HandClock
from threadx.errors import RestrictedLocationError
from threadx.exchange.hosts import Hosts, family_of

A, B, C = "https://a.example", "https://b.example", "https://c.example"


def test_the_choice_is_sticky():
    hosts = Hosts([A, B])
    assert [hosts.current() for _ in range(3)] == [A, A, A]
    hosts.refuse(A, 451)
    assert [hosts.current() for _ in range(3)] == [B, B, B]
    assert hosts.chosen == B


def test_a_restricted_host_is_never_asked_again_and_a_firewall_after_five_minutes():
    hand = HandClock()
    hosts = Hosts([A, B], hand.clock)
    hosts.refuse(A, 451)
    hosts.refuse(B, 403)
    with pytest.raises(RestrictedLocationError) as caught:
        hosts.current()
    assert "5 minutes" in caught.value.hint
    hand.advance(301)
    assert hosts.current() == B


def test_when_all_hosts_are_restricted_no_time_is_promised():
    hosts = Hosts([A, B])
    hosts.refuse(A, 451)
    hosts.refuse(B, 451)
    with pytest.raises(RestrictedLocationError) as caught:
        hosts.current()
    assert "minutes" not in caught.value.hint
    assert "vpn" not in f"{caught.value} {caught.value.hint}".lower()


def test_a_host_out_of_reach_passes_the_turn_and_keeps_its_place():
    hosts = Hosts([A, B, C])
    hosts.pass_over(A)
    hosts.pass_over(A)  # a second worker's failure of the same host moves nothing
    assert hosts.current() == B
    hosts.pass_over(B)
    hosts.pass_over(C)
    assert hosts.current() == A


def test_the_only_host_stays_the_choice():
    hosts = Hosts([A])
    hosts.pass_over(A)
    assert hosts.current() == A


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("https://api.binance.com", "binance"),
        ("https://data-api.binance.vision", "binance"),
        ("https://api4.binance.com:443", "binance"),
        ("http://127.0.0.1:8765", "127.0.0.1:8765"),
        ("https://binance.example.org", "binance.example.org"),
    ],
)
def test_hosts_of_one_exchange_share_a_budget(url, family):
    assert family_of(url) == family
