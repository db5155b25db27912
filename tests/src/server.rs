//! Running an example app in this process, each framework in its own way, until it is dropped.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use auth_core::Auth;
use rocket::fairing::AdHoc;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::{api, by_hand, shop, taken};

/// The framework that an app runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framework {
    /// axum on tokio.
    Axum,
    /// actix-web on a system of its own.
    Actix,
    /// rocket on a runtime of its own.
    Rocket,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Axum, Self::Actix, Self::Rocket];
}

/// What is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Site {
    /// The API for tokens of other issuers.
    Api,
    /// Handlers that do things by hand.
    ByHand,
    /// The example app.
    Example,
    /// What the guides show.
    Guides,
    /// The login page that the recipes show.
    OwnLogin,
    /// The shop, its routes below this path.
    Shop(&'static str),
    /// Guards in each form.
    Taken,
}

/// A port that was taken before anything was built, because the base URL names it.
pub(crate) enum Port {
    Listening(TcpListener),
    /// Bound, so that nobody else is given it, but not listening: rocket opens its port by itself.
    Held(TcpSocket),
}

impl Port {
    pub(crate) fn take(framework: Framework) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        if framework == Framework::Rocket {
            let socket = TcpSocket::new_v4().unwrap();
            // Lets rocket's own socket bind beside this one.
            socket.set_reuseaddr(true).unwrap();
            socket.bind(any).unwrap();
            return Self::Held(socket);
        }
        let listener = TcpListener::bind(any).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self::Listening(listener)
    }

    pub(crate) fn number(&self) -> u16 {
        let address = match self {
            Self::Listening(listener) => listener.local_addr(),
            Self::Held(socket) => socket.local_addr(),
        };
        address.unwrap().port()
    }
}

/// A running app. It stops when this is dropped.
pub(crate) struct Server {
    stop: Option<Stop>,
    thread: Option<JoinHandle<()>>,
}

enum Stop {
    /// The future of the server is dropped, and its runtime with it.
    Drop(oneshot::Sender<()>),
    Actix(ServerHandle),
}

impl Server {
    /// Starts the app and waits until it can be reached.
    pub(crate) fn start(framework: Framework, site: Site, auth: Auth, port: Port) -> Self {
        let (ready, is_ready) = channel();
        let thread = thread::Builder::new().name(format!("{framework:?}"));
        let thread = match (framework, port) {
            (Framework::Axum, Port::Listening(listener)) => {
                thread.spawn(move || serve_axum(site, auth, listener, &ready))
            }
            (Framework::Actix, Port::Listening(listener)) => {
                thread.spawn(move || serve_actix(site, auth, listener, &ready))
            }
            (Framework::Rocket, Port::Held(socket)) => {
                thread.spawn(move || serve_rocket(site, &auth, socket, ready))
            }
            _ => unreachable!("each framework has its kind of port"),
        };
        let stop = is_ready.recv().expect("the server says that it is ready");
        Self { stop: Some(stop), thread: Some(thread.unwrap()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        match self.stop.take() {
            Some(Stop::Drop(stop)) => drop(stop.send(())),
            // The future only waits for the answer; the request to stop is out once it is made.
            Some(Stop::Actix(handle)) => drop(handle.stop(false)),
            None => {}
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// A runtime of one thread: a server under test needs no more, and two cores run many tests at once.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn serve_axum(site: Site, auth: Auth, listener: TcpListener, ready: &Sender<Stop>) {
    let runtime = runtime();
    runtime.block_on(async {
        let (stop, stopped) = oneshot::channel();
        let serving = async {
            let app = match site {
                Site::Example => return example_axum::serve(auth, listener, || ()).await.unwrap(),
                Site::Api => api::on_axum::app(&auth),
                Site::ByHand => by_hand::on_axum::app(&auth),
                Site::Guides => example_guides::on_axum::app(&auth),
                Site::OwnLogin => example_guides::on_axum::own_login(&auth),
                Site::Shop(path) => shop::on_axum::app(&auth, path),
                Site::Taken => taken::on_axum::app(&auth),
            };
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        };
        ready.send(Stop::Drop(stop)).unwrap();
        tokio::select! {
            () = serving => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
}

fn serve_actix(site: Site, auth: Auth, listener: TcpListener, ready: &Sender<Stop>) {
    let api = {
        let auth = auth.clone();
        move || App::new().configure(api::on_actix::routes(&auth)).wrap(auth_actix::middleware(&auth))
    };
    let guides = {
        let auth = auth.clone();
        let routes = example_guides::on_actix::routes;
        let app = move || App::new().configure(routes(&auth)).wrap(auth_actix::middleware(&auth));
        move || app().wrap(example_guides::cors())
    };
    let own_login = {
        let auth = auth.clone();
        let routes = example_guides::on_actix::own_login;
        move || App::new().configure(routes(&auth)).wrap(auth_actix::middleware(&auth))
    };
    let shop = {
        let auth = auth.clone();
        let routes = shop::on_actix::routes;
        move |path| move || App::new().configure(routes(&auth, path)).wrap(auth_actix::middleware(&auth))
    };
    let taken = {
        let auth = auth.clone();
        let routes = taken::on_actix::routes;
        move || App::new().configure(routes(&auth)).wrap(auth_actix::middleware(&auth))
    };
    actix_web::rt::System::new().block_on(async {
        let server = match site {
            Site::Example => HttpServer::new(move || example_actix::app(&auth))
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run(),
            Site::ByHand => HttpServer::new(move || by_hand::on_actix::app(&auth))
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run(),
            Site::Api => HttpServer::new(api).workers(1).disable_signals().listen(listener).unwrap().run(),
            Site::Guides => {
                HttpServer::new(guides).workers(1).disable_signals().listen(listener).unwrap().run()
            }
            Site::OwnLogin => {
                HttpServer::new(own_login).workers(1).disable_signals().listen(listener).unwrap().run()
            }
            Site::Shop(path) => {
                HttpServer::new(shop(path)).workers(1).disable_signals().listen(listener).unwrap().run()
            }
            Site::Taken => {
                HttpServer::new(taken).workers(1).disable_signals().listen(listener).unwrap().run()
            }
        };
        ready.send(Stop::Actix(server.handle())).unwrap();
        server.await.unwrap();
    });
}

fn serve_rocket(site: Site, auth: &Auth, socket: TcpSocket, ready: Sender<Stop>) {
    let runtime = runtime();
    runtime.block_on(async {
        let (stop, stopped) = oneshot::channel();
        let app = match site {
            Site::Example => example_rocket::app(auth),
            Site::Api => api::on_rocket::app(auth),
            Site::ByHand => by_hand::on_rocket::app(auth),
            Site::Guides => example_guides::on_rocket::app(auth),
            Site::OwnLogin => example_guides::on_rocket::own_login(auth),
            Site::Shop(path) => shop::on_rocket::app(auth, path),
            Site::Taken => taken::on_rocket::app(auth),
        };
        let app = app.attach(AdHoc::on_liftoff("ready", |_| {
            Box::pin(async move { ready.send(Stop::Drop(stop)).unwrap() })
        }));
        let port = socket.local_addr().unwrap().port();
        let config = app.figment().clone().merge(("port", port)).merge(("shutdown.ctrlc", false));
        tokio::select! {
            result = app.configure(config).launch() => drop(result.unwrap()),
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
    drop(socket);
}
