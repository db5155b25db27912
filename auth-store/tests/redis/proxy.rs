//! A way to a Redis on which things get lost.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What becomes of what passes by.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Way {
    Open,
    /// Redis gets what it is asked, and its answers to scripts are lost, with all that follows them.
    AnswersAreLost,
    /// Redis gets what it is asked, and the connection of the next script is lost in place of its answer. Then the way is open.
    NextConnectionIsLost,
    /// The next script is held up until the way is open, and so is all that follows it on its connection.
    NextScriptIsHeld,
    /// One is.
    ScriptIsHeld,
}

/// Passes on what comes for a Redis, each connection in threads of its own.
pub(crate) struct Proxy {
    port: u16,
    road: Arc<Road>,
}

struct Road {
    way: Mutex<Way>,
    changed: Condvar,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        Self::between(0, port)
    }

    /// Listens on a port of its own, or on any where that is 0.
    pub(crate) fn between(own: u16, port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, own)).unwrap();
        let road = Arc::new(Road { way: Mutex::new(Way::Open), changed: Condvar::new() });
        let proxy = Self { port: listener.local_addr().unwrap().port(), road: road.clone() };
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
                connect(client.unwrap(), server, road.clone());
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn set(&self, way: Way) {
        *self.road.way.lock().unwrap() = way;
        self.road.changed.notify_all();
    }
}

impl Road {
    /// A script comes by: what becomes of its answer. It comes back when the script may go on.
    fn pass(&self) -> Way {
        let mut way = self.way.lock().unwrap();
        if *way == Way::NextScriptIsHeld {
            *way = Way::ScriptIsHeld;
            while *way == Way::ScriptIsHeld {
                way = self.changed.wait(way).unwrap();
            }
        }
        let this = *way;
        if this == Way::NextConnectionIsLost {
            *way = Way::Open;
        }
        this
    }
}

fn connect(client: TcpStream, server: TcpStream, road: Arc<Road>) {
    // What becomes of the answers of this connection.
    let answers = Arc::new(Mutex::new(Way::Open));
    let (asking, asked, set) = (client.try_clone().unwrap(), server.try_clone().unwrap(), answers.clone());
    thread::spawn(move || {
        copy(asking, asked, |bytes| {
            if bytes.windows(7).any(|part| part == b"EVALSHA") {
                *set.lock().unwrap() = road.pass();
            }
            Some(true)
        });
    });
    thread::spawn(move || {
        copy(server, client, |_| match *answers.lock().unwrap() {
            Way::AnswersAreLost => Some(false),
            Way::NextConnectionIsLost => None,
            _ => Some(true),
        });
    });
}

/// Passes on what is passed on, until that says that it is over.
fn copy(mut from: TcpStream, mut to: TcpStream, is_passed_on: impl Fn(&[u8]) -> Option<bool>) {
    let mut bytes = [0; 1 << 14];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        match is_passed_on(&bytes[..length]) {
            Some(false) => {}
            Some(true) if to.write_all(&bytes[..length]).is_ok() => {}
            _ => break,
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
