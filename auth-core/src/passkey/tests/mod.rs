//! The examples of the specification (WebAuthn Level 3 section 16), as far as their algorithm is asked for here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::check::{Wanted, key_of};
use super::config::RelyingParty;
use super::library::Library;
use super::public_key::PublicKey;
use super::read::{Challenge, Made, Used};
use super::{PasskeyConfig, kept};

/// An example, in hexadecimal: a credential that is made, and used.
struct Vector {
    id: &'static str,
    made_for: &'static str,
    made_client_data: &'static str,
    attestation: &'static str,
    used_for: &'static str,
    used_client_data: &'static str,
    authenticator_data: &'static str,
    signature: &'static str,
}

const VECTORS: [Vector; 2] = [
    Vector {
        // 16.2, "none" attestation with ES256
        id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
        made_for: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
        made_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
        attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
        used_for: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
        used_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
        authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
        signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
    },
    Vector {
        // 16.3, "packed" self-attestation with ES256
        id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
        made_for: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
        made_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
        attestation: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
        used_for: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
        used_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
        authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
        signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
    },
];

const WANTED: Wanted = Wanted { has_to_verify: false, has_to_name: false };

fn bytes(hex: &str) -> Vec<u8> {
    base16ct::mixed::decode_vec(hex).unwrap()
}

fn base64(hex: &str) -> String {
    URL_SAFE_NO_PAD.encode(bytes(hex))
}

fn challenge(hex: &str) -> Challenge {
    bytes(hex).try_into().unwrap()
}

fn party() -> RelyingParty {
    PasskeyConfig::default().relying_party("https://example.org", "example.org").unwrap()
}

fn made(vector: &Vector) -> Value {
    let (client_data, attestation) = (base64(vector.made_client_data), base64(vector.attestation));
    let response = json!({ "clientDataJSON": client_data, "attestationObject": attestation });
    json!({ "id": base64(vector.id), "rawId": base64(vector.id), "type": "public-key", "response": response })
}

fn used(vector: &Vector) -> Value {
    let response = json!({
        "clientDataJSON": base64(vector.used_client_data),
        "authenticatorData": base64(vector.authenticator_data),
        "signature": base64(vector.signature),
    });
    json!({ "id": base64(vector.id), "rawId": base64(vector.id), "type": "public-key", "response": response })
}

fn keeps(vector: &Vector) -> kept::Kept {
    let (party, made) = (party(), Made::parse(&made(vector)).unwrap());
    let library = Library::new(&party).unwrap();
    assert_eq!(made.client_data.challenge, challenge(vector.made_for));
    assert!(library.accepts_made(&challenge(vector.made_for), &made));
    assert!(!library.accepts_made(&challenge(vector.used_for), &made), "another challenge");
    party.made(&made, vec![7; 64]).unwrap().0
}

#[test]
fn what_the_specification_shows_is_kept_and_used() {
    for vector in VECTORS {
        let (kept, party, used) = (keeps(&vector), party(), Used::parse(&used(&vector)).unwrap());
        let library = Library::new(&party).unwrap();
        let shown = party.used(&used, &kept, WANTED).unwrap();
        assert_eq!(shown.counter, 0);
        let cose = key_of(&kept).unwrap();
        let key = PublicKey::parse(&cose).unwrap();
        assert!(library.accepts_used(&challenge(vector.used_for), &used, &key));
        assert!(!library.accepts_used(&challenge(vector.made_for), &used, &key), "another challenge");
    }
}

#[test]
fn a_bit_that_is_another_spoils_the_signature() {
    let [vector, other] = &VECTORS;
    let (kept, party) = (keeps(vector), party());
    let library = Library::new(&party).unwrap();
    let cose = key_of(&kept).unwrap();
    let (key, challenge) = (PublicKey::parse(&cose).unwrap(), challenge(vector.used_for));
    for (member, at) in [("authenticatorData", 36), ("signature", 40), ("signature", 4)] {
        let mut credential = used(vector);
        let held = &mut credential["response"][member];
        let mut changed = URL_SAFE_NO_PAD.decode(held.as_str().unwrap()).unwrap();
        changed[at] ^= 1;
        *held = json!(URL_SAFE_NO_PAD.encode(changed));
        let used = Used::parse(&credential).unwrap();
        assert!(!library.accepts_used(&challenge, &used, &key), "{member} {at}");
    }
    let of_other = keeps(other);
    let cose = key_of(&of_other).unwrap();
    let used = Used::parse(&used(vector)).unwrap();
    assert!(!library.accepts_used(&challenge, &used, &PublicKey::parse(&cose).unwrap()), "another key");
}

/// The statement of 16.3 is signed by the credential's own key: broken, it makes the credential none.
#[test]
fn a_statement_that_does_not_hold_is_refused() {
    let vector = &VECTORS[1];
    let library = Library::new(&party()).unwrap();
    let mut attestation = bytes(vector.attestation);
    attestation[60] ^= 1;
    let mut credential = made(vector);
    credential["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(attestation));
    let made = Made::parse(&credential).unwrap();
    assert!(!library.accepts_made(&challenge(vector.made_for), &made));
}
