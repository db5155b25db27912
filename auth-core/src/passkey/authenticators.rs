//! The models of authenticators that people are told by name.

use std::fmt;

/// The model of an authenticator, as it says itself (WebAuthn Level 3 section 6.5.1.1): 16 bytes, written like a UUID.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Aaguid(u128);

impl Aaguid {
    pub(super) fn new(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Reads the written form, in any case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let id = uuid::Uuid::try_parse(text).ok().filter(|_| text.len() == 36)?;
        Some(Self(id.as_u128()))
    }

    /// What people call it, where it is one of the common ones.
    pub(super) fn name(self) -> Option<&'static str> {
        let found = NAMES.binary_search_by_key(&self.0, |(aaguid, _)| *aaguid).ok()?;
        NAMES.get(found).map(|(_, name)| *name)
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_u128(self.0).hyphenated().fmt(f)
    }
}

/// The common ones, in the order of their numbers. Providers are called what the community list of
/// [passkey providers](https://github.com/passkeydeveloper/passkey-authenticator-aaguids) calls them (`aaguid.json` of 7 August 2026); keys
/// what their maker does: Yubico's table of FIDO2 AAGUIDs, and the tests of its `libfido2` for the first security key.
const NAMES: [(u128, &str); 28] = [
    (0x0898_7058_cadc_4b81_b6e1_30de_50dc_be96, "Windows Hello"),
    (0x0ea2_42b4_43c4_4a1b_8b17_dd6d_0b6b_aec6, "Keeper"),
    (0x2224_8c4c_7a12_46e2_9a41_4429_1b37_3a4d, "LogMeOnce"),
    (0x2fc0_579f_8113_47ea_b116_bb5a_8db9_202a, "YubiKey 5 NFC"),
    (0x5072_6f74_6f6e_5061_7373_5072_6f74_6f6e, "Proton Pass"),
    (0x5311_26d6_e717_415c_9320_3d9a_a698_1239, "Dashlane"),
    (0x5341_4d53_554e_4700_0000_0000_0000_0000, "Samsung Pass"),
    (0x6028_b017_b1d4_4c02_b4b3_afcd_afc9_6bb2, "Windows Hello"),
    (0x771b_48fd_d3d4_4f74_9232_fc15_7ab0_507a, "Edge on Mac"),
    (0x9ddd_1817_af5a_4672_a2b9_3e3d_d950_00a9, "Windows Hello"),
    (0xadce_0002_35bc_c60a_648b_0b25_f1f0_5503, "Chrome on Mac"),
    (0xb539_7666_4885_aa6b_cebf_e522_62a4_39a2, "Chromium Browser"),
    (0xb78a_0a55_6ef8_d246_a042_ba0f_6d55_050c, "LastPass"),
    (0xb84e_4048_15dc_4dd0_8640_f4f6_0813_c8af, "NordPass"),
    (0xb92c_3f9a_c014_4056_887f_140a_2501_163b, "Security Key by Yubico"),
    (0xbada_5566_a7aa_401f_bd96_4561_9a55_120d, "1Password"),
    (0xc5ef_55ff_ad9a_4b9f_b580_adeb_afe0_26d0, "YubiKey 5Ci"),
    (0xcb69_481e_8ff7_4039_93ec_0a27_29a1_54a8, "YubiKey 5"),
    (0xd548_826e_79b4_db40_a3d8_1111_6f7e_8349, "Bitwarden"),
    (0xdd4e_c289_e01d_41c9_bb89_70fa_845d_4bf2, "iCloud Keychain (Managed)"),
    (0xde50_3f9c_21a4_4f76_b4b7_558e_b55c_6f89, "Devolutions"),
    (0xea9b_8d66_4d01_1d21_3ce4_b6b4_8cb5_75d4, "Google Password Manager"),
    (0xee88_2879_721c_4913_9775_3dfc_ce97_072a, "YubiKey 5"),
    (0xf380_9540_7f14_49c1_a8b3_8f81_3b22_5541, "Enpass"),
    (0xf8a0_11f3_8c0a_4d15_8006_1711_1f9e_dc7d, "Security Key by Yubico"),
    (0xfa2b_99dc_9e39_4257_8f92_4a30_d23c_4118, "YubiKey 5 NFC"),
    (0xfbfc_3007_154e_4ecc_8c0b_6e02_0557_d7bd, "Apple Passwords"),
    (0xfdb1_41b2_5d84_443e_8a35_4698_c205_a502, "KeePassXC"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_found_in() {
        assert!(NAMES.is_sorted_by(|one, next| one.0 < next.0));
        let named = |text| Aaguid::parse(text).and_then(Aaguid::name);
        assert_eq!(named("bada5566-a7aa-401f-bd96-45619a55120d"), Some("1Password"));
        assert_eq!(named("BADA5566-A7AA-401F-BD96-45619A55120D"), Some("1Password"));
        assert_eq!(named("00000000-0000-0000-0000-000000000000"), None);
        let bytes = 0xbada_5566_a7aa_401f_bd96_4561_9a55_120d_u128.to_be_bytes();
        assert_eq!(Aaguid::new(bytes).to_string(), "bada5566-a7aa-401f-bd96-45619a55120d");
    }

    #[test]
    fn one_that_is_not_written_like_a_uuid_is_none() {
        for wrong in
            ["", "bada5566", "bada5566a7aa401fbd9645619a55120d", "{bada5566-a7aa-401f-bd96-45619a55120d}"]
        {
            assert_eq!(Aaguid::parse(wrong), None, "{wrong}");
        }
    }
}
