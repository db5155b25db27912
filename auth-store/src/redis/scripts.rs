//! The scripts: what Redis does in one step.
//!
//! Each touches one key, but for [`exchange`](Scripts::exchange), whose keys share a hash tag. So each runs on Redis Cluster.

use redis::Script;

pub(super) struct Scripts {
    pub(super) touch: Script,
    pub(super) write_data: Script,
    pub(super) end_version: Script,
    pub(super) rotate: Script,
    pub(super) index_add: Script,
    pub(super) put_new: Script,
    pub(super) remove_seen: Script,
    pub(super) exchange: Script,
    pub(super) probe: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            touch: Script::new(include_str!("scripts/touch.lua")),
            write_data: Script::new(include_str!("scripts/write_data.lua")),
            end_version: Script::new(include_str!("scripts/end_version.lua")),
            rotate: Script::new(include_str!("scripts/rotate.lua")),
            index_add: Script::new(include_str!("scripts/index_add.lua")),
            put_new: Script::new(include_str!("scripts/put_new.lua")),
            remove_seen: Script::new(include_str!("scripts/remove_seen.lua")),
            exchange: Script::new(include_str!("scripts/exchange.lua")),
            probe: Script::new(include_str!("scripts/probe.lua")),
        }
    }
}
