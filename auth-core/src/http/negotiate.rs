//! Page or JSON, and in which language.

use std::cmp::Reverse;

use super::RequestView;
use super::htmx::is_htmx;

/// Whether the reply should be a page: `Accept` prefers `text/html` to JSON, and the body is not JSON. Explicit preference
/// only: `*/*` alone is what programs send, htmx apart, which works for a page whatever it sends.
pub(crate) fn prefers_html(view: &impl RequestView) -> bool {
    if is_htmx(view) {
        return preference(view).1 == 0;
    }
    let has_json_body = view.header_text("content-type").is_some_and(is_json);
    !has_json_body && {
        let (html, json) = preference(view);
        html > 0 && html >= json
    }
}

/// Whether a person is opening a page: a GET that prefers HTML, or a HEAD, which is answered as a GET is (RFC 9110 section 9.3.2).
pub(crate) fn is_browser_navigation(view: &impl RequestView) -> bool {
    matches!(view.method(), "GET" | "HEAD") && prefers_html(view)
}

/// Whether a content type is JSON (RFC 8259), parameters aside.
pub(crate) fn is_json(content_type: &str) -> bool {
    media_type(content_type).eq_ignore_ascii_case("application/json")
}

pub(crate) fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The weights, in thousandths (RFC 9110 section 12.4.2), that `Accept` gives to HTML and to JSON by name.
fn preference(view: &impl RequestView) -> (u16, u16) {
    let mut best = (0, 0);
    for range in view.header_texts("accept").flat_map(|line| line.split(',')) {
        let weight = weight(range);
        match media_type(range).to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => best.0 = weight.max(best.0),
            "application/json" | "application/problem+json" => best.1 = weight.max(best.1),
            _ => {}
        }
    }
    best
}

/// The languages that `Accept-Language` asks for, the dearest first, and of equal ones the first (RFC 9110 section 12.5.4). One that is
/// refused (`q=0`) is not among them.
pub(crate) fn language_ranges(view: &impl RequestView) -> Vec<&str> {
    let ranges = view.header_texts("accept-language").flat_map(|line| line.split(','));
    let mut ranges: Vec<_> = ranges.map(|range| (weight(range), media_type(range))).collect();
    ranges.retain(|(weight, range)| *weight > 0 && !range.is_empty());
    ranges.sort_by_key(|(weight, _)| Reverse(*weight));
    ranges.into_iter().map(|(_, range)| range).collect()
}

fn weight(range: &str) -> u16 {
    let quality = range.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    match quality.map(str::parse::<f32>) {
        None => 1000,
        Some(Ok(q)) if (0.0..=1.0).contains(&q) => (q * 1000.0) as u16,
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::request;

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, html) in [
            (chromium, true),
            ("text/html", true),
            ("TEXT/HTML;charset=utf-8", true),
            ("*/*", false),
            ("", false),
            ("text/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.9", false),
            ("text/html;q=0", false),
            ("text/html;q=x", false),
            ("text/html, application/json", true),
        ] {
            assert_eq!(prefers_html(&request("GET", "/", &[("accept", accept)])), html, "{accept}");
        }
        assert!(!prefers_html(&request("GET", "/", &[])));
    }

    #[test]
    fn htmx_gets_pages_unless_it_asks_for_json() {
        let htmx = ("hx-request", "true");
        assert!(prefers_html(&request("GET", "/", &[htmx, ("accept", "*/*")])));
        assert!(prefers_html(&request("POST", "/", &[htmx, ("content-type", "application/json")])));
        assert!(!prefers_html(&request("GET", "/", &[htmx, ("accept", "application/json")])));
        assert!(!prefers_html(&request("GET", "/", &[("hx-request", "false")])));
    }

    #[test]
    fn languages_come_by_their_weight() {
        for (lines, ranges) in [
            (&["ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7"][..], &["ko-KR", "ko", "en-US", "en"][..]),
            (&["en;q=0.5, ko ; q=0.8"], &["ko", "en"]),
            (&["en;q=0.5", "ko"], &["ko", "en"]),
            (&["en, ko"], &["en", "ko"]),
            (&["en;q=0, ko;q=0.001"], &["ko"]),
            (&["en;q=x, ko;q=2, , ;q=1, fr"], &["fr"]),
            (&["*;q=0.1, ko"], &["ko", "*"]),
            (&[], &[]),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("accept-language", *line)).collect();
            assert_eq!(language_ranges(&request("GET", "/", &headers)), ranges, "{lines:?}");
        }
    }

    #[test]
    fn a_json_body_is_answered_in_json() {
        let headers = [("accept", "text/html"), ("content-type", "application/json; charset=utf-8")];
        assert!(!prefers_html(&request("POST", "/", &headers)));
    }
}
