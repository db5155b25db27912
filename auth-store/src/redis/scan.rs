//! Looking through all keys of a kind, some at a time.

use auth_core::error::StoreError;
use redis::cmd;

use super::link::Link;
use super::node::Node;

/// How many keys Redis looks at in one step, in which it answers nobody else.
const STRETCH: usize = 512;

/// The names of all keys of a pattern, node by node. One that is there from beginning to end comes at least once.
pub(super) struct Scan<'a> {
    link: &'a Link,
    pattern: String,
    nodes: Vec<Node>,
    cursor: u64,
}

impl<'a> Scan<'a> {
    pub(super) async fn begin(link: &'a Link, pattern: String) -> Result<Self, StoreError> {
        let nodes = link.ask_all::<()>(cmd("PING")).await?.into_iter().map(|(node, ())| node).collect();
        Ok(Self { link, pattern, nodes, cursor: 0 })
    }

    /// Some more names, maybe none; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let Some(node) = self.nodes.last() else { return Ok(None) };
        let mut scan = cmd("SCAN");
        scan.arg(self.cursor).arg("MATCH").arg(&self.pattern).arg("COUNT").arg(STRETCH);
        let (cursor, names) = self.link.ask(node, scan).await?;
        self.cursor = cursor;
        if cursor == 0 {
            self.nodes.pop();
        }
        Ok(Some(names))
    }
}
