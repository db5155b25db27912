//! Where commands print to.

use std::io;

/// Where commands print to.
pub(crate) type Out<'a> = &'a mut dyn io::Write;
