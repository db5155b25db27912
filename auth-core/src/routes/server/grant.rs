//! What a registered client asks the token endpoint for.

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::http::Fields;
use crate::routes::exchange::Exchange;
use crate::server::{GrantType, OAuthClient};
use crate::token::Narrowing;

use super::fields::{given, required};

/// The tokens, as the endpoint answers them.
pub(super) async fn grant(
    exchange: &Exchange,
    fields: &Fields,
    client: &OAuthClient,
    key: Option<&str>,
) -> Result<Value, Error> {
    let server = exchange.auth.server().ok_or(ErrorKind::InvalidClient)?;
    server.check_key(client, key)?;
    let granted = match server.check_grant(client, required(fields, "grant_type")?)? {
        GrantType::ClientCredentials => {
            let (scope, resource) = (given(fields, "scope")?, given(fields, "resource")?);
            Ok(server.client_credentials(client, scope, resource, key).await?.to_json())
        }
        GrantType::RefreshToken => {
            let token = required(fields, "refresh_token")?;
            let asked = Narrowing { scope: given(fields, "scope")?, resource: given(fields, "resource")? };
            Ok(server.refresh(client, token, asked, key).await?.to_json())
        }
        GrantType::AuthorizationCode => super::code::exchange_code(server, client, fields, key).await,
        GrantType::DeviceCode => {
            Ok(server.poll_device(client, required(fields, "device_code")?, key).await?.to_json())
        }
        GrantType::TokenExchange => super::token_exchange::exchange_token(server, client, fields, key).await,
    }?;
    server.clients().note_use(client).await;
    Ok(granted)
}
