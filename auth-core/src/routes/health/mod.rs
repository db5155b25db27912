//! How this server is, for whoever sends it requests.

pub(super) mod probes;
