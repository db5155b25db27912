//! The statements of signing keys.

use crate::sql::columns;

use super::template::{insert, statements};

columns! {
    pub(in crate::tables) Column { kid, algorithm, sealed, announced_at, active_from, retire_from, gone_from, }
}

statements! { KeySql(writer) {
    list = format!(
        "SELECT {} FROM @signing_keys WHERE tenant = :tenant ORDER BY announced_at, kid", Column::LIST.join(", "));
    newest = "SELECT kid FROM @signing_keys WHERE tenant = :tenant ORDER BY announced_at DESC, kid DESC LIMIT 1";
    end_all = "UPDATE @signing_keys SET retire_from = coalesce(retire_from, :retire_from), \
        gone_from = coalesce(gone_from, :gone_from) WHERE tenant = :tenant";
    insert = insert("@signing_keys", Column::LIST);
    reseal = "UPDATE @signing_keys SET sealed = :sealed WHERE tenant = :tenant AND kid = :kid AND sealed = :expected";
    remove_gone = "DELETE FROM @signing_keys WHERE tenant = :tenant AND gone_from <= :now";
} }
