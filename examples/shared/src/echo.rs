//! The answer of `POST /private`.

/// The largest body that the demo's own routes take, in bytes: 64 KiB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The body's text back, with the status. The error is the status that the framework has for a body it could not read.
pub fn echo(body: Result<Vec<u8>, u16>) -> (u16, String) {
    match body.map(String::from_utf8) {
        Ok(Ok(text)) => (200, text),
        Ok(Err(_)) => (400, "the body is not UTF-8 text".to_owned()),
        Err(413) => (413, "the body is too large".to_owned()),
        Err(_) => (400, "the body ended early".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_and_everything_else_is_refused() {
        assert_eq!(echo(Ok(b"caf\xc3\xa9".to_vec())), (200, "caf\u{e9}".to_owned()));
        assert_eq!(echo(Ok(vec![0xff])).0, 400);
        assert_eq!(echo(Err(413)).0, 413);
        assert_eq!(echo(Err(500)).0, 400);
    }
}
