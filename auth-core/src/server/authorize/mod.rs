//! Authorization requests: read strictly, decided, kept while somebody logs in, and answered at the client.
//!
//! 1. What is wrong with `client_id` or `redirect_uri` is told to whoever sits before the browser, and to no client: it is not known
//!    whose it is. Everything else is told to the client, by a registered code.
//! 2. A request that somebody has to log in for waits, sealed, for the browser that brought it. What leads back to it is a path of ours
//!    with a random name, and never its own URL.
//! 3. It is decided anew each time that its browser comes back: whoever is logged in then, by whatever way in, is who is asked.
//! 4. It is answered once: what waits is taken.

mod answer;
mod arrive;
mod claims;
mod consent;
mod decide;
mod parameters;
mod prompt;
mod pushed;
mod read;
mod request;
mod waiting;

pub(crate) use self::answer::{Answer, ResponseMode};
pub(crate) use self::consent::{Decision, Proposal};
pub(crate) use self::decide::Step;
pub(super) use self::decide::covers;
pub(crate) use self::parameters::Parameters;
pub(super) use self::prompt::Prompt;
pub(crate) use self::pushed::PUSHED_LIFE;
pub(super) use self::read::shown;
pub(crate) use self::request::{AuthorizationRequest, Sent};
pub(crate) use self::waiting::{RequestHandle, WAITING_LIFE, WaitingRequests};
