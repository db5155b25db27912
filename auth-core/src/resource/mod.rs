//! Guards for access tokens that others issued: this application as a resource server.
