//! The contract of what servers tell each other.

use std::fmt;

use async_trait::async_trait;

use crate::error::StoreError;

/// Short messages between the programs that share a store. A store that cannot carry them need not have it: nothing is decided by what
/// is heard, it only makes a server forget sooner what would be too old a moment later.
///
/// # Contract
/// - A message that is sent after [`listen`](Self::listen) was answered is heard by that listener, or its
///   [`next`](Listener::next) is an error. It may be heard twice.
/// - Whoever sends and listens hears their own messages too.
/// - Nobody of another tenant hears it.
/// - A message is text without NUL. One that cannot be carried (a long one) is an error of [`send`](Self::send), and nobody hears half
///   of it.
#[async_trait]
pub trait Broadcast: fmt::Debug + Send + Sync {
    /// Sends a message to everybody who listens now.
    async fn send(&self, message: &str) -> Result<(), StoreError>;

    /// Begins to listen.
    async fn listen(&self) -> Result<Box<dyn Listener>, StoreError>;
}

/// Hears what is sent by a [`Broadcast`], for as long as it is kept.
#[async_trait]
pub trait Listener: Send {
    /// Waits for the next message.
    ///
    /// # Errors
    /// The way is lost, and what was sent since is too: this listener hears nothing any more.
    async fn next(&mut self) -> Result<String, StoreError>;
}
