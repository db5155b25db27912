//! The outbox: what is to be told to others goes into a table, in the same transaction as the change that it tells of, and from there
//! out, never on the way of a request.
//!
//! 1. A letter is written with the change: both are there, or neither. What it says is sealed; its kind is not.
//! 2. Any of the servers delivers, each letter one of them at a time. One that cannot be delivered now is tried again, after 10 seconds at
//!    first and an hour at most, until it is of no use any more. What was delivered is removed; a server that dies between the two
//!    delivers it once more.
//! 3. Whoever delivers a kind of letters is a courier, and takes letters of that kind alone, in its own time: no mail waits for a
//!    webhook that hangs, and a letter of a kind that this server has no courier for is left to one that does.
//!
//! The outbox is the pattern of that name: a message table in the database of the change. What goes out by it: [`mail`](crate::mail), the
//! webhooks of [`event`](crate::event), and what OAuth clients are told of sessions that end.

mod delivery;
mod letters;
mod store;

pub use self::store::OutboxStore;
pub use crate::user::{LetterId, LetterKind, QueuedLetter};

pub(crate) use self::delivery::{Courier, Delivery, Fate, Round, UnderWay};
pub(crate) use self::letters::Outbox;
