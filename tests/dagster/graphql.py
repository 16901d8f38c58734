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
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def asked(address: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = urllib.request.Request(f"{address}/graphql", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    assert "errors" not in told, told
    return dict(told["data"])


def wait_for_location(address: str, location: str, seconds: float = 120) -> None:
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


def wait_for_run(address: str, run_id: str, seconds: float = 180) -> str:
    deadline = time.monotonic() + seconds
    status = ""
    while time.monotonic() < deadline:
        status = asked(address, STATUS, {"i": run_id})["runOrError"].get("status", "")
        if status in ENDED:
            return status
        time.sleep(0.5)
    raise AssertionError(f"run {run_id} is still {status}")
