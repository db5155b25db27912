//! The providers that this crate knows, as data: to add one, add an entry.
//!
//! Each entry names the provider's own documentation. What it says of e-mail addresses decides whether a verified one is believed
//! without the operator saying so (`is_believed`): it is where the provider itself proved that the address is the account's, and
//! it is not where a customer or an administrator may enter any address, or where the provider does not say.

use crate::issuer::JwsAlgorithm;

use super::profile::{
    FindAddress, Pointers, STANDARD_CLAIMS, google_address, kakao_address, primary_address,
};

/// A provider.
#[derive(Clone, Copy)]
pub(super) struct Preset {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) place: Place,
    pub(super) scopes: &'static [&'static str],
    pub(super) secret: SecretUse,
    /// False where the provider refuses a code that comes with a verifier (RFC 7636 section 7.2 has it ignored).
    pub(super) has_pkce: bool,
    pub(super) has_form_post: bool,
    /// False where the documentation names no way to ask for a new login (`prompt=login`, `max_age`), or no claim that says when it
    /// was (`auth_time`, which Microsoft adds only where the application's registration there asks for it).
    pub(super) can_reauthenticate: bool,
    /// The algorithms of its ID tokens; none where any that its keys are for will do.
    pub(super) id_token_algorithms: &'static [JwsAlgorithm],
    pub(super) pointers: Pointers,
    /// True where the documentation says that the subject is a JSON number.
    pub(super) has_numeric_subject: bool,
    /// True where booleans come as `"true"`, `1` or `"1"` too.
    pub(super) has_textual_booleans: bool,
    pub(super) address: Option<FindAddress>,
    pub(super) is_believed: bool,
    /// The name stands in a parameter of the first answer (Apple).
    pub(super) has_user_parameter: bool,
    /// The origins of its API.
    pub(super) api_origins: &'static [&'static str],
}

/// Where a provider is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// At an issuer of its own. The profile is read by the API at `profile`, where there is one.
    Issuer { issuer: &'static str, profile: Option<&'static str> },
    /// At an issuer of the operator's: `{base}` stands for the domain as a URL, `{realm}` for the realm.
    IssuerAt { template: &'static str, base: Option<&'static str> },
    /// At Microsoft's, by tenant.
    Entra,
    /// At endpoints without OpenID Connect. `issuer` is the origin of the first; further documents of the profile are at paths below
    /// `userinfo`.
    Endpoints {
        issuer: &'static str,
        authorization: &'static str,
        token: &'static str,
        userinfo: &'static str,
        more: &'static [&'static str],
    },
}

/// How a provider takes the client secret.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum SecretUse {
    /// By `client_secret_post`, and there is no login without one.
    Needed,
    /// As its metadata says, and public clients need none.
    Optional,
    /// By `client_secret_post`; public clients need none.
    OptionalInForm,
    /// Made for each request with a private key (Apple).
    Signed { audience: &'static str },
}

/// An OpenID Connect provider that does everything by the book.
const STANDARD: Preset = Preset {
    name: "",
    label: "",
    place: Place::IssuerAt { template: "{base}", base: None },
    scopes: &["openid", "email", "profile"],
    secret: SecretUse::Optional,
    has_pkce: true,
    has_form_post: false,
    can_reauthenticate: true,
    id_token_algorithms: &[],
    pointers: STANDARD_CLAIMS,
    has_numeric_subject: false,
    has_textual_booleans: false,
    address: None,
    is_believed: false,
    has_user_parameter: false,
    api_origins: &[],
};

/// All of them, by name.
pub(super) const PRESETS: &[Preset] = &[
    // https://developer.apple.com/documentation/signinwithapplerestapi: asking for the name or the address needs `form_post`; the
    // name comes once, in the parameter `user` of the first answer; `email_verified` is a boolean or a text, and all addresses
    // that Apple passes on are verified; the client secret is a JWT, signed with ES256.
    Preset {
        name: "apple",
        label: "Apple",
        place: Place::Issuer { issuer: "https://appleid.apple.com", profile: None },
        scopes: &["openid", "name", "email"],
        secret: SecretUse::Signed { audience: "https://appleid.apple.com" },
        has_form_post: true,
        has_textual_booleans: true,
        is_believed: true,
        has_user_parameter: true,
        can_reauthenticate: false,
        ..STANDARD
    },
    // https://auth0.com/docs/get-started/applications/application-settings and
    // https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure: the issuer ends in a slash. `email_verified` is what the
    // tenant's connections and administrators say.
    Preset {
        name: "auth0",
        label: "Auth0",
        place: Place::IssuerAt { template: "{base}/", base: None },
        pointers: Pointers { username: "/nickname", ..STANDARD_CLAIMS },
        ..STANDARD
    },
    // https://discord.com/developers/docs/topics/oauth2 and https://discord.com/developers/docs/resources/user: `verified` says
    // whether the address of the account has been verified.
    Preset {
        name: "discord",
        label: "Discord",
        place: Place::Endpoints {
            issuer: "https://discord.com",
            authorization: "https://discord.com/oauth2/authorize",
            token: "https://discord.com/api/oauth2/token",
            userinfo: "https://discord.com/api/users/@me",
            more: &[],
        },
        scopes: &["identify", "email"],
        secret: SecretUse::Needed,
        pointers: Pointers {
            subject: "/id",
            email: "/email",
            email_verified: "/verified",
            username: "/username",
            name: "/global_name",
            picture: "",
        },
        is_believed: true,
        api_origins: &["https://discord.com"],
        ..STANDARD
    },
    // https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and
    // https://developers.facebook.com/docs/graph-api/reference/user: nothing says whether the address is proven. The dialog drops
    // the PKCE challenge and the exchange then fails (https://github.com/NangoHQ/nango/pull/7156).
    Preset {
        name: "facebook",
        label: "Facebook",
        place: Place::Endpoints {
            issuer: "https://www.facebook.com",
            authorization: "https://www.facebook.com/v22.0/dialog/oauth",
            token: "https://graph.facebook.com/v22.0/oauth/access_token",
            userinfo: "https://graph.facebook.com/v22.0/me?fields=id,name,email,picture",
            more: &[],
        },
        scopes: &["public_profile", "email"],
        secret: SecretUse::Needed,
        has_pkce: false,
        pointers: Pointers {
            subject: "/id",
            email: "/email",
            email_verified: "",
            username: "",
            name: "/name",
            picture: "/picture/data/url",
        },
        api_origins: &["https://graph.facebook.com"],
        ..STANDARD
    },
    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
    // https://docs.github.com/rest/users/users and https://docs.github.com/rest/users/emails: the numeric `id` stays when the
    // `login` changes; the list of addresses says which one is primary and whether it is verified.
    Preset {
        name: "github",
        label: "GitHub",
        place: Place::Endpoints {
            issuer: "https://github.com",
            authorization: "https://github.com/login/oauth/authorize",
            token: "https://github.com/login/oauth/access_token",
            userinfo: "https://api.github.com/user",
            more: &["/emails"],
        },
        scopes: &["read:user", "user:email"],
        secret: SecretUse::Needed,
        pointers: Pointers {
            subject: "/id",
            email: "",
            email_verified: "",
            username: "/login",
            name: "/name",
            picture: "/avatar_url",
        },
        has_numeric_subject: true,
        address: Some(primary_address),
        is_believed: true,
        api_origins: &["https://api.github.com"],
        ..STANDARD
    },
    // https://docs.gitlab.com/integration/openid_connect_provider: gitlab.com proves addresses by mail. On an instance of one's
    // own its administrators may enter any.
    Preset {
        name: "gitlab",
        label: "GitLab",
        place: Place::IssuerAt { template: "{base}", base: Some("https://gitlab.com") },
        pointers: Pointers { username: "/nickname", ..STANDARD_CLAIMS },
        is_believed: true,
        api_origins: &["https://gitlab.com"],
        ..STANDARD
    },
    // https://developers.google.com/identity/openid-connect/openid-connect and
    // https://developers.google.com/identity/gsi/web/guides/verify-google-id-token: Google is the authority on an address that ends
    // in @gmail.com, or that is verified and comes with `hd`.
    Preset {
        name: "google",
        label: "Google",
        place: Place::Issuer { issuer: "https://accounts.google.com", profile: None },
        secret: SecretUse::Needed,
        pointers: Pointers { username: "", ..STANDARD_CLAIMS },
        address: Some(google_address),
        is_believed: true,
        api_origins: &["https://www.googleapis.com", "https://openidconnect.googleapis.com"],
        can_reauthenticate: false,
        ..STANDARD
    },
    // https://developers.kakao.com/docs/latest/en/kakaologin/rest-api: OpenID Connect, the address and the nickname are switched on
    // in the application's settings there. Only the user API says whether the address is proven; its `id` is the token's `sub`.
    Preset {
        name: "kakao",
        label: "Kakao",
        place: Place::Issuer {
            issuer: "https://kauth.kakao.com",
            profile: Some("https://kapi.kakao.com/v2/user/me"),
        },
        scopes: &["openid", "account_email", "profile_nickname"],
        secret: SecretUse::OptionalInForm,
        pointers: Pointers {
            subject: "/id",
            email: "",
            email_verified: "",
            username: "",
            name: "/kakao_account/profile/nickname",
            picture: "/kakao_account/profile/profile_image_url",
        },
        has_numeric_subject: true,
        address: Some(kakao_address),
        is_believed: true,
        api_origins: &["https://kapi.kakao.com"],
        ..STANDARD
    },
    // https://www.keycloak.org/securing-apps/oidc-layers: `email_verified` is what the realm's administrators and brokers say.
    Preset {
        name: "keycloak",
        label: "Keycloak",
        place: Place::IssuerAt { template: "{base}/realms/{realm}", base: None },
        ..STANDARD
    },
    // https://developers.line.biz/en/docs/line-login/integrate-line-login/ and
    // https://developers.line.biz/en/docs/line-login/verify-id-token/: ID tokens of web logins are HS256, keyed by the channel
    // secret, others ES256. The address needs a permission of its own, and nothing says whether it is proven.
    Preset {
        name: "line",
        label: "LINE",
        place: Place::Issuer { issuer: "https://access.line.me", profile: None },
        scopes: &["openid", "profile"],
        secret: SecretUse::Needed,
        id_token_algorithms: &[JwsAlgorithm::Hs256, JwsAlgorithm::Es256],
        pointers: Pointers { email_verified: "", username: "", ..STANDARD_CLAIMS },
        api_origins: &["https://api.line.me"],
        ..STANDARD
    },
    // https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2: the ID token lacks the nonce
    // (https://github.com/python-social-auth/social-core/pull/833), so it proves nothing here, and UserInfo is asked instead. An
    // exchange with a PKCE verifier is refused (https://github.com/teamhanko/hanko/pull/2405).
    Preset {
        name: "linkedin",
        label: "LinkedIn",
        place: Place::Endpoints {
            issuer: "https://www.linkedin.com",
            authorization: "https://www.linkedin.com/oauth/v2/authorization",
            token: "https://www.linkedin.com/oauth/v2/accessToken",
            userinfo: "https://api.linkedin.com/v2/userinfo",
            more: &[],
        },
        secret: SecretUse::Needed,
        has_pkce: false,
        pointers: Pointers { username: "", ..STANDARD_CLAIMS },
        is_believed: true,
        api_origins: &["https://api.linkedin.com"],
        ..STANDARD
    },
    // https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc and
    // https://learn.microsoft.com/entra/identity-platform/optional-claims-reference: `email` is whatever the account's tenant
    // entered ("nOAuth"). The optional claim `xms_edov` says that the domain is the tenant's; it has been seen as `true`, `1`, `"1"`
    // and `"true"`.
    Preset {
        name: "microsoft",
        label: "Microsoft",
        place: Place::Entra,
        pointers: Pointers { email_verified: "/xms_edov", ..STANDARD_CLAIMS },
        has_textual_booleans: true,
        api_origins: &["https://graph.microsoft.com"],
        can_reauthenticate: false,
        ..STANDARD
    },
    // https://developers.naver.com/docs/login/api/api.md and https://developers.naver.com/docs/login/profile/profile.md: the address
    // is the one to write to, which the user may have changed; nothing says whether it is proven.
    Preset {
        name: "naver",
        label: "Naver",
        place: Place::Endpoints {
            issuer: "https://nid.naver.com",
            authorization: "https://nid.naver.com/oauth2.0/authorize",
            token: "https://nid.naver.com/oauth2.0/token",
            userinfo: "https://openapi.naver.com/v1/nid/me",
            more: &[],
        },
        // What is passed on is chosen in the application's settings there.
        scopes: &[],
        secret: SecretUse::Needed,
        pointers: Pointers {
            subject: "/response/id",
            email: "/response/email",
            email_verified: "",
            username: "",
            name: "/response/name",
            picture: "/response/profile_image",
        },
        api_origins: &["https://openapi.naver.com"],
        ..STANDARD
    },
    // https://developer.okta.com/docs/reference/api/oidc/: `email_verified` is what the organisation's administrators say.
    Preset { name: "okta", label: "Okta", ..STANDARD },
    // https://docs.slack.dev/authentication/sign-in-with-slack/: a workspace with a directory of its own enters its members'
    // addresses. PKCE makes an application of Slack's a public client (https://docs.slack.dev/authentication/using-pkce), and an
    // exchange with a verifier and a secret is refused; the nonce binds the code instead.
    Preset {
        name: "slack",
        label: "Slack",
        place: Place::Issuer { issuer: "https://slack.com", profile: None },
        secret: SecretUse::Needed,
        has_pkce: false,
        pointers: Pointers { username: "", ..STANDARD_CLAIMS },
        api_origins: &["https://slack.com"],
        can_reauthenticate: false,
        ..STANDARD
    },
];

/// The preset of this name.
pub(super) fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
