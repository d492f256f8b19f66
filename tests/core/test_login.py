"""Sessions that begin with a login: in time, once, and given back."""

from __future__ import annotations

import threading

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.core.net.login import LoginSigner, LoginToken
from isthmus.core.net.secrets import SecretText


class Desk:
    """A vendor's login: counts, and tells how long a token lives."""

    def __init__(self, life: float | None) -> None:
        self.life = life
        self.now = 1000.0
        self.given: list[LoginToken] = []
        self.back: list[LoginToken] = []

    def log_in(self) -> LoginToken:
        expires = None if self.life is None else self.now + self.life
        self.given.append(LoginToken(SecretText(f"Scheme token-{len(self.given)}"), expires))
        return self.given[-1]

    def signer(self) -> LoginSigner:
        return LoginSigner(self.log_in, self.back.append, now=lambda: self.now)


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    desk = Desk(600)
    signer = desk.signer()
    assert signer.headers() == signer.headers() == {"Authorization": "Scheme token-0"}
    desk.now += 541
    assert signer.headers() == {"Authorization": "Scheme token-1"}


def test_a_refused_token_is_replaced_once_for_all_threads() -> None:
    desk = Desk(None)
    signer = desk.signer()
    held, gone = threading.Barrier(2), threading.Barrier(2)

    def other() -> None:
        signer.headers()
        held.wait()
        gone.wait()
        assert signer.renew()

    thread = threading.Thread(target=other)
    thread.start()
    held.wait()
    signer.headers()
    assert signer.renew()
    gone.wait()
    thread.join()
    assert len(desk.given) == 2
    assert signer.headers() == {"Authorization": "Scheme token-1"}


def test_a_session_is_given_back_once() -> None:
    desk = Desk(600)
    signer = desk.signer()
    signer.close()
    assert desk.back == []
    signer.headers()
    signer.close()
    signer.close()
    assert desk.back == desk.given
    assert signer.headers() == {"Authorization": "Scheme token-1"}, "it can be used again"


def test_a_refused_login_is_told() -> None:
    def refuse() -> LoginToken:
        raise AuthenticationError("no")

    signer = LoginSigner(refuse, lambda token: None)
    with pytest.raises(AuthenticationError):
        signer.headers()
    assert "token" not in repr(signer)
