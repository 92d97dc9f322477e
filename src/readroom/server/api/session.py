"""Signing in and out with a browser: the session is a cookie that scripts of other pages cannot use."""

from __future__ import annotations

from urllib.parse import quote_plus

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from ninja import Router, Schema

from readroom.server.api import auth
from readroom.server.api.auth import ActingRequest
from readroom.server.api.origin import absolute
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotAllowed
from readroom.server.services import accounts, oidc

router = Router(tags=["session"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
FAILED = "/sign-in?problem="


class SignInIn(Schema):
    username: str
    password: str


class PersonOut(Schema):
    username: str
    name: str
    email: str
    is_superuser: bool
    may_create_studies: bool
    may_create_archives: bool


@router.get("", response=PersonOut | None)
def show_person(request: ActingRequest) -> HttpResponse:
    """Who is signed in, or null; also sets the cookie that the header `X-CSRFToken` of changes repeats."""
    get_token(request)
    return reply(accounts.describe(request.actor) if request.actor.is_signed_in else None)


@router.post("", auth=None, response=PersonOut)
def sign_in(request: HttpRequest, body: SignInIn) -> HttpResponse:
    """Sign in with a user name or mail address and a password."""
    auth.require_own_page(request)
    user = accounts.sign_in(name=body.username, password=body.password)
    login(request, user, backend=BACKEND)
    return reply(accounts.describe(accounts.to_actor(user)))


@router.delete("", response={204: None})
def sign_out(request: ActingRequest) -> HttpResponse:
    logout(request)
    return HttpResponse(status=204)


@router.get("oidc/", auth=None, response={302: None})
def begin_oidc(request: HttpRequest) -> HttpResponse:
    """Go to the organisation's sign-in page, when one is configured."""
    try:
        step = oidc.begin(callback=absolute(request, "/api/v1/session/oidc/callback/"))
    except NotAllowed as error:
        return sign_in_again(error)
    request.session["oidc"] = step.kept
    return HttpResponseRedirect(step.address)


@router.get("oidc/callback/", auth=None, response={302: None})
def end_oidc(request: HttpRequest) -> HttpResponse:
    """The way back from there."""
    kept = request.session.pop("oidc", None)
    try:
        user = oidc.finish(kept, query=request.GET.dict())
    except NotAllowed as error:
        return sign_in_again(error)
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect("/")


def sign_in_again(error: NotAllowed) -> HttpResponse:
    """Back to the page where one signs in, which shows the reason."""
    return HttpResponseRedirect(f"{FAILED}{quote_plus(error.message)}")
