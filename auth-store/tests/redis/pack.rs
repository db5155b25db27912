//! Several servers that belong together: they end when this process does, however it ends.

use std::env::temp_dir;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::home::skip;

/// Starts each line of arguments as a server, and stops them all when its input ends: it reads from a pipe that closes with whoever
/// holds the other end.
const SHELL: &str = r#"
servers=
for line in "$@"; do
  eval "redis-server $line >/dev/null 2>&1 &"
  servers="$servers $!"
done
read -r _
kill -KILL $servers 2>/dev/null
cd / && rm -rf "$OLDPWD"
"#;

/// The servers, in a folder of their own.
pub(crate) struct Pack {
    shell: Child,
    folder: PathBuf,
}

impl Pack {
    /// Starts a server with each of these lines of arguments, as a shell reads them. Files that they name are written to the folder
    /// before, by `prepare`.
    pub(crate) fn start(lines: &[String], prepare: impl FnOnce(&Path)) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip("there is no `redis-server`");
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = temp_dir().join(format!("redis-pack-{}-{number}", process::id()));
        fs::create_dir(&folder).unwrap();
        prepare(&folder);
        let mut shell = Command::new("sh");
        shell.args(["-c", SHELL, "sh"]).args(lines).current_dir(&folder).stdin(Stdio::piped());
        Some(Self { shell: shell.spawn().unwrap(), folder })
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
