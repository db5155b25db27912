//! Handlers that do things by hand, once for each framework: what the example apps have no route for.
//!
//! | route | what its handler does |
//! |---|---|
//! | POST `/in` | logs alice in, and tells caches to keep the reply |
//! | POST `/out` | logs out, and tells caches to keep the reply |
//! | POST `/sign-up` | makes the account that the body names, and logs it in |
//! | POST `/form` | logs in by name and password, one a line of the body, and passes errors on by `?` |
//! | POST `/guest` | logs a guest in, and answers the id and how often they came by |
//! | GET `/refused` | passes on an error, beside a header of its own |
//! | OPTIONS, and whatever has an `Origin` | CORS as an application does it, for <https://spa.example> |

use auth_core::error::ErrorKind;
use auth_core::{AuthContext, Error};

/// What a handler may tell caches, by mistake or for a reason.
const CACHES: [(&str, &str); 5] = [
    ("cache-control", "public, max-age=600"),
    ("cdn-cache-control", "max-age=600"),
    ("cloudflare-cdn-cache-control", "max-age=600"),
    ("surrogate-control", "max-age=600"),
    ("x-accel-expires", "600"),
];

/// The origin of the application's front end.
const SPA: &str = "https://spa.example";

async fn log_in(context: &AuthContext) -> Result<(), Error> {
    let alice = context.auth().users().find("alice").await?.ok_or(ErrorKind::NotFound)?;
    context.login(&alice.id).await.map(drop)
}

async fn sign_up(context: &AuthContext, name: &str) -> Result<(), Error> {
    context.check_origin()?;
    let users = context.auth().users();
    let user = users.create_without_password(users.new_user(name)?).await?;
    context.login(&user.id).await.map(drop)
}

async fn guest(context: &AuthContext) -> Result<String, Error> {
    let user = context.login_guest().await?;
    let times: u32 = context.session_value("times").await?.unwrap_or(0) + 1;
    context.set_session_value("times", &times).await?;
    Ok(format!("{} {times}", user.id))
}

async fn log_in_by_form(context: &AuthContext, body: &str) -> Result<(), Error> {
    let typed = body.split_once('\n').ok_or_else(|| Error::invalid_request("two lines are wanted"))?;
    let admitted = context.authenticate(typed.0, typed.1).await?;
    context.login_admitted(admitted, false).await
}

fn refused() -> Result<(), Error> {
    Err(ErrorKind::PermissionDenied.into())
}

pub(crate) mod on_axum {
    use auth_axum::{AuthContext, Rejection};
    use auth_core::Auth;
    use axum::Router;
    use axum::extract::Request;
    use axum::http::{HeaderValue, Method, StatusCode};
    use axum::middleware::{Next, from_fn};
    use axum::response::{IntoResponse, Response};
    use axum::routing::{get, post};

    use super::{CACHES, SPA};

    pub(crate) fn app(auth: &Auth) -> Router {
        Router::new()
            .route("/in", post(log_in))
            .route("/out", post(log_out))
            .route("/sign-up", post(sign_up))
            .route("/form", post(form))
            .route("/guest", post(guest))
            .route("/refused", get(refused).layer(from_fn(with_own_header)))
            .merge(auth_axum::routes(auth))
            .layer(auth_axum::layer(auth))
            .layer(from_fn(cors))
    }

    async fn log_in(context: AuthContext) -> Result<impl IntoResponse, Rejection> {
        super::log_in(&context).await?;
        Ok((CACHES, "in"))
    }

    async fn log_out(context: AuthContext) -> Result<impl IntoResponse, Rejection> {
        context.logout().await?;
        Ok((CACHES, "out"))
    }

    async fn sign_up(context: AuthContext, name: String) -> Result<&'static str, Rejection> {
        super::sign_up(&context, &name).await?;
        Ok("ok")
    }

    async fn guest(context: AuthContext) -> Result<String, Rejection> {
        Ok(super::guest(&context).await?)
    }

    async fn form(context: AuthContext, body: String) -> Result<&'static str, Rejection> {
        super::log_in_by_form(&context, &body).await?;
        Ok("ok")
    }

    async fn refused(_context: AuthContext) -> Result<&'static str, Rejection> {
        super::refused()?;
        Ok("ok")
    }

    async fn with_own_header(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-own", HeaderValue::from_static("1"));
        response
    }

    async fn cors(request: Request, next: Next) -> Response {
        let is_preflight = request.method() == Method::OPTIONS;
        let is_spa = request.headers().get("origin").is_some_and(|origin| origin == SPA);
        let mut response =
            if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
        if is_spa {
            response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static(SPA));
        }
        response
    }
}

pub(crate) mod on_actix {
    use actix_web::body::{EitherBody, MessageBody};
    use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
    use actix_web::http::Method;
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::middleware::{DefaultHeaders, Next, from_fn};
    use actix_web::web::{get, post, resource};
    use actix_web::{App, Error, HttpResponse};
    use auth_actix::{AuthContext, Rejection};
    use auth_core::Auth;

    use super::{CACHES, SPA};

    pub(crate) fn app(
        auth: &Auth,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        App::new()
            .route("/in", post().to(log_in))
            .route("/out", post().to(log_out))
            .route("/sign-up", post().to(sign_up))
            .route("/form", post().to(form))
            .route("/guest", post().to(guest))
            .service(
                resource("/refused").wrap(DefaultHeaders::new().add(("x-own", "1"))).route(get().to(refused)),
            )
            .configure(auth_actix::routes(auth))
            .wrap(auth_actix::middleware(auth))
            .wrap(from_fn(cors))
    }

    fn kept(body: &'static str) -> HttpResponse {
        let mut reply = HttpResponse::Ok();
        for header in CACHES {
            reply.insert_header(header);
        }
        reply.body(body)
    }

    async fn log_in(context: AuthContext) -> Result<HttpResponse, Rejection> {
        super::log_in(&context).await?;
        Ok(kept("in"))
    }

    async fn log_out(context: AuthContext) -> Result<HttpResponse, Rejection> {
        context.logout().await?;
        Ok(kept("out"))
    }

    async fn sign_up(context: AuthContext, name: String) -> Result<&'static str, Rejection> {
        super::sign_up(&context, &name).await?;
        Ok("ok")
    }

    async fn guest(context: AuthContext) -> Result<String, Rejection> {
        Ok(super::guest(&context).await?)
    }

    async fn form(context: AuthContext, body: String) -> Result<&'static str, Rejection> {
        super::log_in_by_form(&context, &body).await?;
        Ok("ok")
    }

    async fn refused(_context: AuthContext) -> Result<&'static str, Rejection> {
        super::refused()?;
        Ok("ok")
    }

    async fn cors<B: MessageBody>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error> {
        let is_spa = request.headers().get("origin").is_some_and(|origin| origin == SPA);
        let mut response = if request.method() == Method::OPTIONS {
            request.into_response(HttpResponse::NoContent().finish()).map_into_right_body()
        } else {
            next.call(request).await?.map_into_left_body()
        };
        if is_spa {
            let name = HeaderName::from_static("access-control-allow-origin");
            response.headers_mut().insert(name, HeaderValue::from_static(SPA));
        }
        Ok(response)
    }
}

pub(crate) mod on_rocket {
    use auth_core::Auth;
    use auth_rocket::{AuthContext, Rejection};
    use rocket::config::{Config, LogLevel};
    use rocket::fairing::AdHoc;
    use rocket::http::Status;
    use rocket::response::{self, Responder, Response};
    use rocket::{Build, Request, Rocket, get, options, post, routes};

    use super::{CACHES, SPA};

    pub(crate) fn app(auth: &Auth) -> Rocket<Build> {
        rocket::custom(Config { log_level: LogLevel::Off, ..Config::default() })
            .mount("/", routes![log_in, log_out, sign_up, form, guest, refused, preflight])
            .mount("/", auth_rocket::routes(auth))
            .attach(auth_rocket::fairing(auth))
            .attach(AdHoc::on_response("CORS", |request, response| {
                Box::pin(async move {
                    if request.headers().get_one("origin") == Some(SPA) {
                        response.set_raw_header("access-control-allow-origin", SPA);
                    }
                })
            }))
    }

    struct Kept(&'static str);

    impl<'r> Responder<'r, 'static> for Kept {
        fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
            let mut reply = Response::build_from(self.0.respond_to(request)?);
            for (name, value) in CACHES {
                reply.raw_header(name, value);
            }
            reply.ok()
        }
    }

    struct WithOwnHeader(Rejection);

    impl<'r> Responder<'r, 'static> for WithOwnHeader {
        fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
            Response::build_from(self.0.respond_to(request)?).raw_header("x-own", "1").ok()
        }
    }

    #[post("/in")]
    async fn log_in(context: AuthContext) -> Result<Kept, Rejection> {
        super::log_in(&context).await?;
        Ok(Kept("in"))
    }

    #[post("/out")]
    async fn log_out(context: AuthContext) -> Result<Kept, Rejection> {
        context.logout().await?;
        Ok(Kept("out"))
    }

    #[post("/sign-up", data = "<name>")]
    async fn sign_up(context: AuthContext, name: String) -> Result<&'static str, Rejection> {
        super::sign_up(&context, &name).await?;
        Ok("ok")
    }

    #[post("/guest")]
    async fn guest(context: AuthContext) -> Result<String, Rejection> {
        Ok(super::guest(&context).await?)
    }

    #[post("/form", data = "<body>")]
    async fn form(context: AuthContext, body: String) -> Result<&'static str, Rejection> {
        super::log_in_by_form(&context, &body).await?;
        Ok("ok")
    }

    #[get("/refused")]
    fn refused(_context: AuthContext) -> Result<&'static str, WithOwnHeader> {
        super::refused().map_err(|error| WithOwnHeader(error.into()))?;
        Ok("ok")
    }

    #[options("/<_..>")]
    fn preflight() -> Status {
        Status::NoContent
    }
}
