//! The scripts: what Redis does in one step.
//!
//! Each touches one key, but for [`exchange`](Scripts::exchange), whose keys share a hash tag. So each runs on Redis Cluster, save
//! [`session_and_user`](Scripts::session_and_user), in whose place a Cluster is asked twice.

use redis::Script;

pub(super) struct Scripts {
    pub(super) session_and_user: Script,
    pub(super) user: Script,
    pub(super) fill: Script,
    pub(super) touch: Script,
    pub(super) write_data: Script,
    pub(super) end_version: Script,
    pub(super) rotate: Script,
    pub(super) index_add: Script,
    pub(super) put_new: Script,
    pub(super) take: Script,
    pub(super) remove_seen: Script,
    pub(super) exchange: Script,
    pub(super) probe: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            session_and_user: Script::new(include_str!("scripts/session_and_user.lua")),
            user: Script::new(include_str!("scripts/user.lua")),
            fill: Script::new(include_str!("scripts/fill.lua")),
            touch: Script::new(include_str!("scripts/touch.lua")),
            write_data: Script::new(include_str!("scripts/write_data.lua")),
            end_version: Script::new(include_str!("scripts/end_version.lua")),
            rotate: Script::new(include_str!("scripts/rotate.lua")),
            index_add: Script::new(include_str!("scripts/index_add.lua")),
            put_new: Script::new(include_str!("scripts/put_new.lua")),
            take: Script::new(include_str!("scripts/take.lua")),
            remove_seen: Script::new(include_str!("scripts/remove_seen.lua")),
            exchange: Script::new(include_str!("scripts/exchange.lua")),
            probe: Script::new(include_str!("scripts/probe.lua")),
        }
    }
}
