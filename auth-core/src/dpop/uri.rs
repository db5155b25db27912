//! Whether two URLs are one (RFC 9449 section 4.3, RFC 3986 sections 6.2.2 and 6.2.3).

use url::Url;

/// A URL without query and fragment, in its one spelling; `None` for what is none of the web.
pub(super) fn normal(text: &str) -> Option<String> {
    // The parser mends what browsers mend: spaces, line ends and backslashes, which no other reader has to read alike.
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    (!has_user).then(|| format!("{}://{host}:{port}{}", url.scheme(), with_plain_letters(url.path())))
}

/// The path with what needs no escape written plainly, and what needs one in capitals.
fn with_plain_letters(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let escape = rest.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escape {
            Some(byte) if is_unreserved(byte) => plain.push(char::from(byte)),
            Some(byte) => plain.push_str(&format!("%{byte:02X}")),
            None => plain.push('%'),
        }
        rest = &rest[at + if escape.is_some() { 3 } else { 1 }..];
    }
    plain.push_str(rest);
    plain
}

/// RFC 3986 section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
