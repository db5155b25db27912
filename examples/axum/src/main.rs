//! The example app on axum: `cargo run -p example-axum`.

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth, listener) = example_shared::start().await?;
    let ready = example_shared::ready_line(&listener)?;
    Ok(example_axum::serve(auth, listener, ready).await?)
}
