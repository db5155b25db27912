//! This application at the provider, and what the provider signs with.

use std::sync::Arc;

use crate::issuer::{JwsAlgorithm, OutsideKey};
use crate::key::{SigningAlgorithm, SigningKey};
use crate::oauth_client::ClientAuthentication;
use crate::secret::Secret;

use super::super::presets::SecretUse;
use super::place::refuse_unused;
use super::{Checked, Draft, given};

impl Draft<'_> {
    pub(super) fn authentication(&self) -> Checked<ClientAuthentication> {
        let entry = self.entry;
        if let Some(given) = &self.config.authentication {
            if entry.client_secret.is_some() || entry.client_key.is_some() {
                return Err(
                    "has an authentication and a secret or key beside it: remove one of them".to_owned()
                );
            }
            return Ok(given.clone());
        }
        let secret_use = self.preset.map_or(SecretUse::Optional, |preset| preset.secret);
        match (&entry.client_secret, &entry.client_key) {
            (Some(_), Some(_)) => {
                Err("has a `client_secret` and a `client_key`: remove one of them".to_owned())
            }
            (Some(secret), None) => self.by_secret(secret, secret_use),
            (None, Some(key)) => self.by_key(key, secret_use),
            (None, None) => self.without_secret(secret_use),
        }
    }

    /// Whether the provider's metadata decides how a secret is sent.
    pub(super) fn is_authentication_open(&self) -> bool {
        let is_presets_choice = self.preset.is_some_and(|preset| preset.secret != SecretUse::Optional);
        self.config.authentication.is_none()
            && self.entry.client_authentication.is_none()
            && !is_presets_choice
    }

    fn by_secret(&self, secret: &Secret, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        if secret.expose().trim().is_empty() {
            return Err("has an empty `client_secret`: set it, or remove it for a public client".to_owned());
        }
        self.refuse_key_ids()?;
        let in_form = match self.entry.client_authentication.as_deref() {
            None => !matches!(secret_use, SecretUse::Optional | SecretUse::NeededInHeader),
            Some("client_secret_basic") => false,
            Some("client_secret_post") => true,
            Some(other) => return Err(self.wrong_method(other, "a `client_secret`")),
        };
        Ok(if in_form {
            ClientAuthentication::SecretPost(secret.clone())
        } else {
            ClientAuthentication::SecretBasic(secret.clone())
        })
    }

    fn by_key(&self, pem: &Secret, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        if let Some(method) =
            self.entry.client_authentication.as_deref().filter(|method| *method != "private_key_jwt")
        {
            return Err(self.wrong_method(method, "a `client_key`"));
        }
        let read = |algorithm| SigningKey::from_pem(algorithm, pem.expose());
        let SecretUse::Signed { audience } = secret_use else {
            self.refuse_key_ids()?;
            let algorithms = [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256];
            let key = algorithms.into_iter().find_map(|algorithm| read(algorithm).ok());
            let key =
                key.ok_or("has a `client_key` that is no private key in PEM form for EdDSA, ES256 or RS256")?;
            return Ok(ClientAuthentication::PrivateKeyJwt(Arc::new(key)));
        };
        let key = read(SigningAlgorithm::Es256);
        let key = key.map_err(|_| "has a `client_key` that is not the text of Apple's .p8 file")?;
        let needed = |name: &str, text| {
            given(name, text)?
                .map(str::to_owned)
                .ok_or_else(|| format!("needs a `{name}` beside its `client_key`"))
        };
        Ok(ClientAuthentication::SignedSecret {
            team: needed("team_id", &self.entry.team_id)?,
            kid: needed("client_key_id", &self.entry.client_key_id)?,
            audience: audience.to_owned(),
            key: Arc::new(key),
        })
    }

    fn without_secret(&self, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        match secret_use {
            SecretUse::Needed | SecretUse::NeededInHeader => {
                return Err(
                    "has no `client_secret`: set it to the one that the provider gave with the client id"
                        .to_owned(),
                );
            }
            SecretUse::Signed { .. } => {
                return Err("has no `client_key`: set it to the text of Apple's .p8 file, and `client_key_id` and `team_id` to the \
                     ids of the key and of the team"
                    .to_owned());
            }
            SecretUse::Optional | SecretUse::OptionalInForm => self.refuse_key_ids()?,
        }
        match self.entry.client_authentication.as_deref() {
            None | Some("none") => Ok(ClientAuthentication::None),
            Some(method) => Err(self.wrong_method(method, "neither a `client_secret` nor a `client_key`")),
        }
    }

    fn refuse_key_ids(&self) -> Checked<()> {
        refuse_unused("client_key_id", &self.entry.client_key_id, false)?;
        refuse_unused("team_id", &self.entry.team_id, false)
    }

    fn wrong_method(&self, method: &str, beside: &str) -> String {
        format!(
            "has the `client_authentication` `{method}` and {beside}: `client_secret_basic` and `client_secret_post` go with a secret, \
             `private_key_jwt` with a key, `none` with neither"
        )
    }

    pub(super) fn algorithms(&self, is_openid_connect: bool) -> Checked<Vec<JwsAlgorithm>> {
        match self.entry.id_token_signed_response_alg.as_deref() {
            None => Ok(self.preset.map_or(&[][..], |preset| preset.id_token_algorithms).to_vec()),
            Some(_) if !is_openid_connect => {
                Err("has an `id_token_signed_response_alg`, and no ID tokens: remove it".to_owned())
            }
            Some(name) => JwsAlgorithm::from_name(name).map(|algorithm| vec![algorithm]).ok_or_else(|| {
                let names = JwsAlgorithm::ALL.map(JwsAlgorithm::name).join(", ");
                format!("has an `id_token_signed_response_alg` that is none of {names}")
            }),
        }
    }

    /// The client secret as the key of `HS256` tokens, where such are taken.
    pub(super) fn secret_key(
        &self,
        algorithms: &[JwsAlgorithm],
        authentication: &ClientAuthentication,
    ) -> Checked<Option<Arc<OutsideKey>>> {
        if !algorithms.contains(&JwsAlgorithm::Hs256) {
            return Ok(None);
        }
        let key = match authentication {
            ClientAuthentication::SecretBasic(secret) | ClientAuthentication::SecretPost(secret) => {
                OutsideKey::from_client_secret(secret).ok()
            }
            _ => None,
        };
        key.map(|key| Some(Arc::new(key))).ok_or_else(|| {
            "has HS256 ID tokens, which the client secret is the key of: that must have 32 bytes or more"
                .to_owned()
        })
    }
}
