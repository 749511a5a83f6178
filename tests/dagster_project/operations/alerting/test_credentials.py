"""Secrets from the environment: what is refused, in words that do not show it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from dagster_project.cli.operator import send_test, show_settings
from dagster_project.cli.output.console import CommandError
from dagster_project.operations.alerting.credentials import (
    CredentialError,
    smtp_password,
    webhook_token,
    without_secrets,
)
from dagster_project.operations.alerting.delivery import DeliveryError, check_credentials, mail, post
from tests.dagster_project.operations.alerting.test_delivery import MESSAGE, by_mail
from warehouse.home import HOME_VARIABLE
from warehouse.settings import SMTP_PASSWORD_VARIABLE, WEBHOOK_TOKEN_VARIABLE, Alerts

FAULTS = [
    *(("Geheim7 ", "white space"), ("Geheim7\n", "white space"), ("\tGeheim7", "white space"), ("", "is empty")),
    *((" ", "white space"), ("Geheim7é", "not ASCII"), ("\u200bGeheim7", "not ASCII"), ("Geheim7\xa0", "white space")),
    *(("Geheim\x007", "control characters"), ("Geheim\r\n7", "control characters"), ("Geheim\x7f7", "control")),
]


@pytest.mark.parametrize(
    ("variable", "read"), [(WEBHOOK_TOKEN_VARIABLE, webhook_token), (SMTP_PASSWORD_VARIABLE, smtp_password)]
)
@pytest.mark.parametrize(("value", "fault"), FAULTS)
def test_a_secret_that_cannot_be_sent_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, read: Callable[[], SecretStr | None], value: str, fault: str
) -> None:
    # The operating system allows no NUL in a variable.
    monkeypatch.setattr("os.environ", {variable: value})
    with pytest.raises(CredentialError, match=fault) as caught:
        read()
    assert variable in str(caught.value)
    assert "Geh" not in str(caught.value)


def test_a_token_has_no_spaces_but_a_password_may(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (WEBHOOK_TOKEN_VARIABLE, SMTP_PASSWORD_VARIABLE):
        monkeypatch.setenv(variable, "abcd efgh")
    with pytest.raises(CredentialError, match="spaces"):
        webhook_token()
    password = smtp_password()
    assert password is not None
    assert password.get_secret_value() == "abcd efgh"
    assert "abcd" not in repr(password)


def test_without_variables_there_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (WEBHOOK_TOKEN_VARIABLE, SMTP_PASSWORD_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    assert (webhook_token(), smtp_password()) == (None, None)


def test_each_delivery_and_each_command_refuses_them_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv(WEBHOOK_TOKEN_VARIABLE, "Geheim7 ")
    (tmp_path / "settings.yml").write_text("alerts: {webhook_url: 'https://a.invalid/Geheim8'}\n")
    hook = Alerts.model_validate({"webhook_url": "https://a.invalid/Geheim8"})
    with pytest.raises(DeliveryError, match="HANOI_CORPUS_WEBHOOK_TOKEN begins or ends with white space"):
        post(hook, MESSAGE)
    with pytest.raises(DeliveryError, match="HANOI_CORPUS_WEBHOOK_TOKEN begins or ends with white space"):
        check_credentials("webhook", hook)
    with pytest.raises(CommandError) as refused:
        send_test()
    with pytest.raises(CredentialError) as raised:
        show_settings()
    printed = capsys.readouterr()
    shown = f"{printed.err}{refused.value}{raised.value}"
    assert shown.count("HANOI_CORPUS_WEBHOOK_TOKEN begins or ends with white space") == 2
    assert "Geheim" not in shown + printed.out
    monkeypatch.setenv(SMTP_PASSWORD_VARIABLE, "é")
    with pytest.raises(DeliveryError, match="HANOI_CORPUS_SMTP_PASSWORD has characters that are not ASCII"):
        mail(by_mail(1, username="corpus"), MESSAGE)


@pytest.mark.parametrize("proxy", ["http://ten:Geheim7@[", "http://ten:Geheim7@x:99999", "socks5://ten:Geheim7@x:1"])
def test_an_invalid_proxy_stops_the_webhook_and_is_not_shown(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(DeliveryError, match="http_proxy is not the URL of a proxy") as caught:
        post(Alerts.model_validate({"webhook_url": "http://a.invalid/"}), MESSAGE)
    assert "Geheim7" not in str(caught.value)


def test_what_a_server_says_is_short_and_without_secrets() -> None:
    secret = SecretStr("Ge heim/7")
    login = base64.b64encode(b"Ge heim/7").decode()
    said = without_secrets(f"got Ge heim/7\x1b[2J\nand Ge%20heim%2F7 or {login} " + "x" * 1_000, secret, None)
    assert said.startswith("got ********** [2J and ********** or **********")
    assert len(said) == 200
