//! One application of ours logs people in by another one: both sides of the same specification, in one room.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::thread;

use auth_core::provider::ProviderConfig;
use auth_core::user::Email;
use conformance::{Browser, Framework, Page, Person, TestApp};

use crate::registered::SECRET;
use crate::relying_party::{allow, log_in, serving, shop};

/// A port that leads to another one, which is known later: each of the two has to know where the other is before it starts.
struct Door {
    port: u16,
    behind: Arc<OnceLock<u16>>,
}

impl Door {
    fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (port, behind) = (listener.local_addr().unwrap().port(), Arc::new(OnceLock::<u16>::new()));
        let led_to = behind.clone();
        thread::spawn(move || {
            for outside in listener.incoming().flatten() {
                let Some(port) = led_to.get() else { continue };
                let Ok(inside) = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)) else { continue };
                for (mut from, mut to) in [
                    (outside.try_clone().unwrap(), inside.try_clone().unwrap()),
                    (inside.try_clone().unwrap(), outside.try_clone().unwrap()),
                ] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        Self { port, behind }
    }
}

/// The application that people log in to, and the one that they log in by.
fn start(on: Framework) -> (TestApp, TestApp) {
    let door = Door::open();
    let issuer = format!("http://localhost:{}", door.port);
    let entry = ProviderConfig::openid_connect("work", &issuer, "shop").client_secret(SECRET);
    let client = on.start_with(|builder| builder.provider(entry));
    let callback = format!("{}/auth/login/work/callback", client.base);
    let bye = format!("http://localhost:{}/auth/login/work/backchannel-logout", client.port);
    let registered = shop().redirect_uris([callback]).backchannel_logout_uri(bye);
    let server = on.start_with(|builder| serving([registered])(builder.base_url(&issuer)));
    door.behind.set(server.port).unwrap();
    (client, server)
}

/// Somebody who has an account at the server, and logs in to the client by it.
fn log_in_by(client: &TestApp, server: &TestApp) -> (Browser, Page) {
    let carol = Person { name: "carol", password: "violet umbrella cactus seventeen" };
    server.block_on(async {
        let mut new = server.auth.users().new_user(carol.name).unwrap();
        new.email = Some(Email::new("carol@example.com").unwrap());
        new.email_verified = true;
        server.auth.users().create(new, carol.password).await.unwrap();
    });
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/auth/login/work?next=/private", client.base)).expect(200);
    let page = browser.submit(&page, "/auth/login/work", &[]).expect(200);
    assert!(page.url.contains("/auth/login?next="), "{:#?}", page.way);
    let page = log_in(&mut browser, &page, carol).expect(200);
    assert!(page.text().contains("Shop asks for access"), "{}", page.text());
    let page = allow(&mut browser, &page).expect(200);
    (browser, page)
}

pub(crate) fn who_logs_out_there_is_logged_out_here(on: Framework) {
    let (client, server) = start(on);
    let (browser, _) = log_in_by(&client, &server);
    let here = browser.cookie(&client.base, "session").unwrap();
    assert!(client.is_logged_in(here));
    // From elsewhere: a browser has one cookie of this name for both, whose hosts differ in the port alone.
    server.block_on(async {
        let carol = server.auth.users().find("carol").await.unwrap().unwrap();
        let sessions = server.auth.sessions().list(&carol).await.unwrap();
        assert!(server.auth.sessions().revoke(&carol.id, &sessions[0].handle).await.unwrap());
    });
    assert!(client.is_logged_in(here), "it is not told yet");
    server.block_on(server.auth.deliver_mail()).unwrap();
    assert!(!client.is_logged_in(here));
}

pub(crate) fn it_logs_people_in_by_our_own_server(on: Framework) {
    let (client, server) = start(on);
    let (_, page) = log_in_by(&client, &server);
    assert_eq!((page.url, page.reply.text()), (format!("{}/private", client.base), "hello carol".to_owned()));
}
