//! The login providers of the file that `AUTH_PROVIDERS` names.

use std::path::Path;

use auth_core::error::Error;
use auth_core::provider::{ProviderEntries, ProvidersFile};

use crate::file;

/// Reads the file.
///
/// # Errors
/// `Configuration`, with the file and the line at fault, and never with what stands there: it may be a client secret.
pub(crate) fn read(path: &Path) -> Result<ProviderEntries, Error> {
    file::read("AUTH_PROVIDERS", path, parse)
}

/// The providers, or the line at fault and what is wrong with it.
fn parse(text: &str) -> Result<ProviderEntries, file::Fault> {
    Ok(file::parse::<ProvidersFile>(text)?.providers)
}

#[cfg(test)]
mod tests {
    use auth_core::Auth;
    use auth_core::store::MemoryStore;

    use super::*;

    /// A file as somebody would write it.
    const FILE: &str = r#"
        [providers.work]
        issuer = "https://login.example.com"
        client_id = "app"
        client_secret = "s3cr3t"
        scopes = ["openid", "email", "profile"]
        label = "Work account"

        [providers.github]
        preset = "github"
        client_id = "Iv1.8a61f9b3a7aba766"
        client_secret = "0123456789abcdef"
    "#;

    #[tokio::test]
    async fn providers_come_in_the_order_of_the_file() {
        let auth = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text("F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=")
            .store(MemoryStore::new())
            .providers(parse(FILE).unwrap())
            .build()
            .await
            .unwrap();
        let labels: Vec<_> = auth.providers().list().map(|provider| provider.label().to_owned()).collect();
        assert_eq!(labels, ["Work account", "GitHub"]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_no_secret_with_it() {
        for (wrong, line) in [
            (FILE.replace("label = ", "labell = "), 2),
            (FILE.replace("client_secret = \"s3cr3t\"", "client_secret = \"s3cr3t"), 5),
            (FILE.replace("\"s3cr3t\"", "[\"s3cr3t\"]"), 5),
            (format!("{FILE}\nsomething = 1"), 13),
        ] {
            let (at, message) = parse(&wrong).unwrap_err();
            assert!(!message.contains("s3cr3t"), "{message}");
            assert!(at <= line + 1, "{at}: {message}");
        }
        assert!(parse("[[providers]]\nid = 1").is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = read(Path::new("no/such/file.toml")).unwrap_err().to_string();
        assert!(message.contains("AUTH_PROVIDERS") && message.contains("no/such/file.toml"), "{message}");
    }
}
