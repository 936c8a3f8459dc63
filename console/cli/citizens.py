"""What citizens report of lamps, as the head-end keeps it: the list, and deleting what is over."""

from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:
    from city.citizens import CitizenReportView
    from console.i18n import Words

STATES = ("live", "over", "all")

citizens = typer.Typer(
    help="What citizens report of lamps.", rich_markup_mode=None, invoke_without_command=True
)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.add_typer(citizens, name="citizens")


@citizens.callback()
def list_reports(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="live, over or all.")] = "live",
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """List what citizens reported, newest first; or delete what is over with purge."""
    context.obj = (url, token_file, lang)
    if context.invoked_subcommand:
        return
    if state not in STATES:
        raise BadInput(f"--state: got {state!r}, expected live, over or all")
    wanted = cast("Literal['live', 'over', 'all']", state)
    found = ask(url, token_file, lambda client: client.citizen_reports(wanted))
    if as_json:
        print_json([report.model_dump(mode="json") for report in found])
        return
    words = words_of(lang)
    if not found:
        print(words.t("No citizens' reports."))
    for report in found:
        _print_report(report, words)


def _print_report(report: "CitizenReportView", words: "Words") -> None:
    points = ", ".join(report.light_points) or "–"
    where = report.place or (
        "–" if report.latitude is None else f"{report.latitude:.5f}, {report.longitude:.5f}"
    )
    incident = words.t("incident {incident}", incident=report.incident or "–")
    line = (
        f"{report.id}  {report.requested_at:%Y-%m-%d %H:%MZ}  {report.state:<12}  {report.trouble:<8}"
        f"  {points}  {where}  {incident}"
    )
    print(f"{line}  {report.detail}" if report.detail else line)


@citizens.command("purge")
def purge(context: typer.Context) -> None:
    """Delete all that are over now; a supervisor's right, written in the journal."""
    url, token_file, lang = context.obj
    purged = ask(url, token_file, lambda client: client.purge_citizen_reports())
    words = words_of(lang)
    print(words.n("{count} citizen's report deleted", "{count} citizens' reports deleted", purged.deleted))
