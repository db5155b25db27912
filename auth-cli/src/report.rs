//! `auth report`, and counting by format, which imports do too.

use std::collections::BTreeMap;
use std::io;

use auth_core::password::PasswordHash;

use crate::failure::Failure;
use crate::out::Out;
use crate::store::{PAGE, Store};

pub(crate) async fn run(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    let (mut tally, mut active) = (Tally::default(), 0_u64);
    let mut page = store.admin.list(None, PAGE).await?;
    while let Some(last) = page.last().map(|account| account.user.id.clone()) {
        for account in &page {
            tally.count(account.password.as_ref());
            active += u64::from(account.user.is_active);
        }
        page = store.admin.list(Some(&last), PAGE).await?;
    }
    writeln!(out, "{} accounts, {active} of them active.", tally.users())?;
    Ok(tally.print(out)?)
}

/// How many accounts rest on which format.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, Counts>);

#[derive(Debug, Default)]
struct Counts {
    users: u64,
    weak: u64,
    unusable: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, password: Option<&PasswordHash>) {
        let format = password.map_or("none".to_owned(), |hash| hash.format().to_string());
        let counts = self.0.entry(format).or_default();
        counts.users += 1;
        if let Some(hash) = password {
            counts.weak += u64::from(hash.is_weak());
            counts.unusable += u64::from(!hash.is_usable());
        }
    }

    fn users(&self) -> u64 {
        self.0.values().map(|counts| counts.users).sum()
    }

    /// A table; nothing where nothing was counted.
    pub(crate) fn print(&self, out: Out<'_>) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let width = self.0.keys().map(String::len).max().unwrap_or(0).max("password".len());
        writeln!(out, "\n{:<width$}  {:>10}  {:>10}  {:>14}", "password", "users", "weak", "not verifiable")?;
        for (format, counts) in &self.0 {
            let Counts { users, weak, unusable } = counts;
            writeln!(out, "{format:<width$}  {users:>10}  {weak:>10}  {unusable:>14}")?;
        }
        Ok(())
    }
}
