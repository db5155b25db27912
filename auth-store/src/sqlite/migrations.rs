//! The migrations of SQLite, in their order.

use crate::sql::migration::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_tables", template: include_str!("migrations/0001_tables.sql"), needs: 1 },
    Migration { name: "0002_factors", template: include_str!("migrations/0002_factors.sql"), needs: 1 },
    Migration { name: "0003_language", template: include_str!("migrations/0003_language.sql"), needs: 1 },
    Migration { name: "0004_consents", template: include_str!("migrations/0004_consents.sql"), needs: 1 },
    Migration { name: "0005_clients", template: include_str!("migrations/0005_clients.sql"), needs: 1 },
    Migration {
        name: "0006_bound_families",
        template: include_str!("migrations/0006_bound_families.sql"),
        needs: 1,
    },
    Migration { name: "0007_registered", template: include_str!("migrations/0007_registered.sql"), needs: 1 },
];
