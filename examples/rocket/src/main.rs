//! The example app on rocket. `cargo run -p example-rocket` needs nothing else; then try:
//!
//! ```text
//! curl -i localhost:3000/private
//! curl -c jar -d username=alice --data-urlencode 'password=correct horse battery staple' localhost:3000/auth/login
//! curl -b jar localhost:3000/private
//! curl -b jar -X POST localhost:3000/auth/logout
//! ```

#[rocket::main]
async fn main() -> Result<(), auth_core::Error> {
    let (auth, listener) = example_shared::start().await?;
    let ready = example_shared::ready_line(&listener)?;
    example_rocket::serve(auth, listener, ready).await.map_err(example_shared::stopped)
}
