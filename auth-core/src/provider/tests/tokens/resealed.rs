//! Kept tokens, after the application's secret was replaced.

use super::*;
use crate::tests::SECRET;

const NEWER: &str = "cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=";

impl World {
    /// The same application, with these secrets.
    async fn with_secrets(&self, text: &str) -> Auth {
        let stores = self.one.stores().clone();
        let builder = tests::builder().stores(stores).secret_text(text).clock(Arc::new(self.clock.clone()));
        builder.http_client(self.servers.clone()).provider(config()).build().await.unwrap()
    }
}

#[tokio::test]
async fn tokens_are_sealed_anew_and_stay_the_same() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    let old = world.held().await.tokens.unwrap();
    let newer = world.with_secrets(&format!("2:{NEWER},1:{SECRET}")).await;
    let resealed = newer.reseal().await.unwrap();
    assert_eq!((resealed.signing_keys, resealed.provider_tokens, resealed.lost_tokens), (1, 1, 0));
    let held = world.held().await.tokens.unwrap();
    assert_eq!((old[0], held[0]), (1, 2));
    let alone = world.with_secrets(&format!("2:{NEWER}")).await;
    let token = alone.providers().client(&world.user, "work").await.unwrap().access_token().await.unwrap();
    assert_eq!(token.expose(), "at1");
    let again = newer.reseal().await.unwrap();
    assert_eq!((again.signing_keys, again.provider_tokens), (0, 0), "once is enough");
}

#[tokio::test]
async fn tokens_that_no_secret_opens_are_counted_and_stay() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    let newer = world.with_secrets(&format!("2:{NEWER},1:{SECRET}")).await;
    let held = world.held().await;
    let strange = Some(vec![1; 60]);
    assert!(world.keeper().store.write_tokens(&held.id, held.tokens_version, strange.clone()).await.unwrap());
    let resealed = newer.reseal().await.unwrap();
    assert_eq!((resealed.provider_tokens, resealed.lost_tokens), (0, 1));
    assert_eq!(world.held().await.tokens, strange);
}
