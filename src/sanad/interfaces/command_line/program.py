"""The command `sanad`: its commands joined, its arguments read, its errors told."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import sanad
from sanad.interfaces.command_line import (
    accounts,
    bench,
    demo,
    gateways,
    held,
    logs,
    networks,
    node,
    payments,
    portal,
    portal_keeping,
    proofs,
    records,
    references,
    registers,
    reserved,
    screen,
    screening,
    signing,
    travel_rule,
)
from sanad.interfaces.command_line.failures import EXIT_MEANINGS, Exit, report

_EPILOG = "Exit codes: " + "; ".join(f"{int(code)} {meaning}" for code, meaning in EXIT_MEANINGS.items()) + "."
_DEBUG = "--debug"


def build() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="sanad", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, epilog=_EPILOG,
        rich_markup_mode=None,
    )  # fmt: skip
    app.callback()(_root)
    app.command(rich_help_panel="Start")(demo.demo)
    app.command(rich_help_panel="Start")(networks.init)
    app.command(rich_help_panel="Start")(node.node)
    app.add_typer(portal_keeping.app, name="portal", rich_help_panel="Start")
    app.command(rich_help_panel="Start")(portal.projector)
    app.add_typer(gateways.app, name="gateway")
    app.add_typer(signing.app, name="signing")
    app.add_typer(accounts.app, name="account")
    app.command()(payments.post)
    app.command()(accounts.statement)
    app.add_typer(held.app, name="held")
    app.add_typer(reserved.app, name="reserved")
    app.command()(proofs.proof)
    app.command()(proofs.checked)
    app.command()(proofs.verify)
    app.add_typer(registers.app, name="register")
    app.command()(screening.screen)
    app.add_typer(screening.lists_app, name="lists")
    app.add_typer(travel_rule.app, name="travel-rule")
    app.command()(records.audit)
    app.add_typer(logs.app, name="log")
    app.command()(records.backup)
    app.command()(records.restore)
    app.command()(bench.bench)
    app.command()(references.docs)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        screen.say(f"sanad {sanad.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which release.")
    ] = False,
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show the trace of an error; may stand anywhere.")] = False,
) -> None:
    """Sanad: a national rail for digital assets, on one record that anyone can verify.

    Begin with: sanad demo --stay
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. Never raises."""
    screen.be_tolerant()
    debug = _DEBUG in arguments
    arguments = [each for each in arguments if each != _DEBUG]
    try:
        build()(args=arguments, prog_name="sanad")
    except SystemExit as ended:
        code = _code(ended)
        if code == Exit.INTERRUPTED:  # the library below turns a Ctrl-C into this
            return report(KeyboardInterrupt(), as_json="--json" in arguments, debug=debug)
        return code
    except BrokenPipeError:
        sys.stdout = None  # nobody reads any more, and nobody is to be told so
        return Exit.OK
    except BaseException as error:  # noqa: BLE001 - whatever it is, the user gets one sentence
        return report(error, as_json="--json" in arguments, debug=debug)
    return Exit.OK


def _code(ended: SystemExit) -> int:
    return ended.code if isinstance(ended.code, int) else Exit.OK if ended.code is None else Exit.FAULT
