//! Programs that take turns under the same load.

use std::io;
use std::time::Duration;

use crate::load::{self, Requests, Turn};
use crate::program::Program;

/// Those who have a turn together, most often one program, and what they are asked.
pub(crate) struct Side<'a> {
    pub(crate) programs: Vec<Program>,
    pub(crate) requests: &'a mut dyn Requests,
}

impl Side<'_> {
    fn turn(&mut self, clients: usize, length: Duration) -> io::Result<Turn> {
        load::crowd(&self.programs, self.requests, clients, length)
    }
}

/// Has each side take `repeats` turns, with as many clients for each of its programs, after one that does not count: its connections
/// are made then. Every other time the last begins, so that whatever drifts falls on all of them.
pub(crate) fn take(
    sides: &mut [Side<'_>],
    clients: usize,
    repeats: usize,
    length: Duration,
) -> io::Result<Vec<Vec<Turn>>> {
    let mut turns: Vec<Vec<Turn>> = sides.iter().map(|_| Vec::new()).collect();
    for side in &mut *sides {
        side.turn(clients, length)?;
    }
    for repeat in 0..repeats {
        let mut both: Vec<_> = sides.iter_mut().zip(&mut turns).collect();
        if repeat % 2 == 1 {
            both.reverse();
        }
        for (side, turns) in both {
            turns.push(side.turn(clients, length)?);
        }
    }
    Ok(turns)
}
