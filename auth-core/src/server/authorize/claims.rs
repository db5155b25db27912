//! What the parameter `claims` asks for (OpenID Connect Core 1.0 section 5.5).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::read::Fault;
use super::request::WantedFactor;

/// The parameter. What is not known in it is ignored, as section 5.5.1 wants it.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    id_token: BTreeMap<String, Option<Claim>>,
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it has to be what the specification says")]
    userinfo: BTreeMap<String, Option<Claim>>,
}

/// What is asked of one claim.
#[derive(Deserialize)]
struct Claim {
    #[serde(default)]
    essential: bool,
    #[serde(default)]
    value: Option<serde_json::Value>,
    #[serde(default)]
    values: Vec<serde_json::Value>,
}

impl Claim {
    fn asks_for(&self, value: &str) -> bool {
        self.value.iter().chain(&self.values).any(|asked| asked == value)
    }
}

/// How the ID token's `acr` is asked for.
pub(super) fn factor_of(text: &str) -> Result<WantedFactor, Fault> {
    let fault = || Fault::InvalidRequest("claims is not what it has to be");
    // serde would take a list for a structure.
    let is_object = text.trim_start().starts_with('{');
    let claims: Claims = serde_json::from_str(text).ok().filter(|_| is_object).ok_or_else(fault)?;
    Ok(match claims.id_token.get("acr") {
        Some(Some(acr)) if acr.asks_for(super::super::ACR_MFA) && acr.essential => WantedFactor::Demanded,
        Some(Some(acr)) if acr.asks_for(super::super::ACR_MFA) => WantedFactor::IfThere,
        _ => WantedFactor::No,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_essential_acr_is_demanded_and_another_one_is_a_wish() {
        let wanted = |text: &str| factor_of(text).unwrap();
        let demanded = r#"{"id_token":{"acr":{"essential":true,"values":["mfa"]}}}"#;
        assert_eq!(wanted(demanded), WantedFactor::Demanded);
        assert_eq!(wanted(r#"{"id_token":{"acr":{"value":"mfa"}}}"#), WantedFactor::IfThere);
        for other in [
            "{}",
            r#"{"id_token":{"acr":null,"auth_time":{"essential":true}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":["other"]}}}"#,
            r#"{"userinfo":{"acr":{"essential":true,"value":"mfa"},"email":null},"other":1}"#,
        ] {
            assert_eq!(wanted(other), WantedFactor::No, "{other}");
        }
        for bad in [
            "",
            "[]",
            "null",
            r#"{"id_token":1}"#,
            r#"{"id_token":{"acr":1}}"#,
            r#"{"id_token":{},"id_token":{}}"#,
        ] {
            assert!(factor_of(bad).is_err(), "{bad}");
        }
    }
}
