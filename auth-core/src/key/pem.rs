//! Private keys in PEM.

use zeroize::Zeroizing;

use super::SigningAlgorithm;
use super::backend::{KeyRejected, Signer};

/// The fixed head of a PKCS#8 P-256 key: version 0 and the algorithm identifier (RFC 5958 section 2, RFC 5480).
const P256_PKCS8_HEAD: [u8; 24] = [
    0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

/// Reads the one private key of `text`: PKCS#8, SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`). Escaped line
/// ends, as some tools write them into environment variables, count as line ends.
pub(super) fn read(algorithm: SigningAlgorithm, text: &str) -> Result<Signer, KeyRejected> {
    let unescaped = Zeroizing::new(text.replace("\\n", "\n"));
    let blocks = pem::parse_many(unescaped.as_bytes()).map_err(|_| NOT_PEM)?;
    let mut keys = blocks.into_iter().filter(|block| block.tag() != "EC PARAMETERS");
    let (Some(key), None) = (keys.next(), keys.next()) else { return Err(NOT_PEM) };
    let tag = key.tag().to_owned();
    let der = Zeroizing::new(key.into_contents());
    match (tag.as_str(), algorithm) {
        ("PRIVATE KEY", _) => Signer::from_pkcs8(algorithm, &der),
        ("EC PRIVATE KEY", SigningAlgorithm::Es256) => Signer::from_pkcs8(algorithm, &p256_pkcs8(&der)),
        ("RSA PRIVATE KEY", SigningAlgorithm::Rs256) => Signer::from_rsa_pkcs1(&der),
        ("EC PRIVATE KEY" | "RSA PRIVATE KEY", _) => {
            Err(KeyRejected("the type of the private key does not fit the signing algorithm"))
        }
        ("ENCRYPTED PRIVATE KEY", _) => Err(KeyRejected("the private key must not be encrypted")),
        _ => Err(NOT_PEM),
    }
}

const NOT_PEM: KeyRejected = KeyRejected("the signing key must be one private key in PEM form");

/// Wraps a SEC 1 private key (RFC 5915) of P-256 into PKCS#8.
pub(super) fn p256_pkcs8(sec1: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(P256_PKCS8_HEAD.to_vec());
    push_der(&mut body, 0x04, sec1);
    let mut document = Zeroizing::new(Vec::new());
    push_der(&mut document, 0x30, &body);
    document
}

/// Appends tag, length and value (X.690 section 8.1) of up to 65 535 bytes; what is longer is cut and then no key.
fn push_der(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let value = &value[..usize::from(len)];
    let [high, low] = len.to_be_bytes();
    out.reserve_exact(4 + value.len());
    out.push(tag);
    match (high, low) {
        (0, 0..=0x7f) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(value);
}
