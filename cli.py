"""The command line: parse, call one function, show what it gives.

Exit codes stand in ``core.run.exits``; errors become codes in :class:`Entrance`, in one place. Commands import what
they need when they run, so that ``isthmus --help`` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from . import __version__
from .cli_audit import audit
from .cli_emulated import demo, sandbox
from .cli_report import collect, export, report
from .cli_state import FILE, State, lift, parsed, reporting

EXIT_CODES = """\b
Exit codes:
  0  done
  1  internal error, or a ledger that cannot be used
  2  wrong command line, configuration, mapping or secret reference
  3  done in part: conflicts or failures wait for a person
  4  red: an unexplained remainder, or a difference on reading back
  5  a brake stopped the run before its first write
  6  another process works on the link
  7  a vendor is unreachable or refuses
  8  interrupted: the write in hand was finished
"""


class Entrance(click.Group):
    """The group of all commands; turns what ends a command into its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 8
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where every error ends
            return ctx.find_object(State).terminal.fail(error)  # pyright: ignore[reportOptionalMemberAccess]


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        return int(entrance.main(arguments, prog_name="isthmus", standalone_mode=False, obj=State()) or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        click.echo("aborted", err=True)
        return 8


@click.group(cls=Entrance, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", default="isthmus.yaml", envvar="ISTHMUS_CONFIG", type=FILE, show_default=True, show_envvar=True)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="info with --log-json, else warning."
)
@click.option("--log-json", metavar="FILE|-", help="Append logs to FILE as JSON lines; - is standard error.")
@click.version_option(__version__, prog_name="isthmus")
@click.pass_context
def entrance(context: click.Context, config: Path, log_level: str | None, log_json: str | None) -> None:
    """Join ITSM tools: migrate, mirror and prove incidents."""
    from .core.run import logs

    context.ensure_object(State).path = config
    context.with_resource(logs.logging_to(log_level, log_json))


@entrance.command(epilog="Example: isthmus --config isthmus.yaml init")
@click.pass_obj
def init(state: State) -> None:
    """Write a commented configuration to start from."""
    from .core.config.config import write_template

    write_template(state.path)
    state.terminal.say(f"Wrote {state.path}. Fill in your connections, then run: isthmus check")


@entrance.command(epilog="Example: isthmus auth support")
@click.argument("connection")
@click.option("--port", default=8478, show_default=True, help="Port of the redirect URI http://127.0.0.1:PORT/callback.")
@click.option("--browser/--no-browser", default=True, help="Open the page, or only print its address.")
@click.pass_obj
def auth(state: State, connection: str, port: int, browser: bool) -> None:
    """Grant access to CONNECTION in a browser (OAuth code flow), and store the tokens."""
    from .core.net.oauth_flow import grant
    from .core.run.assemble import make_connector

    show = state.terminal.opener(browser=browser)
    with state.working() as work:
        grant(make_connector(state.config, connection, work.around), port=port, show=show, stop=work.stop)
    state.terminal.say(f"{connection} has access. Check it with: isthmus check {connection}")


@entrance.command(epilog="Example: isthmus check support-ops")
@click.argument("name", metavar="[LINK|CONNECTION]", required=False)
@click.option("--quick", is_flag=True, help="Prove mappings on what the tools' metadata tell, without reading incidents.")
@reporting
@click.pass_obj
def check(state: State, name: str | None, quick: bool) -> int:
    """Check credentials, permissions, clocks and limits, and prove the mapping on values really in use."""
    from .core.run import checkup, render

    with state.working() as work:
        report = checkup.check(state.config, name, work.options, work.around, quick=quick)
    state.terminal.show(report, render.check)
    return report["exit"]


@entrance.command(epilog="Example: isthmus connectors --json")
@reporting
@click.pass_obj
def connectors(state: State) -> None:
    """Show what each installed connector can do."""
    from .core import registry
    from .core.run import render

    state.terminal.show(registry.capabilities(), render.connectors)


@entrance.command(epilog="Example: isthmus schema config > isthmus.schema.json")
@click.argument("which", type=click.Choice(["config", "mapping"]), default="config")
@click.pass_obj
def schema(state: State, which: str) -> None:
    """Print the JSON Schema of the configuration or of a mapping, for editors."""
    from .core.config import config

    state.json = True
    state.terminal.show(getattr(config, f"{which}_schema")(), str)


@entrance.command(epilog="Example: isthmus translate --from zendesk tickets.json")
@click.option("--from", "origin", required=True, metavar="CONNECTOR", help="Whose records these are.")
@click.option("--to", "target", metavar="CONNECTOR", help="Print the body that creates the incident there instead.")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.pass_obj
def translate(state: State, origin: str, target: str | None, file: Any) -> int:
    """Print each ticket in FILE, vendor JSON or JSON lines, as a normalized incident: one line of JSON each."""
    from .core.run import translate as translating

    found = translating.translate(file, origin, target)
    return translating.write_lines(found, sys.stdout.buffer, state.terminal.say)


# -- work


@entrance.command(epilog="Example: isthmus plan support-ops -o plan.jsonl")
@click.argument("link")
@click.option("-o", "--output", type=FILE, help="Save the plan, to be applied later.")
@lift
@reporting
@click.pass_obj
def plan(state: State, link: str, output: Path | None, lifted: tuple[str, ...]) -> int:
    """Show what a run of LINK would do; nothing is written at any vendor."""
    from .core.run import planning, render

    with state.working(lifted=lifted) as work:
        report = planning.make_plan(state.config, link, output, work.options, work.around)
    state.terminal.show(report, render.plan)
    return report["exit"]


@entrance.command(epilog="Example: isthmus apply plan.jsonl")
@click.argument("file", type=FILE)
@lift
@reporting
@click.pass_obj
def apply(state: State, file: Path, lifted: tuple[str, ...]) -> int:
    """Apply a saved plan; incidents that changed since it was made are left alone and reported."""
    from .core.run import planning, render

    with state.working(lifted=lifted) as work:
        report = planning.apply_plan(state.config, file, work.options, work.around)
    state.terminal.show(report, render.tally)
    return report["exit"]


@entrance.command(epilog="Example: isthmus sync support-ops --every 60s --json")
@click.argument("link", required=False)
@click.option("--all", "everything", is_flag=True, help="Run every link of the configuration.")
@click.option("--dry-run", is_flag=True, help="Plan only; nothing is written at any vendor.")
@click.option(
    "--every", callback=parsed("length"), metavar="60s", help="Run again and again; --json prints a line for each cycle."
)
@lift
@reporting
@click.pass_obj
def sync(
    state: State, link: str | None, everything: bool, dry_run: bool, every: float | None, lifted: tuple[str, ...]
) -> int:
    """Run LINK: read what changed, decide, write, and close the equation."""
    from .core.run import cycles, render

    if (link is None) != everything:
        raise click.UsageError("name a LINK, or say --all")
    with state.working(lifted=lifted) as work:
        links = list(state.config.links.values()) if link is None else [state.config.link(link)]
        made = cycles.make(state.config, links, work.options, work.around, work.stop, dry=dry_run)
        if every is None:
            report = cycles.gather(made.once())
            state.terminal.show(report, render.cycles)
            return report["exit"]
        for cycle in made.forever(every):
            state.terminal.line(cycle.report(), render.cycle)
    return 0


@entrance.command(epilog="Example: isthmus migrate support ops --yes")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--resume", is_flag=True, help="Go on with an interrupted migration; what failed is tried once more.")
@click.option("--verify", "only_verify", is_flag=True, help="Only read back what was written, and certify.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@lift
@reporting
@click.pass_obj
def migrate(
    state: State, source: str, target: str, resume: bool, only_verify: bool, yes: bool, lifted: tuple[str, ...]
) -> int:
    """Move the incidents of FROM to TO: read, forecast, ask, write, read back, certify."""
    from .core.run import passage, render
    from .core.run.assemble import open_migration

    with state.working(lifted=lifted) as work, open_migration(state.config, source, target, work.around) as made:

        def approve(forecast: Any) -> bool:
            work.pause()
            state.terminal.say(render.forecast(forecast.report()))
            return yes or click.confirm(f"Write this to {target}?", err=True)

        done = (
            passage.verify(made, work.options)
            if only_verify
            else passage.migrate(made, work.options, approve, resume=resume)
        )
    state.terminal.show(done.report(), render.passage)
    return done.exit


# -- what waits for people


@entrance.command(epilog="Example: isthmus status --json")
@reporting
@click.pass_obj
def status(state: State) -> None:
    """Show the last good run of each link, its lag, and what waits for a person."""
    from .core.run import render
    from .core.run import status as standing

    state.ask(lambda ledger: standing.status(state.config, ledger), render.status)


@entrance.group()
def conflicts() -> None:
    """List, show and resolve what two tools disagree about."""


@conflicts.command("list", epilog="Example: isthmus conflicts list --link support-ops")
@click.option("--link", help="Only those of one link.")
@reporting
@click.pass_obj
def list_conflicts(state: State, link: str | None) -> None:
    """List the open conflicts."""
    from .core.run import decisions, render

    state.ask(lambda ledger: [decisions.describe_conflict(each) for each in ledger.conflicts(link)], render.conflicts)


@conflicts.command("show", epilog="Example: isthmus conflicts show 3f2a9c01d4e5")
@click.argument("conflict")
@reporting
@click.pass_obj
def show_conflict(state: State, conflict: str) -> None:
    """Show all values of CONFLICT, who set them and when."""
    from .core.run import decisions, render

    state.ask(lambda ledger: decisions.describe_conflict(decisions.find_conflict(ledger, conflict)), render.conflict)


@conflicts.command("resolve", epilog="Example: isthmus conflicts resolve 3f2a9c01d4e5 --take ops")
@click.argument("conflict")
@click.option("--take", required=True, metavar="MEMBER", help="The member whose value holds.")
@reporting
@click.pass_obj
def resolve_conflict(state: State, conflict: str, take: str) -> None:
    """Choose the value that holds; the next run carries it out."""
    from .core.run import decisions, render

    state.ask(lambda ledger: decisions.describe_conflict(decisions.resolve(ledger, conflict, take)), render.conflict)


@entrance.group()
def failures() -> None:
    """List, retry and discard the incidents in quarantine."""


@failures.command("list", epilog="Example: isthmus failures list --json")
@click.option("--link", help="Only those of one link.")
@reporting
@click.pass_obj
def list_failures(state: State, link: str | None) -> None:
    """List the incidents in quarantine, with the vendor's own words."""
    from .core.run import decisions, render

    state.ask(lambda ledger: decisions.list_failures(ledger, link), render.failures)


def _move(verb: str, state_name: str, words: str) -> None:
    @failures.command(verb, help=words, epilog=f"Example: isthmus failures {verb} 3f2a9c01d4e5")
    @click.argument("ids", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="All that wait.")
    @reporting
    @click.pass_obj
    def move(state: State, ids: tuple[str, ...], everything: bool) -> None:
        from .core.run import decisions, render

        if bool(ids) == everything:
            raise click.UsageError("name some IDS, or say --all")
        state.ask(lambda ledger: decisions.move_failures(ledger, ids, state_name), render.failures)


_move("retry", "retry", "Let the next run try the incidents IDS again.")
_move("discard", "discarded", "Give the incidents IDS up; they are not tried again.")


entrance.add_command(collect)
entrance.add_command(export)
entrance.add_command(report)
entrance.add_command(audit)
entrance.add_command(sandbox)
entrance.add_command(demo)


@entrance.command(epilog='Example: eval "$(isthmus completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(entrance, {}, "isthmus", "_ISTHMUS_COMPLETE").source())
