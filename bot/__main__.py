"""The command line. Everything heavy is imported by the command that needs it: --help stays quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.roles import Role

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="linli 邻里：居民说一句，社区有人管，办完有回音。",
)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="配置文件；不写就用当前目录的 config.yaml，没有就用演示社区。")
]


@cli.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="网页端口。")] = 8080,
    reset: Annotated[bool, typer.Option("--reset", help="清空演示数据重新开始。")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="不自动打开浏览器。")] = False,
) -> None:
    """打开演示社区：不需要账号、密钥和服务器。"""
    from bot.commands.serve import run_demo

    run_demo(port=port, reset=reset, open_browser=not no_browser)


@cli.command()
def serve(
    role: Annotated[
        Role, typer.Option("--role", help="web 接消息；worker 投递、走时钟；all 都做。分开要用 PostgreSQL。")
    ] = Role.ALL,
    config: ConfigOption = None,
) -> None:
    """按配置正式运行。"""
    from bot.commands.serve import run_serve

    run_serve(config, role)


@cli.command()
def check(
    channel: Annotated[
        str | None, typer.Option("--channel", help="去问这个渠道的平台：密钥、权限、白名单、回调对不对。")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """检查配置、资料和例句，指出哪里写错、怎么改；不启动任何东西。"""
    if channel is None:
        from bot.commands.check import run_check

        run_check(config)
    else:
        from bot.commands.check_channel import run_check_channel

        run_check_channel(channel, config=config)


@cli.command()
def understand(
    config: ConfigOption = None,
    explain: Annotated[str | None, typer.Option("--explain", help="说明这句话为什么这样理解。")] = None,
) -> None:
    """从标准输入逐行读 JSON，逐行输出机器人怎么理解。"""
    from bot.commands.understand import run_understand

    run_understand(config, explain=explain)


@cli.command()
def converse(
    files: Annotated[list[Path], typer.Argument(help="对话文件。")],
    store: Annotated[str | None, typer.Option("--store", help="在这个数据库上跑；默认在内存里。")] = None,
    through: Annotated[
        str | None,
        typer.Option("--through", help="从真实的渠道走一遍：wechat、wecom、telegram 或 onebot（要有源码）。"),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """用真实的程序、冻结的时钟把对话文件走一遍。"""
    from bot.commands.converse import run_converse

    run_converse(files, store=store, through=through, config=config)


@cli.command()
def replay(
    file: Annotated[Path, typer.Argument(help="JSON 行文件：id, from, chat, group, text, at。")],
    config: ConfigOption = None,
) -> None:
    """把一批消息送进程序；再跑一遍不会重复登记。"""
    from bot.commands.replay import run_replay

    run_replay(file, config=config)


@cli.command()
def simulate(
    residents: Annotated[int, typer.Option(min=100, max=2_000_000, help="多少居民，别的按比例。")] = 217_000,
    days: Annotated[int, typer.Option(min=1, max=120, help="过多少天。")] = 30,
    seed: Annotated[int, typer.Option(help="种子；同一个种子是同一座县城。")] = 1,
    store: Annotated[str | None, typer.Option("--store", help="用这个空的数据库；默认用完就扔。")] = None,
    config: ConfigOption = None,
) -> None:
    """编一座县城，拨着时钟过一个月：报了什么、办得怎样、什么时候推给了谁、有没有破规矩。"""
    from bot.commands.simulate import run_simulate

    run_simulate(residents=residents, days=days, seed=seed, url=store, config=config)


tickets = typer.Typer(no_args_is_help=True, help="看工单。")
cli.add_typer(tickets, name="tickets")


@tickets.command("list")
def tickets_list(
    json: Annotated[bool, typer.Option("--json", help="每行一个 JSON。")] = False, config: ConfigOption = None
) -> None:
    """列出全部工单。"""
    from bot.commands.tickets import run_list

    run_list(as_json=json, config=config)


@tickets.command("show")
def tickets_show(
    number: Annotated[str, typer.Argument(help="工单编号，例如 A2611-0042。")], config: ConfigOption = None
) -> None:
    """看一张工单和它的流转记录。"""
    from bot.commands.tickets import run_show

    run_show(number, config=config)


@tickets.command("export")
def tickets_export(
    file: Annotated[Path, typer.Argument(help="要写的 .xlsx 文件。")], config: ConfigOption = None
) -> None:
    """把全部工单写进表格；里面没有电话号码。"""
    from bot.commands.tickets import run_export

    run_export(file, config=config)


ExportFile = Annotated[Path, typer.Argument(help="要写的 .xlsx 文件；已有的会被覆盖。")]
ImportFile = Annotated[Path, typer.Argument(help="要导入的 .xlsx 文件。")]
YesOption = Annotated[bool, typer.Option("--yes", help="照预览的改；不加就只看，不改。")]

knowledge = typer.Typer(no_args_is_help=True, help="问答和表格互相转换。")
cli.add_typer(knowledge, name="knowledge")


@knowledge.command("export")
def knowledge_export(file: ExportFile, config: ConfigOption = None) -> None:
    """把全部问答写进表格，一个类别一张。"""
    from bot.commands.knowledge import run_export

    run_export(file, config=config)


@knowledge.command("import")
def knowledge_import(file: ImportFile, yes: YesOption = False, config: ConfigOption = None) -> None:
    """看表格里的问答和现在的差在哪里；加 --yes 才改。也认 MaxKB、FastGPT 的表格。"""
    from bot.commands.knowledge import run_import

    run_import(file, confirmed=yes, config=config)


roster = typer.Typer(no_args_is_help=True, help="人员、网格、值班和表格互相转换。")
cli.add_typer(roster, name="roster")


@roster.command("export")
def roster_export(file: ExportFile, config: ConfigOption = None) -> None:
    """把工作人员、楼长、网格和值班写进表格。"""
    from bot.commands.roster import run_export

    run_export(file, config=config)


@roster.command("import")
def roster_import(file: ImportFile, yes: YesOption = False, config: ConfigOption = None) -> None:
    """看表格里的人员、网格、值班和现在的差在哪里；加 --yes 才改。"""
    from bot.commands.roster import run_import

    run_import(file, confirmed=yes, config=config)


ChannelName = Annotated[str, typer.Option("--channel", help="渠道在配置里的名字。")]


@cli.command()
def menu(
    channel: ChannelName,
    yes: Annotated[bool, typer.Option("--yes", help="换掉平台上的菜单；不加就只看。")] = False,
    config: ConfigOption = None,
) -> None:
    """设好聊天窗口下面的菜单，点一下等于说那句话（服务号）。"""
    from bot.commands.menu import run_menu

    run_menu(channel, confirmed=yes, config=config)


@cli.command()
def codes(
    channel: ChannelName,
    yes: Annotated[bool, typer.Option("--yes", help="真的向平台要；不加就只看有哪些地点。")] = False,
    config: ConfigOption = None,
) -> None:
    """给每个单元做一个二维码的网址，扫了就知道是哪栋哪单元（服务号、微信客服、Telegram）。"""
    from bot.commands.codes import run_codes

    run_codes(channel, confirmed=yes, config=config)


broadcast = typer.Typer(no_args_is_help=True, help="发到居民客户群：备好，由群主在企业微信里点发送。")
cli.add_typer(broadcast, name="broadcast")
BroadcastTask = Annotated[str, typer.Argument(help="create 时给的任务编号。")]


@broadcast.command("create")
def broadcast_create(
    text: Annotated[str, typer.Argument(help="要发的话。")],
    channel: ChannelName,
    owner: Annotated[str, typer.Option("--owner", help="群主在企业微信里的账号，例如 LiMin。")],
    group: Annotated[
        list[str] | None, typer.Option("--group", help="客户群的编号，可以写几个；不写由群主自己选群。")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """备好一条群发，企业微信会提醒群主去点。"""
    from bot.commands.broadcast import run_create

    run_create(channel, text, owner=owner, groups=group or [], config=config)


@broadcast.command("remind")
def broadcast_remind(task: BroadcastTask, channel: ChannelName, config: ConfigOption = None) -> None:
    """再提醒群主一次；平台一天最多三次。"""
    from bot.commands.broadcast import run_remind

    run_remind(channel, task, config=config)


@broadcast.command("result")
def broadcast_result(task: BroadcastTask, channel: ChannelName, config: ConfigOption = None) -> None:
    """看哪些群发到了，还在等谁。"""
    from bot.commands.broadcast import run_result

    run_result(channel, task, config=config)


@cli.command()
def rates(
    start: Annotated[str, typer.Option("--from", help="从哪一天起，例如 2026-11-01。")],
    end: Annotated[str, typer.Option("--to", help="到哪一天止，这一天也算。")],
    json: Annotated[bool, typer.Option("--json", help="每行一个 JSON。")] = False,
    config: ConfigOption = None,
) -> None:
    """算这些天的响应率、办结率、满意率等，每个都写明件数；没评价的不算满意。"""
    from bot.commands.rates import run_rates

    run_rates(start, end, as_json=json, config=config)


@cli.command()
def due(
    at: Annotated[str, typer.Option("--at", help="开始时间，例如 2026-11-23T08:00。")],
    until: Annotated[str | None, typer.Option("--until", help="结束时间；不写就只看这一分钟。")] = None,
    config: ConfigOption = None,
) -> None:
    """看这段时间会自动发什么、发给谁、走哪个渠道；不真的发。"""
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
