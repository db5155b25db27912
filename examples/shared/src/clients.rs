//! The OAuth clients of the file that `AUTH_CLIENTS` names.

use auth_core::error::Error;
use auth_core::server::{ClientEntries, ClientRegistration, ClientsFile, ServerConfig};

use crate::{Settings, file};

/// Reads the file: the demo is an authorization server for these clients, and for those that register themselves. Nothing without either.
///
/// # Errors
/// `Configuration`, with the file and the line at fault, and never with what stands there: it may be a client secret.
pub(crate) fn read(settings: &Settings) -> Result<Option<ServerConfig>, Error> {
    let registration = settings.client_registration.clone();
    let clients = match (&settings.clients, &registration) {
        (None, ClientRegistration::Off) => return Ok(None),
        (None, _) => ClientEntries::default(),
        (Some(path), _) => file::read("AUTH_CLIENTS", path, parse)?,
    };
    Ok(Some(server(clients).client_registration(registration)))
}

/// The clients, or the line at fault and what is wrong with it.
fn parse(text: &str) -> Result<ClientEntries, file::Fault> {
    Ok(file::parse::<ClientsFile>(text)?.clients)
}

fn server(clients: ClientEntries) -> ServerConfig {
    ServerConfig::new()
        .clients(clients)
        .scope("reports:read", [("en", "Read your reports"), ("ko", "보고서 읽기")])
}

#[cfg(test)]
mod tests {
    use auth_core::Auth;
    use auth_core::store::MemoryStore;

    use super::*;

    /// A file as somebody would write it.
    const FILE: &str = r#"
        [clients.shop]
        name = "Shop"
        secret = "words of the shop, random in a real program"
        redirect_uris = ["http://localhost:9876/cb"]
        resources = ["https://api.example"]
        post_logout_redirect_uris = ["http://localhost:9876/logged-out"]
        backchannel_logout_uri = "http://localhost:9877/backchannel"
        grants = ["authorization_code", "refresh_token", "client_credentials", "device_code", "token_exchange"]
        scopes = ["openid", "profile", "email", "offline_access", "reports:read"]
        auth_method = "client_secret_basic"
        first_party = false
        require_par = false
        require_dpop = false
        subject = "public"
        refresh_grace = 10
        logo_uri = "https://shop.example/logo.png"

        [clients.app]
        redirect_uris = ["com.example.app:/cb"]
    "#;

    async fn build(text: &str) -> Result<Auth, Error> {
        let clients = parse(text).map_err(|fault| Error::configuration(fault.1))?;
        let builder = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text("F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=")
            .store(MemoryStore::new());
        builder.server(server(clients)).build().await
    }

    #[tokio::test]
    async fn the_clients_of_the_file_are_registered() {
        let auth = build(FILE).await.unwrap();
        let clients = auth.server().unwrap().clients();
        let shop = clients.find("shop").await.unwrap().unwrap();
        assert_eq!(shop.display_name(), "Shop");
        assert!(shop.may_ask_for("reports:read") && shop.has_resource("https://api.example"));
        let app = clients.find("app").await.unwrap().unwrap();
        assert!(app.is_public());
        assert!(clients.find("other").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_and_no_secret_with_it() {
        for (from, to, named) in [
            ("scopes = ", "scope = ", "unknown field `scope`"),
            ("\"device_code\"", "\"device\"", "unknown variant `device`"),
            ("client_secret_basic", "basic", "unknown variant `basic`"),
            ("http://localhost:9876/cb", "http://shop.example/cb", "redirect_uris"),
            ("http://localhost:9876/cb", "javascript:alert(1)", "redirect_uris"),
            ("http://localhost:9876/cb", "https://*.shop.example/cb", "redirect_uris"),
            ("http://localhost:9876/logged-out", "data:text/html,x", "post_logout_redirect_uris"),
            (
                "http://localhost:9877/backchannel",
                "http://shop.example/backchannel",
                "backchannel_logout_uri",
            ),
            ("https://shop.example/logo.png", "javascript:alert(1)", "logo_uri"),
            ("https://api.example", "api", "resources"),
            ("com.example.app:/cb", "com.example.app:/cb#x", "redirect_uris"),
            ("\"reports:read\"", "\"reports read\"", "scopes"),
            ("refresh_grace = 10", "refresh_grace = 61", "refresh_grace"),
            ("client_secret_basic", "private_key_jwt", "jwks"),
            ("client_secret_basic", "none", "secret"),
            ("[clients.app]", "[clients.first-party]", "first-party"),
        ] {
            let message = build(&FILE.replace(from, to)).await.err().unwrap().to_string();
            assert!(message.contains(named) && message.contains("the client `"), "{message}");
            assert!(!message.contains("s3cr3t"), "{message}");
        }
        assert!(parse("[[clients]]\nid = 1").is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let settings = Settings { clients: Some("no/such/file.toml".into()), ..Settings::in_memory(3000) };
        let message = read(&settings).unwrap_err().to_string();
        assert!(message.contains("AUTH_CLIENTS") && message.contains("no/such/file.toml"), "{message}");
    }
    #[test]
    fn clients_that_register_themselves_need_no_file() {
        let settings = |client_registration| Settings { client_registration, ..Settings::in_memory(3000) };
        assert!(read(&settings(ClientRegistration::Off)).unwrap().is_none());
        assert!(read(&settings(ClientRegistration::Open)).unwrap().is_some());
    }
}
