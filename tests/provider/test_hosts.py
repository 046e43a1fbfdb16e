"""Where keys may go: the known hosts, this machine, or where a person said."""

from __future__ import annotations

import pytest

from orchestrator.errors import PlanError
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.provider import base_url_variable, host_for
from orchestrator.provider.hosts import is_local, is_private


def settings(name: str = "dmxapi", base_url: str | None = None) -> ProviderSettings:
    return ProviderSettings(name=name, base_url=base_url)  # type: ignore[arg-type]  # names from a table


def test_the_default_route_is_the_documented_one() -> None:
    """The gateway's extension goes to its documented URL."""
    host = host_for(settings(), None, {})
    assert host.route(Kind.EXTEND) == "https://www.dmxapi.cn/kling/v1/videos/video-extend"
    assert (host.gateway, host.local) == (True, False)


def test_the_vendor_has_no_prefix() -> None:
    """The vendor's own host knows no /kling."""
    host = host_for(settings("kling"), None, {})
    assert host.route(Kind.TEXT) == "https://api-beijing.klingai.com/v1/videos/text2video"
    assert not host.gateway


def test_option_beats_environment_beats_plan() -> None:
    """The nearest word of a person wins."""
    planned = settings(base_url="https://www.dmxapi.com")
    environ = {"DMXAPI_BASE_URL": "https://b.example", "KLING_BASE_URL": "https://k.example"}
    assert host_for(planned, "https://a.example", environ).base == "https://a.example/kling"
    assert host_for(planned, None, environ).base == "https://b.example/kling"
    assert host_for(planned, None, {}).base == "https://www.dmxapi.com/kling"
    assert base_url_variable(planned) == "DMXAPI_BASE_URL"


PASTED = {
    "https://www.dmxapi.cn/": "https://www.dmxapi.cn/kling",
    "https://www.dmxapi.cn/v1": "https://www.dmxapi.cn/kling",
    "https://www.dmxapi.cn/v1/": "https://www.dmxapi.cn/kling",
    "https://www.dmxapi.cn/kling": "https://www.dmxapi.cn/kling",
    "https://www.dmxapi.cn/kling/v1/videos": "https://www.dmxapi.cn/kling",
    "www.dmxapi.cn": "https://www.dmxapi.cn/kling",
    " https://www.dmxapi.cn ": "https://www.dmxapi.cn/kling",
    "https://WWW.DMXAPI.CN:443": "https://WWW.DMXAPI.CN:443/kling",
    "http://127.0.0.1:8000": "http://127.0.0.1:8000/kling",
    "localhost:8000": "http://localhost:8000/kling",
    "http://[::1]:8000/": "http://[::1]:8000/kling",
    "http://127.0.0.1/proxy/v1": "http://127.0.0.1/proxy/kling",
}


@pytest.mark.parametrize(("pasted", "base"), PASTED.items())
def test_a_base_url_is_taken_as_people_paste_it(pasted: str, base: str) -> None:
    """What other clients want at the end of a base URL is not doubled."""
    assert host_for(settings(base_url=pasted), None, {}).base == base


ELSEWHERE = [
    "https://evil.example",
    "https://www.dmxapi.cn.evil.example",
    "https://evil.example/www.dmxapi.cn",
    "https://www.dmxapi.cn@evil.example",
    "https://evil.example\\@www.dmxapi.cn",
    "https://www.dmxapi.cn\\.evil.example",
    "http://www.dmxapi.cn",
    "https://www.dmxapi.cn:8443",
    "https://api-beijing.klingai.com",
    "https://10.0.0.1",
    "http://169.254.169.254",
    "ftp://www.dmxapi.cn",
    "https://",
    "https://www.dmxapi.cn/?x=1",
    "https://[::1",
    "https://www.dmxapi.cn:99999",
    "javascript:alert(1)",
    "https://www。dmxapi。cn.evil.example",
]


@pytest.mark.parametrize("base_url", ELSEWHERE)
def test_a_plan_cannot_redirect_keys(base_url: str) -> None:
    """A plan from elsewhere gets no key: only the provider's own https hosts and this machine do."""
    with pytest.raises(PlanError):
        host_for(settings(base_url=base_url), None, {})


@pytest.mark.parametrize("name", ["dmxapi", "kling", "sandbox"])
def test_a_person_may_name_any_host(name: str) -> None:
    """Who types a base URL, or sets it in the environment, decides where the key goes."""
    assert host_for(settings(name), "http://gateway.lan:9", {}).name == "gateway.lan"
    assert (
        host_for(settings(name), None, {f"{name.upper()}_BASE_URL": "https://x.example"}).name == "x.example"
    )


@pytest.mark.parametrize(
    "given",
    ["htp:/x", "http:/x", "https:/api.example", "https//api.example", "http:", "https", "x.example//y"],
)
def test_a_mistyped_scheme_is_no_host(given: str) -> None:
    """No key goes to a machine that happens to be called like the first half of a URL."""
    with pytest.raises(PlanError, match="is no base URL"):
        host_for(settings(), given, {})


@pytest.mark.parametrize(
    "given", ["https://me:pa55word@www.dmxapi.cn", "https://www.dmxapi.cn/?key=pa55word"]
)
def test_a_password_in_a_base_url_is_refused_and_not_repeated(given: str) -> None:
    """Even a person's own URL holds no credential, and the message does not spread it."""
    with pytest.raises(PlanError) as caught:
        host_for(settings(), given, {})
    assert "pa55word" not in str(caught.value)


def test_the_sandbox_has_no_address_of_its_own() -> None:
    """Without one, nothing is sent to some default place."""
    with pytest.raises(PlanError, match="start it"):
        host_for(settings("sandbox"), None, {})
    with pytest.raises(PlanError):
        host_for(settings("sandbox", "https://sandbox.example"), None, {})


LITERALS = {
    "localhost": (True, True),
    "LOCALHOST.": (True, True),
    "127.0.0.1": (True, True),
    "127.1": (True, True),
    "2130706433": (True, True),
    "0x7f000001": (True, True),
    "::1": (True, True),
    "::ffff:127.0.0.1": (True, True),
    "0.0.0.0": (False, True),
    "10.1.2.3": (False, True),
    "192.168.0.1": (False, True),
    "169.254.169.254": (False, True),
    "fe80::1": (False, True),
    "printer.local": (False, True),
    "8.8.8.8": (False, False),
    "files.example": (False, False),
    "dead.beef": (False, False),
}


@pytest.mark.parametrize(("name", "expected"), LITERALS.items())
def test_this_machine_and_private_networks_are_recognised(name: str, expected: tuple[bool, bool]) -> None:
    """An address is what resolvers make of it, however it is written."""
    assert (is_local(name), is_private(name)) == expected
