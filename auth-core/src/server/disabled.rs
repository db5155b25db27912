//! Without the cargo feature there is none, and no builder turns it on.

/// There are none.
pub(crate) enum ServerConfig {}

/// There is none.
#[derive(Clone)]
pub(crate) enum Server {}

impl Server {
    /// Whether clients register themselves.
    pub(crate) fn registers_clients(&self) -> bool {
        match *self {}
    }
}
