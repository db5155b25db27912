//! The statements of accounts at other providers.

use crate::sql::columns;

use super::template::{insert_beside_user, select, statements};

columns! {
    pub(in crate::tables) Column {
        id, provider, issuer, subject, user_id, email, name, created_at, last_login_at, tokens, tokens_version,
    }
}

statements! { LinkedAccountSql(writer) {
    by_subject = select(Column::LIST, "@linked_accounts", "issuer = :issuer AND subject = :subject");
    by_user = select(Column::LIST, "@linked_accounts", "user_id = :user_id ORDER BY created_at, id");
    page = select(Column::LIST, "@linked_accounts", "id > :after ORDER BY id LIMIT :limit");
    lock = select(&["id"], "@linked_accounts", "user_id = :user_id ORDER BY created_at, id") + writer.dialect.for_update();
    insert = insert_beside_user("@linked_accounts", Column::LIST);
    remove = "DELETE FROM @linked_accounts WHERE tenant = :tenant AND id = :id";
    remove_of_user = "DELETE FROM @linked_accounts WHERE tenant = :tenant AND user_id = :id";
    record_login = "UPDATE @linked_accounts SET last_login_at = :at, email = coalesce(:email, email), \
        name = coalesce(:name, name) WHERE tenant = :tenant AND id = :id AND (last_login_at IS NULL OR last_login_at <= :at)";
    write_tokens = "UPDATE @linked_accounts SET tokens = :tokens, tokens_version = :expected + 1 \
        WHERE tenant = :tenant AND id = :id AND tokens_version = :expected";
} }
