//! The fields that stored hashes are written in.

/// Salts that are text, in bytes. Known writers make 8 to 29.
pub(super) const MAX_SALT: usize = 64;

/// A decimal number as these formats write it: digits only, no leading zero.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// A salt that is used as the text it is.
pub(super) fn text_salt(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MAX_SALT).then(|| text.into())
}

/// The fields of a text between `$`, if there are `N`.
pub(super) fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    let fields: Vec<&str> = text.splitn(N + 1, '$').collect();
    fields.try_into().ok()
}
