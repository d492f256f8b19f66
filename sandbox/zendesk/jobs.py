"""Background jobs (developer.zendesk.com, Job statuses).

A job is carried out when it is submitted; what it shows passes from ``queued`` over ``working`` to ``completed`` with each
look, or with time. ``completed`` does not mean that every row worked: each row of ``results`` tells its own fate.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..limits import Quota
from ..vendor import Call, RefusedError, Routes, reply
from . import paging
from .errors import missing, not_found
from .records import Job, Json

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

MOST_IN_FLIGHT = 30
TAKES = 20
"""Seconds after which a job has completed, looked at or not."""
KEPT = 86_400
LOOKS = 2
"""Looks that a job needs to complete."""


def in_flight(vendor: Zendesk) -> list[Job]:
    """Give the jobs that are queued or working."""
    now = vendor.now()
    return [job for job in vendor.state.jobs.values() if job.completed is None and job.created + TAKES > now]


def admit(vendor: Zendesk, call: Call) -> None:
    """Check that another job may be submitted, and tell how many more.

    Raises:
        RefusedError: 429, thirty jobs are in flight and the limits are real.
    """
    running = in_flight(vendor)
    left = max(0, MOST_IN_FLIGHT - len(running) - 1)
    quota = Quota(MOST_IN_FLIGHT, left, 60, len(running) >= MOST_IN_FLIGHT)
    call.headers["zendesk-ratelimit-inflight-jobs"] = (
        f"total={quota.total}; remaining={quota.remaining}; resets={quota.reset}"
    )
    if quota.exceeded and vendor.limits.mode == "real":
        words = "Too many jobs are currently queued or running. Try again later."
        body = {"error": "TooManyJobs", "description": words, "current_job_ids": [job.id for job in running]}
        raise RefusedError(reply(body, 429, {"Retry-After": str(TAKES)}))


def submit(vendor: Zendesk, kind: str, verb: str, total: int, results: Any) -> Json:
    """Keep a job that was carried out, and give it as it is shown at first: queued."""
    digest = hashlib.sha256(f"job:{vendor.state.next_id()}".encode()).hexdigest()[:32]
    job = Job(f"V3-{digest}", kind, total, vendor.now(), verb, results)
    vendor.state.jobs[job.id] = job
    return body(vendor, job)


def look(vendor: Zendesk, job: Job) -> Json:
    """Give a job as it is shown at the next look."""
    job.polls += 1
    now = vendor.now()
    if job.completed is None and (job.polls >= LOOKS or job.created + TAKES <= now):
        job.completed = now
    return body(vendor, job)


def body(vendor: Zendesk, job: Job) -> Json:
    """Give a job as JSON."""
    progress: int | None = None
    status, message = "queued", None
    if job.completed is not None:
        progress, status = job.total, "completed"
        message = f"Completed at {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(job.completed))} +0000"
    elif job.polls:
        progress, status = (job.total + 1) // 2, "working"
        message = f"{job.verb} #{progress}"
    return {
        "id": job.id,
        "job_type": job.type,
        "url": f"{vendor.base_url}/api/v2/job_statuses/{job.id}.json",
        "total": job.total,
        "progress": progress,
        "status": status,
        "message": message,
        "results": job.results if job.completed is not None else None,
    }


def _find(vendor: Zendesk, job_id: str) -> Job:
    job = vendor.state.jobs.get(job_id)
    if job is None or job.created + KEPT < vendor.now():
        raise not_found()
    return job


@routes.get("/api/v2/job_statuses/<job_id>")
def show_job(vendor: Zendesk, call: Call, job_id: str) -> Response:
    """Show a job."""
    return reply({"job_status": look(vendor, _find(vendor, job_id))})


@routes.get("/api/v2/job_statuses/show_many")
def show_many_jobs(vendor: Zendesk, call: Call) -> Response:
    """Show jobs by id; the unknown are left out."""
    named = call.request.args.get("ids")
    if not named:
        raise missing("ids")
    jobs = [vendor.state.jobs[number] for number in named.split(",") if number in vendor.state.jobs]
    return reply({"job_statuses": [look(vendor, job) for job in jobs]})


@routes.get("/api/v2/job_statuses")
def list_jobs(vendor: Zendesk, call: Call) -> Response:
    """List the jobs of the last day, newest first."""
    rows = [job for job in vendor.state.jobs.values() if job.created + KEPT >= vendor.now()]
    places = {job.id: place for place, job in enumerate(reversed(rows))}
    cut, envelope = paging.page(vendor, call, rows[::-1], lambda job: (places[job.id],), order="created_at")
    return reply({"job_statuses": [body(vendor, job) for job in cut], **envelope})
