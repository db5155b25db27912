//! What the process logs, kept for the test to read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that this process has logged since it was last taken. There is one for a whole process: a test that looks into it is the
/// only one of its program, or runs in a process of its own.
#[derive(Clone, Debug)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures what is logged from now on, down to `level`.
    pub fn start(level: Level) -> Self {
        let log = Self(Arc::default());
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    }

    /// What was logged since the last time.
    pub fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What is logged while something is done; it stays to be taken.
    pub fn of(&self, act: impl FnOnce()) -> String {
        let before = self.0.lock().unwrap().len();
        act();
        String::from_utf8_lossy(&self.0.lock().unwrap()[before..]).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
