//! The response half: what the layer does once the handler has answered.

use crate::access::Rejection;
use crate::http::{RequestView, ResponseHead};

use super::{AuthContext, Cookies};

/// By what replies to a guarded request differ, as caches are told. Nearly every one carries it, so an adapter makes its framework's
/// form of it once.
pub const VARY: &str = "Cookie, Authorization";

/// What caches are told of replies that nobody may keep; as [`VARY`], worth making once.
pub const NO_STORE: &str = "no-store";

impl Cookies {
    fn into_lines(self) -> impl Iterator<Item = String> {
        [self.session, self.browser, self.known, self.pending, self.device, self.sign_up]
            .into_iter()
            .flatten()
    }
}

impl AuthContext {
    /// Puts a page, or a redirect, in the place of the JSON by which an error that a handler passed on by `?` was answered, where the
    /// request prefers one, or JSON in the application's own words: changes the head, and answers status and body. Other headers of the
    /// reply stay. Only where the handler took the context is the request known.
    pub(crate) fn page_for(
        &self,
        rejection: &Rejection,
        head: &mut impl ResponseHead,
    ) -> Option<(u16, Vec<u8>)> {
        let request = self.noted()?.observed.as_ref().map(|observed| observed.request.clone())?;
        self.touch();
        let page = rejection.page(&self.style(&*request), &*request)?;
        OF_THE_BODY.iter().for_each(|name| head.remove(name));
        for (name, value) in page.headers() {
            if name != "vary" {
                head.remove(name);
            }
            head.append(name, value.to_owned().into());
        }
        Some((page.status(), page.into_body()))
    }

    /// The response half's last step: writes cookies and caching headers onto whatever reply goes out.
    pub(crate) fn commit(&self, head: &mut impl ResponseHead) {
        if !self.is_touched() {
            return;
        }
        let cookies = self.noted().and_then(|mut state| state.cookies.take());
        let sets_cookie = cookies.is_some();
        for cookie in cookies.into_iter().flat_map(|cookies| cookies.into_lines()) {
            head.append("set-cookie", cookie.into());
        }
        head.append("vary", VARY.into());
        if sets_cookie {
            self.forbid_storing(head);
        } else if head.lines("cache-control").next().is_none() {
            head.append("cache-control", NO_STORE.into());
        }
    }

    /// Keeps a reply that sets a cookie of ours out of every cache, whatever the handler said: whoever is answered from there
    /// is logged in as somebody else.
    fn forbid_storing(&self, head: &mut impl ResponseHead) {
        let is_overruled =
            STORING.iter().flat_map(|name| head.lines(name)).any(|line| !forbids_storing(line));
        STORING.iter().for_each(|name| head.remove(name));
        let is_overruled = head.remove_ending(TARGETED) || is_overruled;
        head.append("cache-control", NO_STORE.into());
        if is_overruled {
            let state = self.noted();
            let observed = state.as_ref().and_then(|state| state.observed.as_ref());
            let path = observed.map(|observed| observed.request.path().to_owned());
            tracing::warn!(
                path,
                "a reply that sets a cookie of a login goes out with `Cache-Control: no-store` in place of what the handler said \
                 to caches"
            );
        }
    }
}

/// The headers that describe a body and end with it.
const OF_THE_BODY: [&str; 4] = ["content-encoding", "content-length", "content-type", "etag"];

/// The headers by which a reply says how long caches may keep it: for all of them (RFC 9111 section 5.2), and, in place of that,
/// of Akamai (`Edge-Control`), of reverse proxies ([Edge Architecture Specification](https://www.w3.org/TR/edge-arch/) section
/// 2.2), and of nginx (`ngx_http_proxy_module`, `proxy_cache_valid`).
const STORING: [&str; 4] = ["cache-control", "edge-control", "surrogate-control", "x-accel-expires"];

/// How the name ends of a header for some caches only (RFC 9213 section 2.1): each operator may add one beside
/// `CDN-Cache-Control`, Vercel's and Cloudflare's for instance.
const TARGETED: &str = "-cache-control";

fn forbids_storing(line: &[u8]) -> bool {
    line.split(|byte| *byte == b',').any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-store"))
}

#[cfg(test)]
mod tests {
    use crate::auth::Auth;
    use crate::http::AuthResponse;
    use crate::store::MemoryStore;

    use super::*;

    async fn committed(change: impl FnOnce(&AuthContext), said: &[(&'static str, &str)]) -> AuthResponse {
        let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
        let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await.unwrap();
        let context = auth.context();
        change(&context);
        let reply = AuthResponse::new(200);
        let mut reply = said.iter().fold(reply, |reply, (name, value)| reply.with_header(name, *value));
        context.commit(&mut reply);
        reply
    }

    fn lines<'a>(reply: &'a AuthResponse, name: &str) -> Vec<&'a str> {
        reply.headers().filter(|(held, _)| *held == name).map(|(_, value)| value).collect()
    }

    #[tokio::test]
    async fn a_reply_with_any_cookie_of_ours_is_never_stored() {
        let set: [fn(&AuthContext); 4] = [
            |context| context.state().cookies().session = Some("session=x".into()),
            |context| context.state().cookies().session = Some(context.auth().config().cookie.clear()),
            |context| context.state().cookies().browser = Some("session-login=x".into()),
            |context| context.state().cookies().pending = Some("pending=x".into()),
        ];
        for set in set {
            for said in [
                &[][..],
                &[("cache-control", "public"), ("cache-control", "max-age=60"), ("x-accel-expires", "60")],
                &[("cache-control", "private, No-Store"), ("cdn-cache-control", "max-age=60")],
                &[("vercel-cdn-cache-control", "max-age=60"), ("edge-control", "cache-maxage=1m")],
            ] {
                let touched = |context: &AuthContext| {
                    set(context);
                    context.touch();
                };
                let reply = committed(touched, said).await;
                assert_eq!(lines(&reply, "cache-control"), ["no-store"], "{said:?}");
                for name in
                    ["cdn-cache-control", "edge-control", "vercel-cdn-cache-control", "x-accel-expires"]
                {
                    assert_eq!(lines(&reply, name), [""; 0], "{said:?}");
                }
                assert_eq!(lines(&reply, "set-cookie").len(), 1);
            }
        }
    }

    #[tokio::test]
    async fn a_reply_without_one_keeps_what_the_handler_said() {
        let said = [("cache-control", "private, max-age=60"), ("surrogate-control", "no-store")];
        let reply = committed(AuthContext::touch, &said).await;
        assert_eq!(lines(&reply, "cache-control"), ["private, max-age=60"]);
        assert_eq!(lines(&reply, "surrogate-control"), ["no-store"]);
        let reply = committed(AuthContext::touch, &[]).await;
        assert_eq!(lines(&reply, "cache-control"), ["no-store"]);
        let reply = committed(|_| {}, &[]).await;
        assert_eq!((lines(&reply, "cache-control"), lines(&reply, "vary")), (vec![], vec![]));
    }
}
