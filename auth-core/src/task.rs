//! Work that is finished whoever waits for it.

use std::future::Future;

use crate::error::{Error, ErrorKind};

/// Runs what changes state in a task of its own, so that a client that hangs up leaves nothing half done.
pub(crate) async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(ErrorKind::Internal).with_source(error)),
    }
}
