//! Providers of OAuth 2.0 whose API says who somebody is, and those whose ID tokens cannot be tied to the login.

use super::super::UserinfoMethod;
use super::super::profile::{
    NO_FIELDS, Pointers, STANDARD_CLAIMS, bitbucket_address, primary_address, x_address,
};
use super::{Place, Preset, STANDARD, SecretUse};

pub(in super::super) const PRESETS: &[Preset] = &[
    // https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html and
    // https://developer.amazon.com/docs/login-with-amazon/obtain-customer-profile.html: nothing says whether the address is proven.
    Preset {
        name: "amazon",
        label: "Amazon",
        place: Place::Endpoints {
            issuer: "https://www.amazon.com",
            authorization: "https://www.amazon.com/ap/oa",
            token: "https://api.amazon.com/auth/o2/token",
            userinfo: "https://api.amazon.com/user/profile",
            more: &[],
        },
        scopes: &["profile"],
        secret: SecretUse::Needed,
        pointers: Pointers { subject: "/user_id", email: "/email", name: "/name", ..NO_FIELDS },
        api_origins: &["https://api.amazon.com"],
        ..STANDARD
    },
    // https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/: `audience` and `prompt` are part of every request. An
    // organisation that manages accounts enters their addresses, and nothing says whether one is proven.
    Preset {
        name: "atlassian",
        label: "Atlassian",
        place: Place::Endpoints {
            issuer: "https://auth.atlassian.com",
            authorization: "https://auth.atlassian.com/authorize",
            token: "https://auth.atlassian.com/oauth/token",
            userinfo: "https://api.atlassian.com/me",
            more: &[],
        },
        scopes: &["read:me"],
        secret: SecretUse::Needed,
        parameters: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
        pointers: Pointers {
            subject: "/account_id",
            email: "/email",
            username: "/nickname",
            name: "/name",
            picture: "/picture",
            ..NO_FIELDS
        },
        api_origins: &["https://api.atlassian.com"],
        ..STANDARD
    },
    // https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication and
    // https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/: `uuid` stays when names change; the list of addresses
    // says which one is primary and whether it is confirmed. Accounts are Atlassian's, whose addresses an organisation may enter.
    Preset {
        name: "bitbucket",
        label: "Bitbucket",
        place: Place::Endpoints {
            issuer: "https://bitbucket.org",
            authorization: "https://bitbucket.org/site/oauth2/authorize",
            token: "https://bitbucket.org/site/oauth2/access_token",
            userinfo: "https://api.bitbucket.org/2.0/user",
            more: &["/emails"],
        },
        scopes: &["account", "email"],
        secret: SecretUse::NeededInHeader,
        pointers: Pointers {
            subject: "/uuid",
            username: "/nickname",
            name: "/display_name",
            picture: "/links/avatar/href",
            ..NO_FIELDS
        },
        address: Some(bitbucket_address),
        api_origins: &["https://api.bitbucket.org"],
        ..STANDARD
    },
    // https://developer.box.com/guides/authentication/oauth2/oauth2-setup/ and https://developer.box.com/reference/get-users-me/:
    // `login` is the address; an enterprise's administrators enter their members', and nothing says whether it is proven.
    Preset {
        name: "box",
        label: "Box",
        place: Place::Endpoints {
            issuer: "https://account.box.com",
            authorization: "https://account.box.com/api/oauth2/authorize",
            token: "https://api.box.com/oauth2/token",
            userinfo: "https://api.box.com/2.0/users/me",
            more: &[],
        },
        // What may be asked for is chosen in the application's settings there.
        scopes: &[],
        secret: SecretUse::Needed,
        pointers: Pointers {
            subject: "/id",
            email: "/login",
            name: "/name",
            picture: "/avatar_url",
            ..NO_FIELDS
        },
        api_origins: &["https://api.box.com"],
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
    // https://developers.dropbox.com/oidc-guide: its ID token carries no `nonce`, so it proves nothing here, and UserInfo is asked
    // instead, by POST as each call of that API. A team's administrators may manage its members' accounts.
    Preset {
        name: "dropbox",
        label: "Dropbox",
        place: Place::Endpoints {
            issuer: "https://www.dropbox.com",
            authorization: "https://www.dropbox.com/oauth2/authorize",
            token: "https://api.dropboxapi.com/oauth2/token",
            userinfo: "https://api.dropboxapi.com/2/openid/userinfo",
            more: &[],
        },
        secret: SecretUse::OptionalInForm,
        userinfo_method: UserinfoMethod::Post,
        pointers: Pointers { username: "", name: "/given_name", picture: "", ..STANDARD_CLAIMS },
        api_origins: &["https://api.dropboxapi.com"],
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
    // https://developers.figma.com/docs/rest-api/authentication/ and
    // https://developers.figma.com/docs/rest-api/users-endpoints/: nothing says whether the address is proven.
    Preset {
        name: "figma",
        label: "Figma",
        place: Place::Endpoints {
            issuer: "https://www.figma.com",
            authorization: "https://www.figma.com/oauth",
            token: "https://api.figma.com/v1/oauth/token",
            userinfo: "https://api.figma.com/v1/me",
            more: &[],
        },
        scopes: &["current_user:read"],
        secret: SecretUse::NeededInHeader,
        pointers: Pointers {
            subject: "/id",
            email: "/email",
            name: "/handle",
            picture: "/img_url",
            ..NO_FIELDS
        },
        api_origins: &["https://api.figma.com"],
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
    // https://devcenter.heroku.com/articles/oauth and https://devcenter.heroku.com/articles/platform-api-reference#account: the API
    // answers nothing but 406 unless its version is asked for. `verified` is about a payment method, not the address.
    Preset {
        name: "heroku",
        label: "Heroku",
        place: Place::Endpoints {
            issuer: "https://id.heroku.com",
            authorization: "https://id.heroku.com/oauth/authorize",
            token: "https://id.heroku.com/oauth/token",
            userinfo: "https://api.heroku.com/account",
            more: &[],
        },
        scopes: &["identity"],
        secret: SecretUse::Needed,
        userinfo_accept: Some("application/vnd.heroku+json; version=3"),
        pointers: Pointers { subject: "/id", email: "/email", name: "/name", ..NO_FIELDS },
        api_origins: &["https://api.heroku.com"],
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
    // https://developers.notion.com/guides/get-started/authorization and https://developers.notion.com/reference/get-self: who agreed
    // stands in the bot that is made for the application. The API answers nothing but 400 unless its version is asked for, validates
    // what it is sent, and names no verifier. Administrators enter their members' addresses; nothing says whether one is proven.
    Preset {
        name: "notion",
        label: "Notion",
        place: Place::Endpoints {
            issuer: "https://api.notion.com",
            authorization: "https://api.notion.com/v1/oauth/authorize",
            token: "https://api.notion.com/v1/oauth/token",
            userinfo: "https://api.notion.com/v1/users/me",
            more: &[],
        },
        scopes: &[],
        secret: SecretUse::NeededInHeader,
        parameters: &[("owner", "user")],
        has_pkce: false,
        userinfo_headers: &[("notion-version", "2022-06-28")],
        pointers: Pointers {
            subject: "/bot/owner/user/id",
            email: "/bot/owner/user/person/email",
            name: "/bot/owner/user/name",
            picture: "/bot/owner/user/avatar_url",
            ..NO_FIELDS
        },
        api_origins: &["https://api.notion.com"],
        ..STANDARD
    },
    // https://developer.spotify.com/documentation/web-api/tutorials/code-flow and
    // https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile: accounts are to be known by
    // `account_id`, not by `id`; the address is said to be unverified.
    Preset {
        name: "spotify",
        label: "Spotify",
        place: Place::Endpoints {
            issuer: "https://accounts.spotify.com",
            authorization: "https://accounts.spotify.com/authorize",
            token: "https://accounts.spotify.com/api/token",
            userinfo: "https://api.spotify.com/v1/me",
            more: &[],
        },
        scopes: &["user-read-email", "user-read-private"],
        secret: SecretUse::NeededInHeader,
        pointers: Pointers {
            subject: "/account_id",
            email: "/email",
            name: "/display_name",
            picture: "/images/0/url",
            ..NO_FIELDS
        },
        api_origins: &["https://api.spotify.com"],
        ..STANDARD
    },
    // https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token and
    // https://docs.x.com/x-api/users/get-my-user: `confirmed_email` is an address that its owner has confirmed, and comes with the
    // scope `users.email` where the application's settings there allow that; users.read goes with tweet.read.
    Preset {
        name: "x",
        label: "X",
        place: Place::Endpoints {
            issuer: "https://x.com",
            authorization: "https://x.com/i/oauth2/authorize",
            token: "https://api.x.com/2/oauth2/token",
            userinfo: "https://api.x.com/2/users/me?user.fields=confirmed_email,profile_image_url",
            more: &[],
        },
        scopes: &["users.read", "tweet.read", "users.email"],
        secret: SecretUse::NeededInHeader,
        pointers: Pointers {
            subject: "/data/id",
            username: "/data/username",
            name: "/data/name",
            picture: "/data/profile_image_url",
            ..NO_FIELDS
        },
        address: Some(x_address),
        is_believed: true,
        api_origins: &["https://api.x.com"],
        ..STANDARD
    },
    // https://developers.zoom.us/docs/integrations/oauth/ and https://developers.zoom.us/docs/api/users/: `verified` is 1 for an
    // address that was verified; an account's administrators may enter their members'. Scopes are settings there.
    Preset {
        name: "zoom",
        label: "Zoom",
        place: Place::Endpoints {
            issuer: "https://zoom.us",
            authorization: "https://zoom.us/oauth/authorize",
            token: "https://zoom.us/oauth/token",
            userinfo: "https://api.zoom.us/v2/users/me",
            more: &[],
        },
        scopes: &[],
        secret: SecretUse::NeededInHeader,
        pointers: Pointers {
            subject: "/id",
            email: "/email",
            email_verified: "/verified",
            name: "/display_name",
            picture: "/pic_url",
            ..NO_FIELDS
        },
        has_textual_booleans: true,
        api_origins: &["https://api.zoom.us"],
        ..STANDARD
    },
];
