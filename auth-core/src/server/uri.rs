//! Which URIs a client may be registered with.
//!
//! A redirect URI is where codes go, so it has to be one that only the client reads: `https`, `http` on the machine itself (RFC 8252 section
//! 7.3), or the private scheme of a native app, which has a dot in it (section 7.1) as no scheme of a browser's own has (`javascript:`,
//! `data:`, `file:`). It is compared letter by letter, so it has to be written as browsers write it: then nothing that is compared means
//! something else to whoever follows it.

use url::{Host, Url};

use crate::outbound::OutboundUrl;

/// What is wrong with a setting, to be read after the client's name and the setting's.
pub(super) type Checked<T> = Result<T, String>;

/// A URI that browsers are sent to.
pub(super) fn redirect(text: &str) -> Checked<Url> {
    let url = canonical(text)?;
    match url.scheme() {
        "https" | "http" => web(url),
        scheme if scheme.contains('.') => Ok(url),
        _ => Err("is neither https, nor http on loopback, nor of a private scheme with a dot in it (com.example.app:/…)".to_owned()),
    }
}

/// A URL of the web: `https`, or `http` on the machine itself.
pub(super) fn web_url(text: &str) -> Checked<Url> {
    web(canonical(text)?)
}

/// A URL that somebody wants called whom nobody here knows: `https`, and neither on this machine nor in a private network. Where a name leads
/// is seen when it is called.
pub(super) fn public_url(text: &str) -> Checked<Url> {
    let url = web_url(text)?;
    let is_public = OutboundUrl::parse(text).is_ok_and(|url| url.is_public());
    match url.scheme() == "https" && is_public {
        true => Ok(url),
        false => Err("is no https URL of a public host".to_owned()),
    }
}

/// The name of a protected resource (RFC 8707 section 2): an absolute URI, which need not be called.
pub(super) fn resource(text: &str) -> Checked<()> {
    let url = canonical(text)?;
    match url.scheme() {
        "https" | "http" | "urn" => Ok(()),
        _ => Err("is not https, http or urn".to_owned()),
    }
}

fn web(url: Url) -> Checked<Url> {
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("is plain http: use https (http is for localhost, 127.0.0.1 and [::1])".to_owned()),
        _ => Err("is no https URL".to_owned()),
    }
}

fn canonical(text: &str) -> Checked<Url> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds a space, a control character or one that is not ASCII".to_owned());
    }
    if text.contains('*') {
        return Err("holds a `*`: each URI is registered by itself, there are no patterns".to_owned());
    }
    let url = Url::parse(text).map_err(|_| "is no absolute URI".to_owned())?;
    if url.fragment().is_some() {
        return Err("has a fragment".to_owned());
    }
    // Not repeated: somebody may have written a password there.
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err("holds a user name or a password".to_owned());
    }
    let written = url.as_str();
    if written != text && written.strip_suffix('/') != Some(text) {
        return Err(format!("is not written as browsers do: write `{written}`"));
    }
    Ok(url)
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// `localhost` and the two loopback addresses as they are usually written, and nothing that means the same.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_https_to_the_machine_itself_or_to_an_app() {
        for good in [
            "https://shop.example/callback",
            "https://shop.example",
            "https://shop.example:8443/cb?tenant=a",
            "http://localhost:9876/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:1/cb",
            "com.example.shop:/callback",
        ] {
            assert!(redirect(good).is_ok(), "{good}: {:?}", redirect(good));
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "javascript://shop.example/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://shop.example/x",
            "https://shop.example/cb#",
            "https://shop.example/cb#x",
            "https://*.shop.example/cb",
            "https://shop.example/*",
            "http://shop.example/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://10.0.0.1/cb",
            "https://user@shop.example/cb",
            "https://user:pass@shop.example/cb",
            "https://@shop.example/cb",
            "https://SHOP.example/cb",
            "https://shop.example/a/../cb",
            "https://shop.example:443/cb",
            "https://shop.example\\@evil.example/cb",
            "https:shop.example/cb",
            "https://shop.example/c b",
            "https://shop.example/\u{430}",
            "//shop.example/cb",
            "/cb",
            "urn:ietf:wg:oauth:2.0:oob",
            "myapp:/cb",
            "",
        ] {
            assert!(redirect(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn urls_of_the_web_are_of_no_private_scheme() {
        assert!(web_url("https://shop.example/logo.png").is_ok() && web_url("http://localhost:1/x").is_ok());
        for bad in ["com.example.shop:/x", "http://shop.example/logo.png", "data:image/png,x", "javascript:x"]
        {
            assert!(web_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_strangers_want_called_is_of_the_public_web() {
        assert!(
            public_url("https://shop.example/jwks.json").is_ok() && public_url("https://8.8.8.8/x").is_ok()
        );
        for bad in [
            "http://localhost:9876/x",
            "https://localhost/x",
            "https://idp.localhost/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fd00::1]/x",
            "http://shop.example/x",
            "https://user@shop.example/x",
            "https://shop.example/x#y",
            "com.example.shop:/x",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_a_uri_is_not_repeated() {
        let fault = redirect("https://user:hunter2@shop.example/").unwrap_err();
        assert!(!fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn a_resource_is_a_name() {
        for good in ["https://api.example", "http://api.internal/v1", "urn:example:api"] {
            assert!(resource(good).is_ok(), "{good}");
        }
        for bad in ["api", "https://api.example/#x", "javascript:x", "https://u:p@api.example"] {
            assert!(resource(bad).is_err(), "{bad}");
        }
    }
}
