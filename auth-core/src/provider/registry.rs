//! STUB
use std::time::Duration;
use crate::error::Error;
use crate::issuer::IssuerId;
use crate::oauth::ClientAuthentication;
use crate::outbound::OutboundUrl;
use crate::user::Email;
use super::{Profile, ProviderId};
use super::claims::Claims;
/// STUB
#[derive(Debug)]
pub enum Kind {
    /// s
    OpenIdConnect { /// s
        issuer: IssuerId },
    /// s
    OAuth2 { /// s
        issuer: String, /// s
        authorization: OutboundUrl, /// s
        token: OutboundUrl, /// s
        profile_urls: Vec<OutboundUrl> },
}
/// STUB
#[derive(Debug)]
pub struct Provider { id: ProviderId, label: String, kind: Kind, client_id: String, auth: ClientAuthentication, scopes: Vec<String> }
#[allow(missing_docs)]
impl Provider {
    pub fn id(&self) -> &ProviderId { &self.id }
    pub fn label(&self) -> &str { &self.label }
    pub fn kind(&self) -> &Kind { &self.kind }
    pub fn client_id(&self) -> &str { &self.client_id }
    pub fn authentication(&self) -> &ClientAuthentication { &self.auth }
    pub fn scopes(&self) -> &[String] { &self.scopes }
    pub fn authorization_parameters(&self) -> Vec<(&str, &str)> { vec![] }
    pub fn uses_form_post(&self) -> bool { false }
    pub fn is_openid_connect(&self) -> bool { matches!(self.kind, Kind::OpenIdConnect{..}) }
    pub fn max_age(&self) -> Option<Duration> { None }
    pub fn is_trusted_with(&self, _e: &Email) -> bool { false }
    pub fn links_by_verified_email(&self) -> bool { false }
    pub fn is_sign_up_open(&self) -> bool { true }
    pub fn has_rp_initiated_logout(&self) -> bool { false }
    pub(crate) fn read_claims(&self, _c: &Claims) -> Result<Profile, Error> { todo!() }
    pub(crate) fn read_answers(&self, _a: &[serde_json::Value]) -> Result<Profile, Error> { todo!() }
}

/// STUB
#[derive(Debug)]
pub struct ProviderConfig(pub(crate) Provider);
/// STUB
#[derive(Debug)]
pub(crate) struct Registry(Vec<std::sync::Arc<Provider>>);
impl Registry {
    pub(crate) fn new(configs: Vec<ProviderConfig>, _local: bool) -> Result<Self, Error> { Ok(Self(configs.into_iter().map(|c| std::sync::Arc::new(c.0)).collect())) }
    pub(crate) fn is_empty(&self) -> bool { self.0.is_empty() }
}
impl IntoIterator for Registry { type Item = std::sync::Arc<Provider>; type IntoIter = std::vec::IntoIter<Self::Item>; fn into_iter(self) -> Self::IntoIter { self.0.into_iter() } }
