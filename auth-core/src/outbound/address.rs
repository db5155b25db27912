//! Which addresses may be called.
//!
//! The blocks are those of the IANA registries of special-purpose addresses (RFC 6890), as of 2025.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::OutboundConfig;

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reach {
    /// This machine.
    Loopback,
    /// The network around it.
    Private,
    /// Anybody on the Internet.
    Public,
    /// No server: multicast, unspecified, reserved, or another address in disguise.
    Special,
}

impl OutboundConfig {
    /// Whether this address, to which `name` resolved, may be connected to. A client of the application's own asks it about
    /// every address at the time of connecting, and connects to no other.
    pub fn allows_address(&self, name: &str, address: IpAddr) -> bool {
        // Such a name is called without TLS: whatever answers for it must not lead off the machine.
        let is_on_machine = !is_loopback_name(name) || reach(address) == Reach::Loopback;
        is_on_machine && self.allows(address)
    }

    fn allows(&self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Loopback => self.allows_loopback,
            Reach::Private => self.allows_private_addresses,
            Reach::Public => true,
            Reach::Special => false,
        }
    }

    /// Whether the URL may be called, as far as its text tells.
    pub(super) fn allows_url(&self, url: &Url) -> bool {
        let is_allowed_host = match url.host() {
            Some(Host::Domain(name)) => self.allows_loopback || !is_loopback_name(name),
            Some(Host::Ipv4(address)) => self.allows(address.into()),
            Some(Host::Ipv6(address)) => self.allows(address.into()),
            None => false,
        };
        is_allowed_host && (url.scheme() == "https" || is_loopback(url))
    }
}

/// Whether the URL names this very machine, so that nobody reads along even without TLS.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => reach(address.into()) == Reach::Loopback,
        Some(Host::Ipv6(address)) => reach(address.into()) == Reach::Loopback,
        None => false,
    }
}

/// Whether the name is one of those that never leave the machine (RFC 6761 section 6.3).
fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Loopback,
        // RFC 1918; RFC 6598, addresses behind a provider's NAT; RFC 3927, where clouds keep their metadata.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [169, 254, ..] => {
            Reach::Private
        }
        // "This network"; IETF protocols; documentation; relays of 6to4; benchmarks; multicast and beyond.
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Reach::Special,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return reach_v4(mapped);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        // RFC 4193 and RFC 4291 section 2.5.6.
        [0xfc00..=0xfdff, ..] | [0xfe80..=0xfebf, ..] => Reach::Private,
        // The translator's prefix (RFC 6052): in a network without IPv4 every old host has such an address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => translated(high, low),
        // IETF protocols, Teredo among them; documentation, twice; 6to4 (RFC 7526: no more).
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2002, ..] => Reach::Special,
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Outside of what is given out as unicast (RFC 4291 section 2.4).
        _ => Reach::Special,
    }
}

/// An IPv4 address behind a translator. One that is not public would be an address near the translator.
fn translated(high: u16, low: u16) -> Reach {
    let address = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    if reach_v4(address) == Reach::Public { Reach::Public } else { Reach::Special }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: [&str; 6] = [
        "http://127.0.0.1:9000/token",
        "http://127.8.9.10/",
        "http://[::1]:9000/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost:9000/",
        "http://idp.LOCALHOST./",
    ];

    /// The odd spellings are those that the URL parser turns into addresses.
    const PRIVATE: [&str; 14] = [
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://100.127.255.255/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0xa9.0xfe.0xa9.0xfe/",
        "https://0251.0376.0251.0376/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
        "https://[fc00::1]/",
        "https://[fe80::1]/",
    ];

    const SPECIAL: [&str; 26] = [
        "https://0.0.0.0/",
        "https://0/",
        "https://0.1.2.3/",
        "https://192.0.0.8/",
        "https://192.0.2.1/",
        "https://192.88.99.1/",
        "https://198.18.0.1/",
        "https://198.19.255.255/",
        "https://198.51.100.1/",
        "https://203.0.113.1/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::808:808]/",
        "https://[100::1]/",
        "https://[2001::1]/",
        "https://[2001:db8::1]/",
        "https://[2002:7f00:1::]/",
        "https://[3fff::1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:0.0.0.0]/",
    ];

    const PUBLIC: [&str; 8] = [
        "https://idp.example/",
        "https://8.8.8.8/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://[2606:4700::1111]/",
        "https://[64:ff9b::808:808]/",
        "https://localhost.example/",
        "https://notlocalhost/",
    ];

    fn config(allows_loopback: bool, allows_private_addresses: bool) -> OutboundConfig {
        OutboundConfig { allows_loopback, allows_private_addresses, ..OutboundConfig::default() }
    }

    fn allowed<'u>(config: &OutboundConfig, urls: &[&'u str]) -> Vec<&'u str> {
        urls.iter().copied().filter(|url| config.allows_url(&Url::parse(url).unwrap())).collect()
    }

    #[test]
    fn public_addresses_are_called_over_https_only() {
        for config in [config(false, false), config(true, true)] {
            assert_eq!(allowed(&config, &PUBLIC), PUBLIC);
            let plain = PUBLIC.map(|url| url.replace("https", "http"));
            assert!(allowed(&config, &plain.each_ref().map(String::as_str)).is_empty());
        }
    }

    #[test]
    fn loopback_is_called_where_it_is_allowed_over_plain_http_too() {
        assert!(allowed(&config(false, true), &LOOPBACK).is_empty());
        assert_eq!(allowed(&config(true, false), &LOOPBACK), LOOPBACK);
        let secure = LOOPBACK.map(|url| url.replace("http", "https"));
        assert_eq!(allowed(&config(true, false), &secure.each_ref().map(String::as_str)).len(), secure.len());
    }

    #[test]
    fn private_addresses_are_called_where_they_are_allowed_and_never_over_plain_http() {
        assert!(allowed(&config(true, false), &PRIVATE).is_empty());
        assert_eq!(allowed(&config(false, true), &PRIVATE), PRIVATE);
        let plain = PRIVATE.map(|url| url.replace("https", "http"));
        assert!(allowed(&config(true, true), &plain.each_ref().map(String::as_str)).is_empty());
    }

    #[test]
    fn special_addresses_are_never_called() {
        assert!(allowed(&config(true, true), &SPECIAL).is_empty());
    }

    #[test]
    fn resolved_addresses_follow_the_same_rules() {
        let allows =
            |config: &OutboundConfig, text: &str| config.allows_address("idp.example", text.parse().unwrap());
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(allows(&config(true, false), address) && !allows(&config(false, true), address));
        }
        for address in ["10.1.2.3", "fd00::1", "169.254.169.254"] {
            assert!(allows(&config(false, true), address) && !allows(&config(true, false), address));
        }
        assert!(allows(&config(false, false), "8.8.8.8") && !allows(&config(true, true), "0.0.0.0"));
    }

    #[test]
    fn names_of_this_machine_lead_nowhere_else() {
        let everything = config(true, true);
        for (address, is_allowed) in
            [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false), ("8.8.8.8", false)]
        {
            assert_eq!(everything.allows_address("idp.localhost", address.parse().unwrap()), is_allowed);
        }
    }
}
