//! The parameters of a request, as they came.

use std::fmt;

use crate::error::Error;
use crate::secret::Secret;
use crate::text::Text;

/// The most bytes that all of them together may have: what servers take in a request line (RFC 9110 section 4.1 asks for 8 000 octets).
const MAX_LEN: usize = 8 * 1024;

/// The parameters of an authorization request, in the order in which they came.
pub(crate) struct Parameters(Vec<(String, Secret)>);

/// A parameter that is there more than once (RFC 6749 section 3.1).
#[derive(Debug)]
pub(super) struct Repeated;

impl Parameters {
    /// Those pairs.
    ///
    /// # Errors
    /// `InvalidRequest` when they are too long.
    pub(crate) fn new(pairs: Vec<(String, Secret)>) -> Result<Self, Error> {
        let len: usize = pairs.iter().map(|(name, value)| name.len() + value.expose().len()).sum();
        if len > MAX_LEN {
            return Err(Error::invalid(Text::AuthorizeTooLong));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter. One without a value counts as omitted (RFC 6749 section 3.1).
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(held, _)| held == name).map(|(_, value)| value.expose());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Repeated),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// The value of the parameter of this name, if that is all there is.
    pub(crate) fn alone(&self, name: &str) -> Option<&str> {
        match self.0.as_slice() {
            [(held, value)] if held == name => Some(value.expose()),
            _ => None,
        }
    }

    /// The value of a parameter; nothing where it is there more than once, which [`has_repeated`](Self::has_repeated) says.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.one(name).ok().flatten()
    }

    /// Whether any is there more than once.
    pub(super) fn has_repeated(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0[..at].iter().any(|(other, _)| other == name))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
