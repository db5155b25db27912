//! The parameters of a request in OAuth's form.

use crate::error::Error;
use crate::http::{AuthRequest, Fields, RequestView as _};

/// The fields of the body. Parameters in the query are refused: they would end up in logs (RFC 6749 section 2.3.1).
pub(super) fn read(request: &AuthRequest) -> Result<Fields, Error> {
    if request.query().is_some() {
        return Err(Error::invalid_request("parameters belong into the body"));
    }
    Fields::form(request)
}

/// A parameter; one without a value counts as omitted (RFC 6749 section 3.2).
pub(super) fn given<'a>(fields: &'a Fields, name: &str) -> Result<Option<&'a str>, Error> {
    Ok(fields.text(name)?.filter(|value| !value.is_empty()))
}

pub(super) fn required<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, Error> {
    given(fields, name)?.ok_or_else(|| Error::invalid_request(format!("the parameter {name} is missing")))
}
