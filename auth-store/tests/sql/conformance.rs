//! The conformance suite of the core on each database, for one tenant and for two side by side.

use auth_core::store::Stores;

use crate::home::Fresh;

async fn alone(fresh: Option<Fresh>, case: impl AsyncFnOnce(Stores)) {
    let Some(fresh) = fresh else { return };
    case(fresh.stores()).await;
}

/// Runs a case for one tenant, then for another who finds nothing of what it left, and leaves all of that as it is.
async fn beside_the_same(fresh: Option<Fresh>, case: impl AsyncFn(Stores)) {
    let Some(fresh) = fresh else { return };
    case(fresh.stores()).await;
    let left = fresh.home.rows_of("").await;
    case(fresh.of_tenant("acme")).await;
    assert_eq!(fresh.home.rows_of("").await, left);
}

async fn apart(fresh: Option<Fresh>, case: impl AsyncFnOnce([Stores; 2])) {
    let Some(fresh) = fresh else { return };
    case([fresh.stores(), fresh.of_tenant("acme")]).await;
}

/// The suite on stores that are made by `$fresh`.
macro_rules! suite {
    ($name:ident, $fresh:expr) => {
        mod $name {
            mod alone {
                async fn fresh(case: impl AsyncFnOnce(auth_core::store::Stores)) {
                    super::super::alone($fresh, case).await;
                }

                auth_core::store_conformance!(run by fresh);
            }

            mod beside {
                async fn fresh(case: impl AsyncFn(auth_core::store::Stores)) {
                    super::super::beside_the_same($fresh, case).await;
                }

                auth_core::store_conformance!(run by fresh);
            }

            async fn pair(case: impl AsyncFnOnce([auth_core::store::Stores; 2])) {
                super::apart($fresh, case).await;
            }

            auth_core::tenant_conformance!(run by pair);
        }
    };
}

suite!(on_sqlite, crate::home::Fresh::sqlite().await);
suite!(on_mysql, crate::home::Fresh::mysql().await);
suite!(on_postgres, crate::home::Fresh::postgres().await);
