//! What a refresh costs on the memory backend, the new access token's signature included.
//!
//! `cargo bench -p auth-core --bench rotation`

use auth_core::Auth;
use auth_core::key::SigningAlgorithm;
use auth_core::login::Credentials;
use auth_core::password::{Argon2Params, PasswordConfig};
use auth_core::secret::Secret;
use auth_core::store::MemoryStore;
use auth_core::token::Client;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

const PASSWORD: &str = "correct horse battery staple";

async fn auth(algorithm: SigningAlgorithm) -> Auth {
    let cheap = Argon2Params::insecure_any_cost(8, 1, 1).expect("the parameters are possible");
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .store(MemoryStore::new())
        .password(PasswordConfig::default().with_params(cheap))
        .signing_algorithm(algorithm)
        .build()
        .await
        .expect("the settings are right");
    auth.migrate().await.expect("memory has nothing to migrate");
    let alice = auth.users().new_user("alice").expect("a name");
    auth.users().create(alice, PASSWORD).await.expect("alice is new");
    auth
}

async fn granted(auth: &Auth) -> Secret {
    let credentials = Credentials::Password { login: "alice", password: PASSWORD };
    let admitted = auth.admit(credentials, None).await.expect("the password is right");
    let admitted = admitted.admitted().expect("no factor is missing");
    auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await.expect("tokens are granted").refresh_token
}

fn rotation(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    for algorithm in SigningAlgorithm::ALL {
        let auth = runtime.block_on(auth(algorithm));
        let mut token = runtime.block_on(granted(&auth));
        c.bench_function(&format!("refresh, {algorithm}"), |bencher| {
            bencher.iter(|| {
                let refreshed = auth.tokens().refresh(token.expose(), Client::FIRST_PARTY, None);
                token = runtime.block_on(refreshed).expect("the token is the living one").refresh_token;
            });
        });
    }
}

criterion_group!(benches, rotation);
criterion_main!(benches);
