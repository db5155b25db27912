//! What a page shows, and what the browser may load for it.

use crate::error::Error;

/// What a page shows so that a person can show that they are one: HTML of the application's, which stands in the form, before its button.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HumanChallenge {
    html: String,
    sources: Vec<ScriptSource>,
}

impl HumanChallenge {
    /// This HTML, which is put into the page as it is. The `Content-Security-Policy` allows no inline script: what it runs comes by
    /// `<script src="…">` from one of the sources.
    pub fn new(html: impl Into<String>) -> Self {
        Self { html: html.into(), sources: Vec::new() }
    }

    /// The same with a source that its script, its frames, its styles and its requests may come from: on the pages that show it, and on no
    /// other.
    #[must_use]
    pub fn from_source(mut self, source: ScriptSource) -> Self {
        self.sources.push(source);
        self
    }

    /// The HTML.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// A policy that allows what it needs beside.
    pub(crate) fn widened(&self, policy: &str) -> String {
        if self.sources.is_empty() {
            return policy.to_owned();
        }
        let sources = self.sources.iter().map(ScriptSource::as_str).collect::<Vec<_>>().join(" ");
        let styles = format!("style-src {sources} ");
        let policy = policy.replacen("style-src ", &styles, 1);
        let of = |kind: &str| format!("; {kind} {sources}");
        let more = ["script-src", "frame-src", "connect-src", "worker-src"].map(of).concat();
        format!("{policy}{more}")
    }
}

/// Where a script comes from: an `https` origin, perhaps with a path, or the application itself. It is a source of CSP level 3 (section
/// 2.3.1), and nothing that could end one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScriptSource(String);

impl ScriptSource {
    /// The application's own origin.
    pub fn own() -> Self {
        Self("'self'".to_owned())
    }

    /// An `https` origin, `https://challenges.example`, or all below one, `https://*.challenges.example`; with a path that ends in a
    /// slash, what lies below that.
    ///
    /// # Errors
    /// `Configuration` for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || {
            let text = text.escape_debug();
            Error::configuration(format!(
                "`{text}` is no source of scripts: write one like https://challenges.example"
            ))
        };
        let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        let host = host.strip_prefix("*.").unwrap_or(host);
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':');
        let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        let is_host = host.contains('.') && host.chars().all(is_name) && !host.starts_with(['.', '-', ':']);
        match is_host && path.chars().all(is_path) {
            true => Ok(Self(text.to_owned())),
            false => Err(wrong()),
        }
    }

    /// As a policy has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
