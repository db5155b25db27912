//! What goes back to the client, and where.

use serde::{Deserialize, Serialize};

/// How an answer gets there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that the browser posts there (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// The modes that are offered, as metadata name them.
    pub(crate) const NAMES: [&str; 2] = ["query", "form_post"];

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where the answer to a request goes: a redirect URI that was checked, with the client's `state`, byte for byte.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct WayBack {
    pub(in crate::server) redirect_uri: String,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

impl WayBack {
    /// Where that is, as people know places: a host, with its port if it has one, or the scheme of a native app.
    pub(super) fn place(&self) -> &str {
        let (scheme, rest) = self.redirect_uri.split_once(':').unwrap_or_default();
        match rest.strip_prefix("//") {
            Some(rest) => rest.split(['/', '?']).next().unwrap_or(rest),
            None => scheme,
        }
    }
}

/// An answer, on its way to the client.
#[must_use = "a client that is not answered waits for ever"]
pub(crate) struct Answer {
    way_back: WayBack,
    parameters: Vec<(&'static str, String)>,
}

impl Answer {
    /// These parameters, `state` and who answers (RFC 9207).
    pub(super) fn new(way_back: WayBack, issuer: &str, parameters: Vec<(&'static str, String)>) -> Self {
        let state = way_back.state.clone().map(|state| ("state", state));
        let parameters = parameters.into_iter().chain(state).chain([("iss", issuer.to_owned())]).collect();
        Self { way_back, parameters }
    }

    /// How it gets there.
    pub(crate) fn mode(&self) -> ResponseMode {
        self.way_back.mode
    }

    /// Where it goes.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.way_back.redirect_uri
    }

    /// Where that is, as people know places.
    pub(crate) fn place(&self) -> &str {
        self.way_back.place()
    }

    /// What it says.
    pub(crate) fn parameters(&self) -> &[(&'static str, String)] {
        &self.parameters
    }

    /// The redirect URI with the answer in its query (RFC 6749 section 3.1.2: a query that is there stays).
    pub(crate) fn location(&self) -> String {
        let uri = self.redirect_uri();
        let joint = match uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        format!("{uri}{joint}{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_behind_the_query_that_is_there() {
        let location = |uri: &str| {
            let way_back = WayBack {
                redirect_uri: uri.to_owned(),
                mode: ResponseMode::Query,
                state: Some("a b&\u{e9}".to_owned()),
            };
            Answer::new(way_back, "https://as.example", vec![("code", "x".to_owned())]).location()
        };
        let answer = "code=x&state=a+b%26%C3%A9&iss=https%3A%2F%2Fas.example";
        for (uri, joint) in [
            ("https://shop.example/cb", "?"),
            ("https://shop.example", "?"),
            ("https://shop.example/cb?", ""),
            ("https://shop.example/cb?tenant=a", "&"),
            ("com.example.shop:/cb", "?"),
        ] {
            assert_eq!(location(uri), format!("{uri}{joint}{answer}"));
        }
    }
}
