//! The example app on actix-web: `cargo run -p example-actix`.

use std::error::Error;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth, listener) = example_shared::start().await?;
    let ready = example_shared::ready_line(&listener)?;
    Ok(example_actix::serve(auth, listener, ready).await?)
}
