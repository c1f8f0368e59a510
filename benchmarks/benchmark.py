"""One benchmark: a fresh local API with finished signals, a contender in its own process, its cost, and the proof."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.command_cost import Cost, measure
from benchmarks.contender import LISTING, PAGE_ROWS
from benchmarks.equality import differences, write_expected
from benchmarks.local_api import LocalApi, local_api
from benchmarks.questions import QUESTIONS, write_questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
DOMAINS_PER_BATCH = 20_000 // len(QUESTIONS)
DUCKDB_FLOORS = ("duckdb_plain", "duckdb_fastest")
BOUGHT_BY_A_RUN = ("ours", "dagster", "earlier")
DAGSTER = [str(Path(sys.executable).with_name("dagster")), "asset", "materialize", "-m", "saber_pipeline.definitions"]


@dataclass(frozen=True)
class Finish:
    """One contender's result. ``reported`` is what the contender said of itself."""

    contender: str
    signals: int
    latency_milliseconds: float
    cost: Cost
    requests: int
    reported: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """As it is kept in the results."""
        return asdict(self)


class WrongValuesError(Exception):
    """A contender left something else in its database than the API said."""


class Benchmark:
    """Runs contenders over ``signals`` signals in ``folder``. ``earlier`` is the code of the contender of that name."""

    def __init__(self, folder: Path, signals: int, earlier: Path | None = None) -> None:
        self.signals = signals
        self._earlier = earlier
        self._folder = folder
        self._domains = [f"company{number:07d}.com" for number in range(signals // len(QUESTIONS))]
        self._lines: Path | None = None
        self._expected: Path | None = None

    def run(self, contender: str, *, latency_milliseconds: float = 0, checked: bool = True) -> Finish:
        """Let ``contender`` collect. Raises WrongValuesError where its tables are not what the API said."""
        with self._start(contender, latency_milliseconds) as (api, place):
            if contender in DUCKDB_FLOORS:
                (place / "lines.ndjson").symlink_to(self.lines())
            if contender == "earlier":  # its own benchmarks time a run in the same way
                command = [sys.executable, "-m", "benchmarks.one_run", api.base_url]
                command += [str(place / "data"), "bench", str(place / "out.json")]
            else:
                command = [sys.executable, "-m", "benchmarks.contender", contender, api.base_url, str(place)]
            finish = self._measure(contender, command, api, place, latency_milliseconds)
            if checked and contender == "earlier":
                self._check(contender, place / "data" / "answers.duckdb")
            elif checked and contender != "http_alone":  # which keeps nothing
                self._check(contender, place / "out.duckdb")
            return finish

    def materialize(self, *, latency_milliseconds: float = 0) -> Finish:
        """The same as ``ours`` as a user does it: Dagster's command, its start included."""
        with self._start("dagster", latency_milliseconds) as (api, place):
            environment = dagster_environment(api.base_url, place)
            measure([*DAGSTER, "--select", "domain_lists"], cwd=ROOT, environment=environment, log=place / "lists.log")
            command = [*DAGSTER, "--select", "group:answers", "--partition", "bench"]
            finish = self._measure("dagster", command, api, place, latency_milliseconds, environment)
            self._check("dagster", place / "data" / "answers.duckdb")
            return finish

    def lines(self) -> Path:
        """All signals as the API says them, one a line, for the floor and the check."""
        if self._lines is None:
            self._lines = self._folder / "lines.ndjson"
            with local_api(self._folder) as api, self._lines.open("wb") as file:
                self._buy(api)
                connection = http.client.HTTPConnection(api.base_url.removeprefix("http://"), timeout=60)
                for offset in range(0, self.signals, PAGE_ROWS):
                    connection.request("GET", f"{LISTING}?status=completed&limit={PAGE_ROWS}&offset={offset}")
                    for signal in json.load(connection.getresponse())["results"]:
                        file.write(json.dumps(signal, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                connection.close()
        return self._lines

    @contextmanager
    def _start(self, contender: str, latency_milliseconds: float) -> Iterator[tuple[LocalApi, Path]]:
        place = self._folder / contender
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with local_api(place) as api:
            if contender in BOUGHT_BY_A_RUN:
                self._buy_by_a_run(api, place, self._earlier if contender == "earlier" else None)
            else:
                self._buy(api)
            api.finish()
            api.set_latency(latency_milliseconds)
            api.forget_counts()
            yield api, place
        shutil.rmtree(place, ignore_errors=True)

    def _buy(self, api: LocalApi) -> None:
        for start in range(0, len(self._domains), DOMAINS_PER_BATCH):
            items = [
                {"question": q.text, "answerType": q.answer_type.value, "outputSchema": q.output_schema}
                for q in QUESTIONS
            ]
            api.buy({"signals": items, "domains": self._domains[start : start + DOMAINS_PER_BATCH], "async": True})
        api.finish()

    def _buy_by_a_run(self, api: LocalApi, place: Path, code: Path | None) -> None:
        project = Project(api, place, code or ROOT)
        project.write_list("bench", self._domains)
        project.run("bench", "buy")

    def _measure(
        self,
        contender: str,
        command: list[str],
        api: LocalApi,
        place: Path,
        latency_milliseconds: float,
        environment: dict[str, str] | None = None,
    ) -> Finish:
        code = self._earlier if contender == "earlier" and self._earlier else ROOT
        cost = measure(command, cwd=code, environment=environment or {}, log=place / "contender.log")
        report_file = place / "out.json"
        reported = json.loads(report_file.read_text()) if report_file.exists() else {}
        if contender == "earlier":
            reported |= {"seconds_inside": reported["run_seconds"], "cpu_seconds_inside": reported["run_cpu_seconds"]}
        return Finish(contender, self.signals, latency_milliseconds, cost, api.requests(), reported)

    def _check(self, contender: str, database: Path) -> None:
        if self._expected is None:
            self._expected = self._folder / "expected.ndjson"
            write_expected(self.lines(), self._expected)
        wrong = differences(database, self._expected, values="dlt_plain" if contender == "dlt_plain" else "warehouse")
        if wrong:
            first_and_last = f"{wrong[0]} … {wrong[-1]}"
            raise WrongValuesError(f"{contender}: {len(wrong)} lines differ from what the API said: {first_and_last}")


class Project:
    """A data directory of this project at a local API, and runs over it in processes of their own, by ``code``."""

    def __init__(self, api: LocalApi, place: Path, code: Path = ROOT) -> None:
        self.data_dir = place / "data"
        self._code = code
        self._api = api
        self._place = place
        (self.data_dir / "domain_lists").mkdir(parents=True)
        write_questions(self.data_dir / "questions.yaml")

    def write_list(self, name: str, domains: Iterable[str]) -> None:
        """Put a list into the data directory."""
        (self.data_dir / "domain_lists" / f"{name}.csv").write_text("\n".join(["domain", *domains]))

    def run(self, list_name: str, *flags: str) -> tuple[Cost, dict[str, Any]]:
        """One run of all questions; ``buy`` buys and does not wait."""
        out = self._place / "run.json"
        command = [
            sys.executable,
            "-m",
            "benchmarks.one_run",
            self._api.base_url,
            str(self.data_dir),
            list_name,
            str(out),
        ]
        cost = measure([*command, *flags], cwd=self._code, environment={}, log=self._place / "run.log")
        return cost, json.loads(out.read_text())

    def materialize(self, *selection: str) -> Cost:
        """Dagster's command over the data directory."""
        environment = dagster_environment(self._api.base_url, self._place)
        return measure([*DAGSTER, *selection], cwd=ROOT, environment=environment, log=self._place / "dagster.log")


def dagster_environment(base_url: str, place: Path) -> dict[str, str]:
    """Settings for Dagster's command over ``place/data``, with an instance of its own."""
    home = place / "dagster"
    home.mkdir(exist_ok=True)
    shutil.copy(ROOT / "dagster.yaml", home / "dagster.yaml")
    text = (home / "dagster.yaml").read_text().replace("base_dir: .dagster", f"base_dir: {home}/.dagster")
    (home / "dagster.yaml").write_text(text)
    return {
        "SABER_API_KEY": "sk_sandbox_bench",
        "SABER_BASE_URL": base_url,
        "SABER_DATA_DIR": str(place / "data"),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
