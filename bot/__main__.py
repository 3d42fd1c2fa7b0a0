"""The command line. Everything heavy is imported by the command that needs it: --help stays quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.roles import Role
from knowledge.console import words

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=words("program.help"),
)

ConfigOption = Annotated[Path | None, typer.Option("--config", help=words("program.help_config"))]


@cli.command(help=words("demo.help"))
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help=words("demo.help_port"))] = 8080,
    reset: Annotated[bool, typer.Option("--reset", help=words("demo.help_reset"))] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help=words("demo.help_no_browser"))] = False,
) -> None:
    from bot.commands.serve import run_demo

    run_demo(port=port, reset=reset, open_browser=not no_browser)


@cli.command(help=words("serve.help"))
def serve(
    role: Annotated[Role, typer.Option("--role", help=words("serve.help_role"))] = Role.ALL,
    config: ConfigOption = None,
) -> None:
    from bot.commands.serve import run_serve

    run_serve(config, role)


@cli.command(help=words("check.help"))
def check(
    channel: Annotated[str | None, typer.Option("--channel", help=words("check.help_channel"))] = None,
    config: ConfigOption = None,
) -> None:
    if channel is None:
        from bot.commands.check import run_check

        run_check(config)
    else:
        from bot.commands.check_channel import run_check_channel

        run_check_channel(channel, config=config)


@cli.command(help=words("understand.help"))
def understand(
    config: ConfigOption = None,
    explain: Annotated[str | None, typer.Option("--explain", help=words("understand.help_explain"))] = None,
) -> None:
    from bot.commands.understand import run_understand

    run_understand(config, explain=explain)


@cli.command(help=words("converse.help"))
def converse(
    files: Annotated[list[Path], typer.Argument(help=words("converse.help_files"))],
    store: Annotated[str | None, typer.Option("--store", help=words("converse.help_store"))] = None,
    through: Annotated[
        str | None,
        typer.Option("--through", help=words("converse.help_through")),
    ] = None,
    config: ConfigOption = None,
) -> None:
    from bot.commands.converse import run_converse

    run_converse(files, store=store, through=through, config=config)


@cli.command(help=words("replay.help"))
def replay(
    file: Annotated[Path, typer.Argument(help=words("replay.help_file"))],
    config: ConfigOption = None,
) -> None:
    from bot.commands.replay import run_replay

    run_replay(file, config=config)


@cli.command(help=words("simulate.help"))
def simulate(
    residents: Annotated[
        int, typer.Option(min=100, max=2_000_000, help=words("simulate.help_residents"))
    ] = 217_000,
    days: Annotated[int, typer.Option(min=1, max=120, help=words("simulate.help_days"))] = 30,
    seed: Annotated[int, typer.Option(help=words("simulate.help_seed"))] = 1,
    store: Annotated[str | None, typer.Option("--store", help=words("simulate.help_store"))] = None,
    config: ConfigOption = None,
) -> None:
    from bot.commands.simulate import run_simulate

    run_simulate(residents=residents, days=days, seed=seed, url=store, config=config)


tickets = typer.Typer(no_args_is_help=True, help=words("tickets.help"))
cli.add_typer(tickets, name="tickets")


@tickets.command("list", help=words("tickets.help_list"))
def tickets_list(
    json: Annotated[bool, typer.Option("--json", help=words("program.help_json"))] = False,
    config: ConfigOption = None,
) -> None:
    from bot.commands.tickets import run_list

    run_list(as_json=json, config=config)


@tickets.command("show", help=words("tickets.help_show"))
def tickets_show(
    number: Annotated[str, typer.Argument(help=words("tickets.help_number"))], config: ConfigOption = None
) -> None:
    from bot.commands.tickets import run_show

    run_show(number, config=config)


@tickets.command("export", help=words("tickets.help_export"))
def tickets_export(
    file: Annotated[Path, typer.Argument(help=words("tickets.help_file"))], config: ConfigOption = None
) -> None:
    from bot.commands.tickets import run_export

    run_export(file, config=config)


ExportFile = Annotated[Path, typer.Argument(help=words("books.help_to"))]
ImportFile = Annotated[Path, typer.Argument(help=words("books.help_from"))]
YesOption = Annotated[bool, typer.Option("--yes", help=words("books.help_yes"))]

knowledge = typer.Typer(no_args_is_help=True, help=words("knowledge.help"))
cli.add_typer(knowledge, name="knowledge")


@knowledge.command("export", help=words("knowledge.help_export"))
def knowledge_export(file: ExportFile, config: ConfigOption = None) -> None:
    from bot.commands.knowledge import run_export

    run_export(file, config=config)


@knowledge.command("import", help=words("knowledge.help_import"))
def knowledge_import(file: ImportFile, yes: YesOption = False, config: ConfigOption = None) -> None:
    from bot.commands.knowledge import run_import

    run_import(file, confirmed=yes, config=config)


roster = typer.Typer(no_args_is_help=True, help=words("roster.help"))
cli.add_typer(roster, name="roster")


@roster.command("export", help=words("roster.help_export"))
def roster_export(file: ExportFile, config: ConfigOption = None) -> None:
    from bot.commands.roster import run_export

    run_export(file, config=config)


@roster.command("import", help=words("roster.help_import"))
def roster_import(file: ImportFile, yes: YesOption = False, config: ConfigOption = None) -> None:
    from bot.commands.roster import run_import

    run_import(file, confirmed=yes, config=config)


ChannelName = Annotated[str, typer.Option("--channel", help=words("program.help_channel"))]


@cli.command(help=words("menu.help"))
def menu(
    channel: ChannelName,
    yes: Annotated[bool, typer.Option("--yes", help=words("menu.help_yes"))] = False,
    config: ConfigOption = None,
) -> None:
    from bot.commands.menu import run_menu

    run_menu(channel, confirmed=yes, config=config)


@cli.command(help=words("codes.help"))
def codes(
    channel: ChannelName,
    yes: Annotated[bool, typer.Option("--yes", help=words("codes.help_yes"))] = False,
    config: ConfigOption = None,
) -> None:
    from bot.commands.codes import run_codes

    run_codes(channel, confirmed=yes, config=config)


broadcast = typer.Typer(no_args_is_help=True, help=words("broadcast.help"))
cli.add_typer(broadcast, name="broadcast")
BroadcastTask = Annotated[str, typer.Argument(help=words("broadcast.help_task"))]


@broadcast.command("create", help=words("broadcast.help_create"))
def broadcast_create(
    text: Annotated[str, typer.Argument(help=words("broadcast.help_text"))],
    channel: ChannelName,
    owner: Annotated[str, typer.Option("--owner", help=words("broadcast.help_owner"))],
    group: Annotated[list[str] | None, typer.Option("--group", help=words("broadcast.help_group"))] = None,
    config: ConfigOption = None,
) -> None:
    from bot.commands.broadcast import run_create

    run_create(channel, text, owner=owner, groups=group or [], config=config)


@broadcast.command("remind", help=words("broadcast.help_remind"))
def broadcast_remind(task: BroadcastTask, channel: ChannelName, config: ConfigOption = None) -> None:
    from bot.commands.broadcast import run_remind

    run_remind(channel, task, config=config)


@broadcast.command("result", help=words("broadcast.help_result"))
def broadcast_result(task: BroadcastTask, channel: ChannelName, config: ConfigOption = None) -> None:
    from bot.commands.broadcast import run_result

    run_result(channel, task, config=config)


@cli.command(help=words("rates.help"))
def rates(
    start: Annotated[str, typer.Option("--from", help=words("rates.help_from"))],
    end: Annotated[str, typer.Option("--to", help=words("rates.help_to"))],
    json: Annotated[bool, typer.Option("--json", help=words("program.help_json"))] = False,
    config: ConfigOption = None,
) -> None:
    from bot.commands.rates import run_rates

    run_rates(start, end, as_json=json, config=config)


@cli.command(help=words("due.help"))
def due(
    at: Annotated[str, typer.Option("--at", help=words("due.help_at"))],
    until: Annotated[str | None, typer.Option("--until", help=words("due.help_until"))] = None,
    config: ConfigOption = None,
) -> None:
    from bot.commands.due import run_due

    run_due(at, until, config=config)


def main() -> None:
    """Runs a command. A user's mistake ends in a sentence and exit status 1 or 2, never in a traceback."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
