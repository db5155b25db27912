//! The statements of what users have allowed clients.

use crate::sql::columns;

use super::template::{insert_beside_user, select, statements};

columns! {
    pub(in crate::tables) Column {
        user_id, client_id, scope, created_at, updated_at,
    }
}

statements! { ConsentSql(writer) {
    one = select(Column::LIST, "@consents", "user_id = :user_id AND client_id = :client_id");
    by_user = select(Column::LIST, "@consents", "user_id = :user_id ORDER BY client_id");
    put = writer.dialect.or_update(
        insert_beside_user("@consents", Column::LIST), &["tenant", "user_id", "client_id"], &["scope", "updated_at"]);
    remove = "DELETE FROM @consents WHERE tenant = :tenant AND user_id = :user_id AND client_id = :client_id";
    remove_of_user = "DELETE FROM @consents WHERE tenant = :tenant AND user_id = :id";
} }
