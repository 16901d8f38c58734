"""A small GraphQL client of the webserver: launch a month, wait for it."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } ... on PipelineNotFoundError { message } } }"""
STATUS = "query($i: ID!) { runOrError(runId: $i) { ... on Run { status } } }"
REPOSITORIES = """query { workspaceOrError { ... on Workspace { locationEntries { name loadStatus
  locationOrLoadError { __typename ... on PythonError { message }
  ... on RepositoryLocation { repositories { name } } } } } } }"""
START_SCHEDULE = """mutation($s: ScheduleSelector!) { startSchedule(scheduleSelector: $s) { __typename
  ... on ScheduleStateResult { scheduleState { status } } ... on PythonError { message } } }"""
RUNS = """query { runsOrError { ... on Runs { results { runId status rootRunId parentRunId startTime endTime
  tags { key value } } } } }"""
TICKS = """query($s: ScheduleSelector!) { scheduleOrError(scheduleSelector: $s) { ... on Schedule {
  scheduleState { ticks { timestamp status runIds skipReason } } } } }"""
BACKFILL = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) { __typename
  ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
FAILURES = """query($i: ID!) { logsForRun(runId: $i) { ... on EventConnection { events { __typename
  ... on ExecutionStepFailureEvent { stepKey error { message causes { message } } } } } } }"""
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def asked(address: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = urllib.request.Request(f"{address}/graphql", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        told = json.load(answer)
    assert "errors" not in told, told
    return dict(told["data"])


def wait_for_location(address: str, location: str, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        entries = asked(address, REPOSITORIES)["workspaceOrError"]["locationEntries"]
        loaded = [entry for entry in entries if entry["name"] == location and entry["loadStatus"] == "LOADED"]
        if loaded:
            assert loaded[0]["locationOrLoadError"]["__typename"] == "RepositoryLocation", loaded
            return
        time.sleep(0.5)
    raise AssertionError(f"{location} is not loaded")


def launch(address: str, location: str, job: str, partition: str, config: dict[str, Any]) -> str:
    params = {
        "selector": {"repositoryLocationName": location, "repositoryName": "__repository__", "jobName": job},
        "mode": "default", "runConfigData": config,
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
    }
    told = asked(address, LAUNCH, {"p": params})["launchRun"]
    assert told["__typename"] == "LaunchRunSuccess", told
    return str(told["run"]["runId"])


def start_schedule(address: str, schedule: dict[str, str]) -> None:
    told = asked(address, START_SCHEDULE, {"s": schedule})["startSchedule"]
    assert told["__typename"] == "ScheduleStateResult", told
    assert told["scheduleState"]["status"] == "RUNNING"


def runs(address: str) -> list[dict[str, Any]]:
    """Every run, the oldest first, tags as a dict."""
    found = asked(address, RUNS)["runsOrError"]["results"]
    return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in reversed(found)]


def ticks(address: str, schedule: dict[str, str]) -> list[dict[str, Any]]:
    """Every tick, the oldest first."""
    told = asked(address, TICKS, {"s": schedule})["scheduleOrError"]["scheduleState"]["ticks"]
    return sorted(told, key=lambda tick: float(tick["timestamp"]))


def wait_for_run(address: str, run_id: str, seconds: float = 900) -> str:
    deadline = time.monotonic() + seconds
    status = ""
    while time.monotonic() < deadline:
        status = asked(address, STATUS, {"i": run_id})["runOrError"].get("status", "")
        if status in ENDED:
            return status
        time.sleep(0.5)
    raise AssertionError(f"run {run_id} is still {status}")


def launch_range(address: str, location: str, job: str, months: list[str]) -> str:
    """A backfill as the dialog of several partitions starts it; its id."""
    selector = {"repositoryLocationName": location, "repositoryName": "__repository__"}
    params = {"selector": {"partitionSetName": f"{job}_partition_set", "repositorySelector": selector},
              "partitionNames": months}
    told = asked(address, BACKFILL, {"p": params})["launchPartitionBackfill"]
    assert told["__typename"] == "LaunchBackfillSuccess", told
    return str(told["backfillId"])


def failures_of(address: str, run_id: str) -> list[str]:
    """What the failed steps of a run say, in order."""
    events = asked(address, FAILURES, {"i": run_id})["logsForRun"]["events"]
    errors = [event["error"] for event in events if event.get("error")]
    return [text["message"] for error in errors for text in (*error["causes"], error)]
