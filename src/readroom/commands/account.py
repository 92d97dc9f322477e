"""`readroom account`: the accounts of a server, for its operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from readroom.commands.machine import DATA, Data, Database, open_up_to_date

if TYPE_CHECKING:
    from readroom.server.db.models import User

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Make accounts and tokens, set passwords, on the machine of the server.",
)


def active_user(username: str) -> User:
    """The account of this name; an account that was closed is none."""
    from readroom.server.db.models import User

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise typer.BadParameter(f"there is no account {username}; `readroom account create {username}` makes one")
    return user


@app.command()
def create(
    username: str,
    email: Annotated[str, typer.Option()] = "",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
    superuser: Annotated[bool, typer.Option(help="May see and do everything.")] = False,  # noqa: FBT002 - a flag
    studies: Annotated[bool, typer.Option(help="May create reader studies and archives.")] = False,  # noqa: FBT002
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Make an account."""
    open_up_to_date(data=data, database=database)
    from readroom.server.domain.errors import Refusal
    from readroom.server.services.access import SYSTEM
    from readroom.server.services.accounts import NewAccount, create_account

    new = NewAccount(
        username=username,
        email=email,
        password=password,
        is_superuser=superuser,
        may_create_studies=studies,
        may_create_archives=studies,
    )
    try:
        create_account(SYSTEM, new)
    except Refusal as refusal:
        raise typer.BadParameter(refusal.message) from refusal
    typer.echo(f"{username} can sign in")


@app.command()
def token(
    username: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(help="Days until it ends; 0 is never.")] = 0,
    scope: Annotated[list[str] | None, typer.Option(help="read, upload, answer or write; none is all.")] = None,
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Make an API token and print it; it is shown only now."""
    open_up_to_date(data=data, database=database)
    from readroom.server.domain.errors import Refusal
    from readroom.server.services import accounts, tokens

    user = active_user(username)
    try:
        new = tokens.create_token(accounts.to_actor(user), name=name, scopes=scope or [], days=days)
    except Refusal as refusal:
        raise typer.BadParameter(refusal.message) from refusal
    typer.echo(new.secret)


@app.command()
def password(
    username: str,
    new: Annotated[str, typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True)],
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Set the password of an account; its sessions end."""
    open_up_to_date(data=data, database=database)
    from readroom.server.domain.errors import Refusal
    from readroom.server.services.accounts import set_password

    user = active_user(username)
    try:
        set_password(user, new, act="set password by operator")
    except Refusal as refusal:
        raise typer.BadParameter(refusal.message) from refusal
    typer.echo(f"{username} signs in with the new password")
