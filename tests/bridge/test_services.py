"""Parts of the engine: made when they are asked for, once, and closed with it."""

from __future__ import annotations

import threading

from threadx.bridge.services import Service, Services


class Thing:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Shop(Services):
    """Services that count."""

    slow = Service(lambda owner: owner.build())
    on_top = Service(lambda owner: (owner.slow, "more"))

    def __init__(self, settings) -> None:
        super().__init__(settings)
        self.built: list[Thing] = []
        self.gate = threading.Event()

    def build(self) -> Thing:
        self.gate.wait(60)
        self.built.append(Thing())
        return self.built[-1]


def test_a_part_is_made_once_whichever_threads_ask(settings):
    shop, got = Shop(settings), []
    threads = [threading.Thread(target=lambda: got.append(shop.slow)) for _ in range(8)]
    for thread in threads:
        thread.start()
    shop.gate.set()
    for thread in threads:
        thread.join()

    assert len(shop.built) == 1
    assert got == shop.built * 8


def test_a_part_may_rest_on_another(settings):
    shop = Shop(settings)
    shop.gate.set()

    assert shop.on_top == (shop.slow, "more")


def test_nothing_is_made_before_it_is_asked_for_and_all_of_it_is_closed(settings):
    shop = Shop(settings)
    assert (shop.made, shop.opened_source) == ({}, None)
    shop.close()
    shop.gate.set()
    thing = shop.slow
    shop.close()

    assert thing.closed


def test_a_source_that_is_asked_for_after_the_end_is_closed_at_once(settings):
    shop = Shop(settings.with_source("http://127.0.0.1:1", "demo"))
    shop.close()
    source = shop.source

    assert shop.opened_source is source
    shop.close()


def test_the_class_itself_gives_the_service():
    assert isinstance(Shop.slow, Service)
