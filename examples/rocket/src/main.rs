//! The example app on rocket: `cargo run -p example-rocket`.

use std::error::Error;

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth, listener) = example_shared::start().await?;
    let ready = example_shared::ready_line(&listener)?;
    Ok(example_rocket::serve(auth, listener, ready).await?)
}
