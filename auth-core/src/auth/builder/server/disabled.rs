//! Without the cargo feature there is none.

use std::sync::Arc;

use crate::error::Error;
use crate::login::SecondFactors;
use crate::page::ReplyStyle;
use crate::server::Server;
use crate::session::Sessions;
use crate::throttle::Throttle;
use crate::token::{RegisteredClients, Tokens};

use super::super::assemble::Parts;
use super::super::base_url::BaseUrl;

/// There is none.
pub(in crate::auth::builder) enum ServerDraft {}

impl ServerDraft {
    pub(in crate::auth::builder) fn registered(&self) -> Arc<dyn RegisteredClients> {
        match *self {}
    }
}

impl Parts {
    pub(in crate::auth::builder) fn server_draft(
        &mut self,
        _: &BaseUrl,
    ) -> Result<Option<ServerDraft>, Error> {
        match self.builder.server.take() {
            None => Ok(None),
            Some(config) => match config {},
        }
    }

    pub(in crate::auth::builder) fn server(
        &mut self,
        draft: ServerDraft,
        _: &BaseUrl,
        _: &ReplyStyle,
        _: (&Tokens, &Sessions),
        _: (&Throttle, Arc<dyn SecondFactors>),
    ) -> Result<Server, Error> {
        match draft {}
    }
}
