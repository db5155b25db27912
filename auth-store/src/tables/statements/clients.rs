//! The statements of registered clients.

use crate::sql::columns;

use super::template::{insert, select, statements};

columns! {
    pub(in crate::tables) Column {
        client_id, registration, secrets, registration_token, created_at, updated_at, disabled_at, expires_at, version,
    }
}

statements! { ClientSql(writer) {
    one = select(Column::LIST, "@clients", "client_id = :client_id");
    list = format!("SELECT {} FROM @clients WHERE tenant = :tenant ORDER BY client_id", Column::LIST.join(", "));
    insert = insert("@clients", Column::LIST);
    update = "UPDATE @clients SET registration = :registration, secrets = :secrets, \
        registration_token = :registration_token, updated_at = :updated_at, disabled_at = :disabled_at, expires_at = :expires_at, \
        version = :version \
        WHERE tenant = :tenant AND client_id = :client_id AND version = :expected";
    remove = "DELETE FROM @clients WHERE tenant = :tenant AND client_id = :client_id";
    remove_expired = "DELETE FROM @clients WHERE tenant = :tenant AND expires_at <= :now";
} }
