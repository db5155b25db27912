"""requests-oauthlib with the clients of oauthlib (web application, backend application, device); tokens are checked by PyJWT."""

from steps import equal, refused, settings, step

import jwt
import requests
from browser import Browser
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, WebApplicationClient
from requests_oauthlib import OAuth2Session

issuer, user, shop, api = (settings[name] for name in ("issuer", "user", "shop", "api"))
browser = Browser(issuer)
scope = ["openid", "profile", "reports:read"]
FORM = {"content-type": "application/x-www-form-urlencoded"}

with step("discovery"):
    server = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    keys = jwt.PyJWKClient(server["jwks_uri"])


def checked(token, audience=issuer):
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key, [key.algorithm_name], issuer=issuer, audience=audience)


def open_shop(pkce="S256"):
    """A session of the shop's, and where it sends its user."""
    client = WebApplicationClient(shop["id"])
    session = OAuth2Session(client=client, redirect_uri=settings["redirect_uri"], scope=scope, pkce=pkce)
    url, _ = session.authorization_url(server["authorization_endpoint"], nonce="n")
    return session, url


def exchange(session, answer):
    secret = shop["secret"]
    return session.fetch_token(server["token_endpoint"], authorization_response=answer, client_secret=secret, include_client_id=False)


def authentication(client):
    return requests.auth.HTTPBasicAuth(client["id"], client["secret"])


with step("login, consent and the code for tokens"):
    session, url = open_shop()
    token = exchange(session, browser.let_in(url, user))
with step("the ID token by PyJWT"):
    claims = checked(token["id_token"], shop["id"])
    equal((claims["nonce"], "auth_time" in claims), ("n", True))
with step("the access token by PyJWT"):
    equal(checked(token["access_token"])["sub"], claims["sub"])
with step("userinfo"):
    equal(session.get(server["userinfo_endpoint"]).json()["preferred_username"], user["username"])
with step("a protected resource"):
    equal(session.get(f"{issuer}/scoped").text, f"hello {user['username']}")
with step("refresh, and its replay, which ends the family"):
    refreshed = session.refresh_token(server["token_endpoint"], token["refresh_token"], auth=authentication(shop))
    for dead in (token, refreshed):
        with refused("invalid_grant"):
            session.refresh_token(server["token_endpoint"], dead["refresh_token"], auth=authentication(shop))
with step("a request without PKCE"):
    session, url = open_shop(pkce=None)
    with refused("invalid_request"):
        exchange(session, browser.open(url)[0])
with step("a code that is used again"):
    session, url = open_shop()
    answer = browser.open(url)[0]
    exchange(session, answer)
    with refused("invalid_grant"):
        exchange(session, answer)
with step("a client of its own right"):
    machine = OAuth2Session(client=BackendApplicationClient(api["id"], scope=["reports:read"]))
    token = machine.fetch_token(server["token_endpoint"], auth=authentication(api))
    equal(checked(token["access_token"])["sub"], api["id"])
    equal(machine.get(f"{issuer}/scoped").text, "hello client")
    machine = OAuth2Session(client=BackendApplicationClient(api["id"], scope=["admin"]))
    with refused("invalid_scope"):
        machine.fetch_token(server["token_endpoint"], auth=authentication(api))
with step("a device"):
    client = DeviceClient(settings["tv"]["id"], scope=["reports:read"])
    device = OAuth2Session(client=client)

    def begin():
        prepared = client.prepare_request_uri(server["device_authorization_endpoint"])
        url, _, query = prepared.partition("?")
        return requests.post(url, data=query, headers=FORM, timeout=30).json()

    def poll(code):
        body = client.prepare_request_body(code, include_client_id=True)
        reply = requests.post(server["token_endpoint"], data=body, headers=FORM, timeout=30)
        return client.parse_request_body_response(reply.text)

    waiting, wanted = begin(), begin()
    with refused("authorization_pending"):
        poll(waiting["device_code"])
    browser.let_device_in(wanted["verification_uri_complete"])
    equal(poll(wanted["device_code"])["scope"], ["reports:read"])
