//! What a token is, for a resource server that asks (RFC 7662).

use serde_json::{Value, json};

use crate::error::{Error, ErrorKind};
use crate::token::{AccessClaims, Bearer};

use super::{OAuthClient, Server};

impl Server {
    /// What a token is, told to a client that it was issued to, or that stands for one of its audiences. Of any other token, and of one that
    /// does not count now, nothing is told but that.
    ///
    /// # Errors
    /// `InvalidClient` for a public client: anybody could ask in its name; `Unavailable`.
    pub(crate) async fn introspect(&self, client: &OAuthClient, token: &str) -> Result<Value, Error> {
        if client.is_public() {
            return Err(ErrorKind::InvalidClient.into());
        }
        let told = match self.tokens.inspect(token, self.clock.now()).await {
            Ok(Bearer { claims, .. }) => is_for(client, &claims).then(|| of_access(&claims)),
            Err(error) if error.kind() == ErrorKind::InvalidToken => self.of_refresh(client, token).await?,
            Err(error) => return Err(error),
        };
        Ok(told.unwrap_or_else(|| json!({"active": false})))
    }

    async fn of_refresh(&self, client: &OAuthClient, token: &str) -> Result<Option<Value>, Error> {
        let family = self.tokens.family_of(token, client.for_tokens()).await?;
        let Some(family) = family else { return Ok(None) };
        let subject = self.subject(client, &family.user)?;
        let mut told = json!({
            "active": true,
            "client_id": client.id(),
            "iss": &*self.issuer,
            "sub": subject,
            "scope": family.scope,
            "iat": family.rotation.rotated_at.unix_seconds(),
            "exp": self.tokens.end_of(&family).unix_seconds(),
        });
        if let Some(jkt) = &family.jkt {
            told["cnf"] = json!({"jkt": &**jkt});
        }
        Ok(Some(told))
    }
}

fn is_for(client: &OAuthClient, claims: &AccessClaims) -> bool {
    claims.client_id == client.id() || claims.aud.iter().any(|audience| client.has_resource(audience))
}

/// RFC 7662 section 2.2. What is there for ourselves is nobody else's business.
fn of_access(claims: &AccessClaims) -> Value {
    let mut told = json!(claims);
    if let Some(members) = told.as_object_mut() {
        for ours in ["account", "auth_epoch", "exchanged", "family"] {
            members.remove(ours);
        }
        members.insert("active".to_owned(), json!(true));
        members.insert("token_type".to_owned(), json!(claims.cnf.as_ref().map_or("Bearer", |_| "DPoP")));
    }
    told
}
