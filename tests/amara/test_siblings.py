"""The processes of one port tell their figures together, and none waits for one that is gone."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from amara import siblings
from amara.metrics import Metrics
from amara.siblings import Siblings


def figures(*costs: str) -> Metrics:
    metrics = Metrics()
    for cost in costs:
        metrics.called(outcome="end_turn", seconds=1, fresh=60, output=5, read=40, written=0, cost=Decimal(cost))
    return metrics


@contextlib.asynccontextmanager
async def listening(folder, *all_figures):
    async with contextlib.AsyncExitStack() as stack:
        made = [Siblings(folder, place, its.text) for place, its in enumerate(all_figures)]
        for one in made:
            await one.start()
            stack.push_async_callback(one.stop)
        yield made


def read(text: bytes) -> dict[str, dict[str, float]]:
    """Of every family without labels of its own: each process' value; a reader of others' finds no family twice."""
    families = list(text_string_to_metric_families(text.decode()))
    assert len({family.name for family in families}) == len(families)
    return {
        family.name: {sample.labels["process"]: sample.value for sample in family.samples if len(sample.labels) == 1}
        for family in families
    }


async def test_whoever_is_asked_tells_the_figures_of_all(tmp_path):
    async with listening(tmp_path, figures("0.5"), figures("1", "2"), figures()) as made:
        for one in made:
            told = read(await one.all())
            assert told["amara_model_cost_usd"] == {"1": 0.5, "2": 3.0, "3": 0.0}


async def test_one_that_is_gone_or_says_nothing_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(siblings, "ANSWER_S", 0.1)

    async def silent(reader, writer):
        await reader.read()  # until the other side has had enough
        writer.close()

    (tmp_path / "7").touch()  # left by one that was killed
    deaf = await asyncio.start_unix_server(silent, tmp_path / "8")
    async with listening(tmp_path, figures("0.5"), figures("1")) as (one, other):
        assert set(read(await one.all())["amara_model_cost_usd"]) == {"1", "2"}
        await other.stop()
        assert set(read(await one.all())["amara_model_cost_usd"]) == {"1"}
        again = Siblings(tmp_path, 7, figures("4").text)
        await again.start()  # where the other one was killed
        assert read(await one.all())["amara_model_cost_usd"] == {"1": 0.5, "8": 4.0}
        await again.stop()
    deaf.close()
    await deaf.wait_closed()


def test_labels_of_a_sample_stay_beside_the_process():
    text = b'# HELP a_total what\n# TYPE a_total counter\na_total{end="it, {so}"} 1.0\n'
    assert siblings.together({0: text, 3: text}) == (
        "# HELP a_total what\n# TYPE a_total counter\n"
        'a_total{process="1",end="it, {so}"} 1.0\na_total{process="4",end="it, {so}"} 1.0\n'
    )
