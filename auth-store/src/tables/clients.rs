//! Registered clients.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::server::{ClientStore, StoredClient};

use crate::sql::{Param, Row};

use super::statements::clients::Column;
use super::store::SqlStore;

fn client(row: &Row<'_>) -> Result<StoredClient, BoxError> {
    let secrets = row.blob(Column::secrets)?.unwrap_or_default();
    // What are no whole hashes are no secrets: the client is nobody then, and a list has the others all the same.
    let (secrets, rest) = secrets.as_chunks::<32>();
    let secrets = if rest.is_empty() { secrets } else { &[] };
    Ok(StoredClient {
        client_id: row.string(Column::client_id)?.to_owned(),
        registration: row.string(Column::registration)?.to_owned(),
        secrets: secrets.to_vec(),
        registration_token: row.optional_bytes(Column::registration_token)?,
        created_at: row.time(Column::created_at)?,
        updated_at: row.time(Column::updated_at)?,
        disabled_at: row.optional_time(Column::disabled_at)?,
        expires_at: row.optional_time(Column::expires_at)?,
        version: row.number(Column::version)?.cast_unsigned(),
    })
}

fn params<'p>(client: &'p StoredClient, secrets: &'p [u8]) -> [Param<'p>; 9] {
    [
        ("client_id", client.client_id.as_str().into()),
        ("registration", client.registration.as_str().into()),
        ("secrets", secrets.into()),
        ("registration_token", client.registration_token.as_ref().map(<[u8; 32]>::as_slice).into()),
        ("created_at", client.created_at.into()),
        ("updated_at", client.updated_at.into()),
        ("disabled_at", client.disabled_at.into()),
        ("expires_at", client.expires_at.into()),
        ("version", client.version.into()),
    ]
}

#[async_trait]
impl ClientStore for SqlStore {
    /// A guard waits for it where a token is of a client that is kept here.
    async fn get(&self, client_id: &str) -> Result<Option<StoredClient>, StoreError> {
        self.database.one(&self.sql().clients.one, &[("client_id", client_id.into())], client).await
    }

    async fn list(&self) -> Result<Vec<StoredClient>, StoreError> {
        self.database.look_up(&self.sql().clients.list, &[], client).await
    }

    async fn insert(&self, client: StoredClient) -> Result<bool, StoreError> {
        let secrets = client.secrets.concat();
        match self.database.execute(&self.sql().clients.insert, &params(&client, &secrets)).await {
            Err(error) if error.is_already_exists() => Ok(false),
            inserted => Ok(inserted? == 1),
        }
    }

    async fn update(&self, client: StoredClient, expected: u64) -> Result<bool, StoreError> {
        let secrets = client.secrets.concat();
        let changed = params(&client, &secrets).into_iter().filter(|(name, _)| *name != "created_at");
        let params: Vec<_> = changed.chain([("expected", expected.into())]).collect();
        Ok(self.database.execute(&self.sql().clients.update, &params).await? == 1)
    }

    async fn remove(&self, client_id: &str) -> Result<bool, StoreError> {
        let params = [("client_id", client_id.into())];
        Ok(self.database.execute(&self.sql().clients.remove, &params).await? == 1)
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.database.execute(&self.sql().clients.remove_expired, &[("now", now.into())]).await
    }
}
