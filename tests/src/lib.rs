//! The harness of the conformance scenarios: each example's `app(auth)` in this process on a real socket, an injected
//! clock, seeded randomness, and a client that sends exactly the bytes it is told to.
//!
//! A scenario is a function of a [`Framework`]. It starts an app of its own and shares nothing with any other.
//!
//! Apps keep everything in memory, where a scenario does not ask for a SQLite file. With `CONFORMANCE_STORE` in the environment they keep
//! it elsewhere, but for those that are given stores with faults in them: `postgres` or `mysql`, a database of each app's own on the
//! server at `TEST_POSTGRES_URL` or `TEST_MYSQL_URL`; `redis`, accounts and keys in a SQLite file, and the rest in the Redis at
//! `TEST_REDIS_URL`; `postgres+redis` and `mysql+redis`, both.

#![expect(clippy::unwrap_used, reason = "a harness that fails is a test that panics")]

mod api;
mod app;
mod browser;
mod by_hand;
mod client;
mod django;
mod faults;
mod idp;
mod log;
mod mail_server;
mod mails;
mod passkeys;
mod program;
mod proxy;
mod redis;
mod reference;
mod second_factors;
mod server;
mod shop;
mod software;
mod sql_server;
mod taken;
mod visitors;

pub use self::app::{ALICE, BOB, Pair, Person, ROOT, TestApp};
pub use self::browser::{Browser, Form, Page, query};
pub use self::client::{Reply, Request, connect_and_send, form, json_body, parse};
pub use self::django::{DjangoDatabase, DjangoKind, DjangoProject, DjangoUsers, DjangoVersion};
pub use self::faults::{Faults, Gate, Place};
pub use self::idp::{Answer, CLIENT, IdToken, Idp, Key, Seen, Signature};
pub use self::log::Log;
pub use self::mail_server::{MailServer, Mood, TakenMail};
pub use self::passkeys::{Asked, asked};
pub use self::program::{Program, example_programs, port_of_example, without_settings};
pub use self::proxy::{Forwarding, Proxy};
pub use self::redis::{RedisPart, RedisServer};
pub use self::reference::{Audience, Documented, Trigger, assert_refusals, documented};
pub use self::second_factors::{Holders, MFA_REQUIRED, only_waits, waits, waits_in_a_browser};
pub use self::server::Framework;
pub use self::software::{Issuer, NodePackages, PythonPackages, Software};
pub use self::visitors::{FrontEnd, Visit, Visitors};

/// One test for each scenario and framework. A scenario is `crate::topic::name`, a function of the framework.
#[expect(clippy::crate_in_macro_def, reason = "scenarios stand in the crate of the tests that name them")]
#[macro_export]
macro_rules! scenarios {
    ($($topic:ident { $($name:ident,)* })*) => {
        $crate::scenarios!(@on axum Axum $($topic { $($name,)* })*);
        $crate::scenarios!(@on actix Actix $($topic { $($name,)* })*);
        $crate::scenarios!(@on rocket Rocket $($topic { $($name,)* })*);
    };
    (@on $framework:ident $variant:ident $($topic:ident { $($name:ident,)* })*) => {
        mod $framework {
            $(mod $topic {
                $(#[test]
                fn $name() {
                    crate::$topic::$name($crate::Framework::$variant);
                })*
            })*
        }
    };
}
