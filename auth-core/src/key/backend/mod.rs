//! The signature backend, chosen once: AWS-LC when its feature is on, else the RustCrypto crates.
//!
//! Both offer the same two types: a `Signer` (a private or symmetric key, parsed) and a `Verifier` (a public or
//! symmetric key, parsed). jsonwebtoken parses a key at each call, which costs more than the whole rest of a
//! verification; hence the backends' own primitives here.

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
compile_error!("auth-core needs a signature backend: turn on the feature `aws-lc-rs` or `rust-crypto`");

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
mod rust_crypto;

#[cfg(feature = "aws-lc-rs")]
pub(super) use aws_lc::{PROVIDER, Signer, Verifier, generate_rsa_pkcs8};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
pub(super) use rust_crypto::{PROVIDER, Signer, Verifier, generate_rsa_pkcs8};

/// Why a backend took no key; the words are for the operator.
#[derive(Debug)]
pub(super) struct KeyRejected(pub(super) &'static str);

/// Makes this crate's signature backend the one of the `jsonwebtoken` crate too, which cannot choose by itself when
/// both are compiled in. Call it before using `jsonwebtoken` directly; calling it again changes nothing, and neither
/// does it replace a backend that the application installed first.
pub fn install_backend() {
    // The error only says that one is installed already.
    let _ = PROVIDER.install_default();
}
