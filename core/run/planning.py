"""Plans that people approve: made, shown, saved, and applied later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..config.config import Config
from ..errors import ConfigError
from ..model import format_time
from ..sync.engine import RunOptions
from ..sync.plan import BondPlan, load_plan, save_plan
from .assemble import PLAIN, Surroundings, open_engine
from .cycles import count_calls, log_result
from .exits import exit_of
from .guard import require_proof
from .logs import bound

_PLAN = TypeAdapter(BondPlan)


def make_plan(
    config: Config, link: str, path: Path | None, options: RunOptions, around: Surroundings = PLAIN
) -> dict[str, Any]:
    """Plan a run of a link, save it where a path is given, and give it as JSON values. Nothing is written at any vendor.

    Raises:
        ConfigError: the link does not exist, or the file cannot be written.
        IsthmusError: a member does not let us in, or another process works on the link.
    """
    with bound(link=link), open_engine(config, config.link(link), around=around) as engine:
        result = engine.plan(options)
        calls = count_calls(engine)
    header = {"link": link, "run": result.run, "made_at": format_time(around.clock())}
    if path is not None:
        try:
            save_plan(path, header, result.plans)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    return {
        **header,
        **result.report(),
        "file": str(path) if path else None,
        "plans": [_PLAN.dump_python(plan, mode="json") for plan in result.plans],
        "calls": calls,
        "exit": int(exit_of(result.outcome)),
    }


def apply_plan(config: Config, path: Path, options: RunOptions, around: Surroundings = PLAIN) -> dict[str, Any]:
    """Apply a saved plan, and give what became of it as JSON values. Incidents that changed since are left alone.

    The whole file is read before anything is written.

    Raises:
        ConfigError: the file is no plan, or its link does not exist.
        IsthmusError: a member does not let us in, or the run stops.
    """
    header, found = load_plan(path)
    plans = list(found)
    link = str(header.get("link"))
    with bound(link=link), open_engine(config, config.link(link), around=around) as engine:
        require_proof(engine.sides, options.lifted)
        result = engine.apply_plan(plans, options)
        log_result(result)
        return {"link": link, **result.report(), "calls": count_calls(engine), "exit": int(exit_of(result.outcome))}
