"""Templates, summaries, company lists, contact research and contact search."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.sandbox.conftest import SIGNALS

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox

TEMPLATES = f"{SIGNALS}/templates"
SUMMARIES = f"{SIGNALS}/summaries"


def test_template_lives_and_dies(start: StartSandbox) -> None:
    """A template can be made, read, listed, changed into a new version, and deleted."""
    api = start()
    made = api.http.post(TEMPLATES, json={"name": "CRM", "question": "Which CRM?"}).json()
    assert (made["version"], made["answerType"], made["deletedAt"]) == (1, "open_text", None)
    changed = api.http.patch(f"{TEMPLATES}/{made['id']}", json={"question": "Which CRM is used?"}).json()
    assert (changed["id"], changed["version"], changed["name"]) == (made["id"], 2, "CRM")
    assert api.http.get(f"{TEMPLATES}/{made['id']}").json() == changed
    listed = api.http.get(TEMPLATES).json()
    assert (listed["items"], listed["total"], listed["hasMore"]) == ([changed], 1, False)
    assert api.create("a.com", signalTemplateId=made["id"]).status_code == 201
    assert api.http.delete(f"{TEMPLATES}/{made['id']}").status_code == 204
    assert api.http.get(f"{TEMPLATES}/{made['id']}").status_code == 404
    assert api.http.get(TEMPLATES).json()["total"] == 0
    assert api.create("b.com", signalTemplateId=made["id"]).status_code == 422


def test_summary_of_completed_signals(start: StartSandbox) -> None:
    """A summary needs completed signals (204 without); while one runs another is a 409; then it is listed."""
    api = start(summary_seconds=5)
    body = {"domain": "a.com"}
    assert api.http.post(SUMMARIES, json=body).status_code == 204
    api.create("a.com")
    api.running.advance(10)
    first: list[int] = []
    waiting = threading.Thread(target=lambda: first.append(api.http.post(SUMMARIES, json=body).status_code))
    waiting.start()
    give_up = time.monotonic() + 90
    while api.http.get(SUMMARIES, params=body).json()["total"] == 0 and time.monotonic() < give_up:
        pass
    assert api.http.post(SUMMARIES, json=body).status_code == 409
    api.running.advance(5)
    waiting.join()
    assert first == [200]
    listed = api.http.get(SUMMARIES, params=body).json()
    assert (listed["total"], listed["results"][0]["status"], listed["results"][0]["signalsCount"]) == (
        1,
        "completed",
        1,
    )
    assert listed["results"][0]["summary"][0]["referenceQuestions"] == ["What do they do?"]


def test_batch_makes_its_summary_when_asked(start: StartSandbox) -> None:
    """With generateSummaryOnComplete each domain has a summary, complete after its signals are."""
    api = start()
    api.batch(["a.com", "b.com"], generateSummaryOnComplete=True)
    listed = api.http.get(SUMMARIES, params={"domain": "a.com"}).json()
    assert [summary["status"] for summary in listed["results"]] == ["processing"]
    api.running.advance(11)
    for domain in ("a.com", "b.com"):
        (listed_summary,) = api.http.get(SUMMARIES, params={"domain": domain}).json()["results"]
        assert listed_summary["status"] == "completed"
    assert api.http.get(SUMMARIES).status_code == 400


def test_company_list_pages(start: StartSandbox) -> None:
    """A company list pages through its companies and says whether there are more."""
    api = start()
    made = api.http.post(
        "/_sandbox/company-lists", json={"name": "Mine", "domains": [f"d{i}.com" for i in range(150)]}
    ).json()
    path = f"/v1/companies/lists/{made['id']}/companies"
    first = api.http.get(path, params={"limit": 100}).json()
    rest = api.http.get(path, params={"limit": 100, "offset": 100}).json()
    assert (first["total"], first["hasMore"], rest["hasMore"]) == (150, True, False)
    domains = [company["domain"] for page in (first, rest) for company in page["items"]]
    assert domains == [f"d{i}.com" for i in range(150)]
    assert api.http.get("/v1/companies/lists").json()["items"][0]["companyCount"] == 150
    assert api.http.get("/v1/companies/lists/nothing/companies").status_code == 404


def test_contact_research_is_bought_and_finishes(start: StartSandbox) -> None:
    """Contact research costs a credit, processes, and completes with a profile."""
    api = start(credits=1)
    body = {"firstName": "Jane", "lastName": "Doe", "companyName": "Acme", "companyDomain": "acme.com"}
    made = api.http.post("/v1/contacts/research", json=body).json()
    assert (made["status"], api.credits()) == ("processing", 0)
    assert api.http.post("/v1/contacts/research", json=body).status_code == 402
    api.running.advance(10)
    done = api.http.get(f"/v1/contacts/research/{made['id']}").json()
    assert (done["status"], done["profile"]["currentCompany"]) == ("completed", "Acme")
    lookup = api.http.get("/v1/contacts/research", params={"externalId": made["id"], "externalSource": "sandbox"})
    assert lookup.json() == done
    other = api.http.get("/v1/contacts/research", params={"externalId": "1", "externalSource": "crm"})
    assert other.status_code == 404


def test_research_of_another_system_is_found_by_its_id(start: StartSandbox) -> None:
    """A research that another system made is found by that system's id, costs nothing here, and is no purchase."""
    api = start(credits=0)
    who = {"firstName": "Jane", "lastName": "Doe", "companyName": "Acme", "companyDomain": "acme.com"}
    made = api.http.post("/_sandbox/contact-research", json=who | {"externalId": "7", "externalSource": "crm"}).json()
    found = api.http.get("/v1/contacts/research", params={"externalId": "7", "externalSource": "crm"}).json()
    assert (found["id"], found["companyDomain"], api.credits()) == (made["id"], "acme.com", 0)
    elsewhere = api.http.get("/v1/contacts/research", params={"externalId": "7", "externalSource": "other"})
    assert elsewhere.status_code == 404
    assert api.running.books()["contact_researches_by_person"] == {}


def test_research_without_credits_fails_later_when_told_so(start: StartSandbox) -> None:
    """With fail_later, a research that the balance does not cover is made, charged nothing, and fails for credits."""
    api = start(credits=0, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    who = {"firstName": "Jane", "lastName": "Doe", "companyName": "Acme", "companyDomain": "acme.com"}
    made = api.http.post("/v1/contacts/research", json=who).json()
    api.running.advance(10)
    done = api.http.get(f"/v1/contacts/research/{made['id']}").json()
    assert (done["status"], done["error"]) == ("failed", "Insufficient credits")
    assert api.running.books()["contact_researches_by_person"] == {"jane doe, acme.com": 1}


def test_contact_search(start: StartSandbox) -> None:
    """A search needs a filter, pages without overlap, and is empty where Sales Navigator is not connected."""
    api = start()
    body = {"companyLinkedInUrls": ["https://www.linkedin.com/company/acme"], "jobTitles": ["CFO"], "limit": 3}
    page = api.http.post("/v1/contacts/search", json=body).json()
    assert (len(page["items"]), page["hasMore"], page["salesNavConnected"]) == (3, True, True)
    assert {person["role"] for person in page["items"]} == {"CFO"}
    later = api.http.post("/v1/contacts/search", json=body | {"offset": 3}).json()
    assert later["total"] == page["total"]
    assert later["items"] != page["items"]
    assert api.http.post("/v1/contacts/search", json={"limit": 3}).status_code == 422
    assert api.http.post("/v1/contacts/search", json={"departments": ["Magic"]}).status_code == 422
    nothing = start(sales_navigator_connected=False).http.post("/v1/contacts/search", json=body).json()
    assert (nothing["items"], nothing["total"], nothing["salesNavConnected"]) == ([], 0, False)


def test_company_list_changes_and_goes(start: StartSandbox) -> None:
    """A list made again under its id is replaced, and one that was dropped is not found."""
    api = start()
    list_id = "6f1c0c0e-2a3b-4c5d-8e9f-000000000002"
    path = f"/v1/companies/lists/{list_id}/companies"
    for domains in (["a.com", "b.com"], ["b.com", "c.com"]):
        assert api.running.new_company_list(name="Mine", domains=domains, id=list_id) == list_id
        assert [company["domain"] for company in api.http.get(path).json()["items"]] == domains
    assert api.http.get("/v1/companies/lists").json()["total"] == 1
    api.running.drop_company_list(list_id)
    assert api.http.get(path).status_code == 404


def test_subscription_under_an_id_of_choice(start: StartSandbox) -> None:
    """A subscription can be given its id and a schema; its log shows each run, and nothing of anybody else."""
    api = start()
    wanted = "6f1c0c0e-2a3b-4c5d-8e9f-000000000001"
    schema = {"type": "object", "properties": {"ceo": {"type": "string"}}}
    body = {"question": "Who?", "domains": ["a.com", "b.com"], "answer_type": "json_schema", "output_schema": schema}
    assert api.running.new_subscription(id=wanted, **body) == wanted
    api.create("a.com")
    api.running.run_subscription(wanted, ["a.com"])
    api.running.advance(10)
    log = api.http.get(f"{SIGNALS}/subscriptions/{wanted}/logs", params={"status": "completed"}).json()
    assert [signal["domain"] for signal in log["results"]] == ["a.com", "b.com", "a.com"]
    assert set(log["results"][0]["answer"]["jsonSchema"]) == {"ceo"}
    assert api.http.get(f"{SIGNALS}/subscriptions/{wanted[:-1]}9/logs").status_code == 404


def test_people_join_and_leave_a_search(start: StartSandbox) -> None:
    """Effects put people before those of each company, take some from its end, and disconnect Sales Navigator."""
    api = start()
    body = {"companyLinkedInUrls": ["https://www.linkedin.com/company/acme"], "limit": 100}

    def found(**effects: object) -> list[str]:
        api.running.set_faults(effects=effects)
        page = api.http.post("/v1/contacts/search", json=body).json()
        return [person["linkedInProfileUrl"] for person in page["items"]]

    usual = found()
    assert found(contacts_joined=2)[2:] == usual
    assert found(contacts_left=3) == usual[:-3]
    assert found(sales_navigator_connected=False) == []
    assert found() == usual
