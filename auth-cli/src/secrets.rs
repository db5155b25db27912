//! `auth secrets …`

use crate::Out;
use crate::failure::Failure;
use crate::keys;
use crate::store::{PAGE, Store};

/// Seals the signing keys anew. The tokens of providers are bound to the application's settings, which are not known here.
pub(crate) async fn reseal(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    let secrets = keys::secrets()?;
    let current = secrets.current_version();
    let resealed = keys::open(store, &secrets).await?.reseal().await?;
    writeln!(out, "Sealed {resealed} signing keys anew, with version {current} of the secret.")?;
    match outdated_tokens(store, current).await? {
        0 => {}
        left => writeln!(
            out,
            "The tokens of {left} accounts at providers are sealed with an older one: the application seals them anew by \
             `auth.reseal().await`, or one by one as they are refreshed. Until then the older one has to stay in the list."
        )?,
    }
    Ok(())
}

async fn outdated_tokens(store: &Store, current: u8) -> Result<usize, Failure> {
    let accounts = &store.stores.linked_accounts;
    let (mut count, mut page) = (0, accounts.page(None, PAGE).await?);
    while let Some(last) = page.last().map(|account| account.id) {
        let sealed = page.iter().filter_map(|account| account.tokens.as_deref());
        count += sealed.filter(|sealed| sealed.first() != Some(&current)).count();
        page = accounts.page(Some(&last), PAGE).await?;
    }
    Ok(count)
}
