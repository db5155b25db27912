"""Authlib as a client, through each flow that it has and the example app too; tokens are checked by joserfc."""

import time

from steps import equal, refused, settings, step

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from browser import Browser
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

issuer, user = settings["issuer"], settings["user"]
browser = Browser(issuer)

with step("discovery"):
    server = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    equal(server["issuer"], issuer)
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=30).json())


def session(client, scope=None, **more):
    more.setdefault("client_secret", client.get("secret"))
    return OAuth2Session(client["id"], scope=scope, token_endpoint=server["token_endpoint"], **more)


def checked(token):
    return jwt.decode(token, keys, algorithms=server["id_token_signing_alg_values_supported"])


def id_token(token, nonce):
    decoded = checked(token["id_token"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={"iss": {"value": issuer}, "aud": {"value": settings["shop"]["id"]}},
        params={"nonce": nonce, "client_id": settings["shop"]["id"], "access_token": token["access_token"]},
    )
    claims.validate()
    return claims


def revoke_and_ask(client, token):
    """What introspection says of a token before and after it is revoked."""
    before = client.introspect_token(server["introspection_endpoint"], token=token).json()
    equal(client.revoke_token(server["revocation_endpoint"], token=token).status_code, 200)
    after = client.introspect_token(server["introspection_endpoint"], token=token).json()
    return before["active"], after


shop = session(
    settings["shop"],
    "openid email offline_access",
    redirect_uri=settings["redirect_uri"],
    code_challenge_method="S256",
)


def authorize(nonce, verifier):
    return shop.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier, nonce=nonce)


def tokens(url, state, verifier):
    return shop.fetch_token(authorization_response=url, state=state, code_verifier=verifier)


with step("login, consent and the code for tokens"):
    nonce, verifier = generate_token(20), generate_token(48)
    url, state = authorize(nonce, verifier)
    token = tokens(browser.let_in(url, user), state, verifier)
with step("the ID token"):
    subject = id_token(token, nonce)["sub"]
with step("the access token by joserfc"):
    access = checked(token["access_token"])
    equal((access.header["typ"], access.claims["iss"], access.claims["sub"]), ("at+jwt", issuer, subject))
with step("userinfo"):
    equal(shop.get(server["userinfo_endpoint"]).json()["email"], user["email"])
with step("refresh, and its replay, which ends the family"):
    refreshed = shop.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
    for dead in (token, refreshed):
        with refused("invalid_grant"):
            shop.refresh_token(server["token_endpoint"], refresh_token=dead["refresh_token"])
with step("introspection and revocation"):
    verifier = generate_token(48)
    url, state = authorize("again", verifier)
    token = tokens(browser.open(url)[0], state, verifier)
    equal(revoke_and_ask(shop, token["access_token"]), (True, {"active": False}))
with step("a code for another verifier"):
    url, state = authorize("other", generate_token(48))
    with refused("invalid_grant"):
        tokens(browser.open(url)[0], state, generate_token(48))
with step("a client of its own right, by its secret"):
    machine = session(settings["api"], "reports:read")
    own = machine.fetch_token(grant_type="client_credentials")
    equal((own["scope"], checked(own["access_token"]).claims["sub"]), ("reports:read", settings["api"]["id"]))


class ShortLived(PrivateKeyJWT):
    """Assertions for a minute: left to itself, Authlib dates them for an hour."""

    def sign(self, auth, token_endpoint):
        # A new one each time: Authlib writes its `jti` into it.
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


def robot(method):
    key = ECKey.import_key(settings["robot"]["key"])
    machine = session(settings["robot"], "reports:read", client_secret=key, token_endpoint_auth_method="private_key_jwt")
    machine.register_client_auth_method(method(server["token_endpoint"], alg="ES256"))
    return machine


with step("a client of its own right, by its key"):
    machine = robot(ShortLived)
    for _ in range(2):
        equal(machine.fetch_token(grant_type="client_credentials")["scope"], "reports:read")
with step("an assertion that is good for an hour"):
    with refused("invalid_client"):
        robot(PrivateKeyJWT).fetch_token(grant_type="client_credentials")
with step("logging out"):
    nonce, verifier = generate_token(20), generate_token(48)
    url, state = authorize(nonce, verifier)
    token = tokens(browser.open(url)[0], state, verifier)
    hint = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": settings["logged_out"], "state": "s"}
    query = requests.Request("GET", server["end_session_endpoint"], params=hint).prepare().url
    equal(browser.open(query)[0], f"{settings['logged_out']}?state=s")
    assert "/auth/login" in browser.open(url)[0]
