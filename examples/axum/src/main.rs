//! The example app on axum. `cargo run -p example-axum` needs nothing else; then try:
//!
//! ```text
//! curl -i localhost:3000/private
//! curl -c jar -d username=alice --data-urlencode 'password=correct horse battery staple' localhost:3000/auth/login
//! curl -b jar localhost:3000/private
//! curl -b jar -X POST localhost:3000/auth/logout
//! ```

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth, listener) = example_shared::start().await?;
    let ready = example_shared::ready_line(&listener)?;
    Ok(example_axum::serve(auth, listener, ready).await?)
}
