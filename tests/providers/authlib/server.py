"""A provider built on Authlib, on loopback: a second opinion beside the certified one.

POST / starts one more provider, on a port of its own, and answers {"issuer"}. What a scenario may set stands under /test/ of its
issuer: POST clients (RFC 7591 metadata), POST accounts ({"sub", ...claims}), POST rotate (a new key, the old one is gone), GET
requests (what was asked of it so far).

The program prints `ready http://127.0.0.1:PORT` and ends when its standard input does, so that it outlives no test.
"""

import logging
import os
import secrets
import sys
import threading
import time

# Everything here is on loopback.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Error, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, UserInfo, UserInfoEndpoint
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from markupsafe import escape
from werkzeug.serving import make_server

ACCESS_TOKEN_LIFE = 3600


class Client(ClientMixin):
    def __init__(self, metadata):
        self.client_metadata = metadata
        self.client_id = metadata["client_id"]

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.client_metadata["redirect_uris"][0]

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.client_metadata["redirect_uris"]

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.client_metadata.get("client_secret", ""), client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.client_metadata.get("token_endpoint_auth_method", "client_secret_basic")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in self.client_metadata.get("grant_types", ["authorization_code"])


class Code(AuthorizationCodeMixin):
    def __init__(self, asked, user):
        self.client_id = asked.payload.client_id
        self.redirect_uri = asked.payload.redirect_uri
        self.scope = asked.payload.scope
        self.nonce = asked.payload.data.get("nonce")
        self.code_challenge = asked.payload.data.get("code_challenge")
        self.code_challenge_method = asked.payload.data.get("code_challenge_method")
        self.user = user
        self.auth_time = int(time.time())

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time


class Token(TokenMixin):
    def __init__(self, client, user, answer):
        self.client, self.user, self.answer = client, user, answer
        self.scope = answer.get("scope", "")
        self.ends_at = int(time.time()) + answer["expires_in"]
        self.is_gone = False

    def check_client(self, client):
        return self.client.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.answer["expires_in"]

    def is_expired(self):
        return self.ends_at < time.time()

    def is_revoked(self):
        return self.is_gone

    def get_user(self):
        return self.user

    def get_client(self):
        return self.client


class Provider:
    """One issuer: its clients, accounts, codes, tokens and key."""

    def __init__(self):
        self.clients, self.accounts, self.codes, self.tokens, self.requests = {}, {}, {}, [], []
        self.issuer = None
        self.rotate()

    def rotate(self):
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)

    def user_info(self, user, scope):
        claims = UserInfo(sub=user, **self.accounts[user])
        return claims.filter(scope)

    def token(self, member, value):
        return next((token for token in self.tokens if token.answer.get(member) == value), None)

    def save(self, answer, asked):
        self.tokens.append(Token(asked.client, asked.user, dict(answer)))

    def server(self, app):
        server = AuthorizationServer(app, self.clients.get, self.save)
        server.register_grant(code_grant(self), [id_tokens(self), CodeChallenge(required=True)])
        server.register_grant(refresh_grant(self))
        server.register_grant(grants.ClientCredentialsGrant)
        server.register_endpoint(introspection(self))
        server.register_endpoint(revocation(self))
        server.register_endpoint(user_info(self))
        server.register_extension(issuer_parameter(self))
        return server


def code_grant(provider):
    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]

        def save_authorization_code(self, code, request):
            provider.codes[code] = Code(request, request.user)

        def query_authorization_code(self, code, client):
            held = provider.codes.get(code)
            return held if held and held.client_id == client.client_id else None

        def delete_authorization_code(self, authorization_code):
            provider.codes = {c: held for c, held in provider.codes.items() if held is not authorization_code}

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    return CodeGrant


def refresh_grant(provider):
    class RefreshGrant(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token):
            held = provider.token("refresh_token", refresh_token)
            return held if held and not held.is_gone else None

        def authenticate_user(self, refresh_token):
            return refresh_token.user

        def revoke_old_credential(self, refresh_token):
            refresh_token.is_gone = True

    return RefreshGrant


def id_tokens(provider):
    class IdTokens(OpenIDCode):
        # Unlike the certified provider: no `kid` in the header, the audience as a list, the claims in the token itself.
        def resolve_client_private_key(self, client):
            return provider.key

        def get_client_claims(self, client):
            return {"iss": provider.issuer, "aud": [client.client_id]}

        def exists_nonce(self, nonce, request):
            return any(code.nonce == nonce for code in provider.codes.values())

        def generate_user_info(self, user, scope):
            return provider.user_info(user, scope)

    return IdTokens(require_nonce=True)


def introspection(provider):
    class Introspection(IntrospectionEndpoint):
        CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

        def check_permission(self, token, client, request):
            return True

        def query_token(self, token_string, token_type_hint):
            return provider.token("access_token", token_string) or provider.token("refresh_token", token_string)

        def introspect_token(self, token):
            return {
                "client_id": token.client.client_id, "sub": token.user or token.client.client_id, "scope": token.scope,
                "iss": provider.issuer, "aud": "https://api.example.org", "exp": token.ends_at, "token_type": "Bearer",
            }

    return Introspection


def revocation(provider):
    class Revocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]

        def query_token(self, token_string, token_type_hint):
            return provider.token("access_token", token_string) or provider.token("refresh_token", token_string)

        def revoke_token(self, token, request):
            token.is_gone = True

    return Revocation


def user_info(provider):
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string):
            return provider.token("access_token", token_string)

    class Endpoint(UserInfoEndpoint):
        def generate_user_info(self, user, scope):
            return provider.user_info(user, scope)

    protector = ResourceProtector()
    protector.register_token_validator(Validator())
    return Endpoint(resource_protector=protector)


def issuer_parameter(provider):
    class Issuer(IssuerParameter):
        def get_issuer(self):
            return provider.issuer

    return Issuer()


LOGIN_PAGE = """<!DOCTYPE html><title>Sign in</title><h1>Sign in to {client}</h1>
<form method="post"><input name="username" required><button>Sign in</button></form>"""


def routes(app, provider):
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": ACCESS_TOKEN_LIFE}
    server = provider.server(app)

    @app.before_request
    def note():
        if not request.path.startswith("/test/"):
            provider.requests.append(f"{request.method} {request.path}")

    @app.get("/.well-known/openid-configuration")
    def discovery():
        at = provider.issuer
        return jsonify({
            "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo", "jwks_uri": f"{at}/jwks", "revocation_endpoint": f"{at}/revoke",
            "introspection_endpoint": f"{at}/introspect", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": True,
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        })

    @app.get("/jwks")
    def jwks():
        return jsonify({"keys": [provider.key.as_dict(private=False)]})

    @app.get("/authorize")
    def ask():
        try:
            grant = server.get_consent_grant(end_user=None)
        except OAuth2Error as error:
            return server.handle_error_response(request, error)
        return LOGIN_PAGE.format(client=escape(grant.client.client_id))

    @app.post("/authorize")
    def authorize():
        user = request.form.get("username")
        grant = server.get_consent_grant(end_user=user)
        known = user if user in provider.accounts else None
        return server.create_authorization_response(grant_user=known, grant=grant)

    app.post("/token", endpoint="token")(lambda: server.create_token_response())
    app.post("/introspect", endpoint="introspect")(lambda: server.create_endpoint_response("introspection"))
    app.post("/revoke", endpoint="revoke")(lambda: server.create_endpoint_response("revocation"))
    app.route("/userinfo", methods=["GET", "POST"], endpoint="userinfo")(
        lambda: server.create_endpoint_response("userinfo")
    )

    @app.post("/test/clients")
    def add_client():
        client = Client(request.get_json(force=True))
        provider.clients[client.client_id] = client
        return {}

    @app.post("/test/accounts")
    def add_account():
        claims = request.get_json(force=True)
        provider.accounts[claims.pop("sub")] = claims
        return {}

    @app.post("/test/rotate")
    def rotate():
        provider.rotate()
        return {}

    @app.get("/test/requests")
    def requests():
        return jsonify(provider.requests)


def listen(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    starter = Flask("starter")

    @starter.post("/")
    def start():
        provider, app = Provider(), Flask("provider")
        routes(app, provider)
        provider.issuer = listen(app)
        return {"issuer": provider.issuer}

    print(f"ready {listen(starter)}", flush=True)
    sys.stdin.read()


main()
