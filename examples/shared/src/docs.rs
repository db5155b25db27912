//! `GET /docs`: the login routes to read and to try, by Swagger UI over `/auth/openapi.json`.
//!
//! Swagger UI comes out of this program, not from elsewhere, and the page has no script of its own in it: so a policy that takes neither is
//! kept. "Authorize" works as it is: it asks `/auth/token` for tokens by user name and password, and leaves the client empty.

use std::borrow::Cow;
use std::sync::Arc;

use utoipa_swagger_ui::{Config, serve};

/// Where browsers may load things from for this page: from here. Swagger UI has its icons in its style sheet, as `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A file of the page, as it goes out.
#[derive(Debug)]
pub struct DocsReply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: [(&'static str, &'static str); 4],
    /// The body.
    pub body: Vec<u8>,
}

/// What `/docs` answers (an empty name), and `/docs/{file}`.
pub fn docs(file: &str) -> DocsReply {
    match file {
        "" => reply(200, "text/html; charset=utf-8", include_bytes!("../docs/index.html").into()),
        "start.js" => reply(200, "text/javascript; charset=utf-8", include_bytes!("../docs/start.js").into()),
        "swagger-ui-bundle.js" => from_package(file, "text/javascript; charset=utf-8"),
        "swagger-ui.css" => from_package(file, "text/css; charset=utf-8"),
        _ => not_found(),
    }
}

fn from_package(file: &str, content_type: &'static str) -> DocsReply {
    match serve(file, Arc::new(Config::default())) {
        Ok(Some(found)) => reply(200, content_type, found.bytes),
        _ => not_found(),
    }
}

fn not_found() -> DocsReply {
    reply(404, "text/plain; charset=utf-8", b"there is no such file".into())
}

fn reply(status: u16, content_type: &'static str, body: Cow<'_, [u8]>) -> DocsReply {
    let headers = [
        ("content-type", content_type),
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ];
    DocsReply { status, headers, body: body.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_there() {
        let page = String::from_utf8(docs("").body).unwrap();
        let names = page.split("\"/docs/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let names: Vec<_> = names.collect();
        assert_eq!(names, ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"]);
        for name in names {
            let file = docs(name);
            assert!(file.status == 200 && !file.body.is_empty(), "{name}");
        }
        assert_eq!(docs("../Cargo.toml").status, 404);
    }

    #[test]
    fn the_page_has_no_script_and_no_style_in_it() {
        let page = String::from_utf8(docs("").body).unwrap();
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script>"));
    }
}
