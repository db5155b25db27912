//! The copies that guards go by, in this process and in others: what is changed is forgotten here before the change is answered, and
//! others are told.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::user::{UserId, UserWatcher};

use super::Broadcast;
use super::cache::GuardCache;
use super::change::Change;

/// The copies in this process, and the way to those who keep others.
#[derive(Debug)]
pub(crate) struct Copies {
    here: Arc<GuardCache>,
    elsewhere: Option<Arc<dyn Broadcast>>,
}

impl Copies {
    pub(crate) fn new(here: Arc<GuardCache>, elsewhere: Option<Arc<dyn Broadcast>>) -> Self {
        Self { here, elsewhere }
    }

    /// Forgets copies here alone: nothing ended by the change.
    pub(super) fn forget_here(&self, change: &Change) {
        self.here.forget(change);
    }

    /// Forgets copies here, and has others forget theirs. One that is not told sees the change when its copy is too old.
    pub(super) async fn forget(&self, change: &Change) {
        self.here.forget(change);
        if let Some(broadcast) = &self.elsewhere
            && let Err(error) = broadcast.send(&change.to_string()).await
        {
            tracing::warn!(
                ?error,
                "other servers were not told of a change: their guards see it once their copies are too old"
            );
        }
    }
}

#[async_trait]
impl UserWatcher for Copies {
    async fn before(&self, _: Option<&UserId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, user: Option<&UserId>) {
        self.forget(&user.into()).await;
    }

    async fn after_login(&self, user: &UserId) {
        self.forget_here(&Some(user).into());
    }
}
