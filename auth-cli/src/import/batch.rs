//! What goes from a source to the importer.

use tokio::sync::mpsc;

use crate::failure::Failure;

use super::person::Row;

/// Rows that are written in one transaction: many share a page then, and an application beside waits for a tenth of a second only.
pub(super) const BATCH: usize = 4000;

/// A group and the permissions it gives.
pub(super) type Group = (String, Vec<String>);

/// Some rows, and how far the source is read with them, in its own unit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    pub(super) position: u64,
}

pub(super) type Batches = mpsc::Sender<Result<Batch, Failure>>;
