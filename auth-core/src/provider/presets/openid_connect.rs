//! Providers that speak OpenID Connect.

use super::super::profile::{Pointers, STANDARD_CLAIMS, google_address, kakao_address};
use super::{Place, Preset, STANDARD, SecretUse};
use crate::issuer::JwsAlgorithm;

pub(in super::super) const PRESETS: &[Preset] = &[
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
    // https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html and
    // https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html: the domain is
    // the region's (`cognito-idp.eu-west-1.amazonaws.com`), the realm the id of the user pool. `email_verified` is what the pool's
    // administrators say; UserInfo writes it as a text
    // (https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html).
    Preset {
        name: "cognito",
        label: "Amazon Cognito",
        place: Place::IssuerAt { template: "{base}/{realm}", base: None },
        pointers: Pointers { username: "/cognito:username", ..STANDARD_CLAIMS },
        has_textual_booleans: true,
        can_reauthenticate: false,
        ..STANDARD
    },
    // https://forgejo.org/docs/latest/user/oauth2-provider/: the issuer is the instance's address, with its final slash.
    // `email_verified` is true of every active account, whose address its administrators may have entered.
    Preset {
        name: "forgejo",
        label: "Forgejo",
        place: Place::IssuerAt { template: "{base}/", base: None },
        can_reauthenticate: false,
        ..STANDARD
    },
    // https://docs.gitea.com/development/oauth2-provider: as Forgejo, but for the slash, which Gitea dropped with 1.23; an older one
    // is told by its `issuer`.
    Preset {
        name: "gitea",
        label: "Gitea",
        place: Place::IssuerAt { template: "{base}", base: None },
        can_reauthenticate: false,
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
    // https://developer.okta.com/docs/reference/api/oidc/: `email_verified` is what the organisation's administrators say.
    Preset { name: "okta", label: "Okta", ..STANDARD },
    // https://help.salesforce.com/s/articleView?id=sf.remoteaccess_using_openid.htm: a domain of one's own, or
    // test.salesforce.com, is an issuer of its own. `email_verified` is what the organisation's administrators say.
    Preset {
        name: "salesforce",
        label: "Salesforce",
        place: Place::IssuerAt { template: "{base}", base: Some("https://login.salesforce.com") },
        can_reauthenticate: false,
        ..STANDARD
    },
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
    // https://dev.twitch.tv/docs/authentication/getting-tokens-oidc/: the ID token carries no more than what `claims` asks for.
    // `email_verified` says whether the address of the account has been verified. The scopes of the token's answer are a list.
    Preset {
        name: "twitch",
        label: "Twitch",
        place: Place::Issuer { issuer: "https://id.twitch.tv/oauth2", profile: None },
        scopes: &["openid", "user:read:email"],
        secret: SecretUse::Needed,
        parameters: &[(
            "claims",
            r#"{"id_token":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}"#,
        )],
        pointers: Pointers { name: "/preferred_username", ..STANDARD_CLAIMS },
        is_believed: true,
        can_reauthenticate: false,
        api_origins: &["https://api.twitch.tv"],
        ..STANDARD
    },
    // https://developer.yahoo.com/sign-in-with-yahoo/: OpenID Connect by the book. Businesses have addresses of their own domains
    // there, and it is not said who proves them.
    Preset {
        name: "yahoo",
        label: "Yahoo",
        place: Place::Issuer { issuer: "https://api.login.yahoo.com", profile: None },
        pointers: Pointers { username: "", ..STANDARD_CLAIMS },
        can_reauthenticate: false,
        ..STANDARD
    },
];
