//! Who is at the other end, seen through listed proxies only.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::error::Error;

use super::RequestView;

/// The proxies whose `X-Forwarded-For` is believed. Every other forwarding header is ignored, always.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses and CIDR ranges, separated by commas.
    ///
    /// # Errors
    /// [`Configuration`](crate::error::ErrorKind::Configuration) when the list is empty or an entry is neither: an empty
    /// list in proxy mode would mean either "trust nobody" or "trust everybody", and neither is meant.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let nets = text.split(',').map(str::trim).map(parse_net).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(nets))
    }

    /// The client's address: the connection's, or, when that is a listed proxy's, the right-most entry of `X-Forwarded-For`
    /// that is no listed proxy. Each proxy adds to the right whom it was called by, so what stands left of that entry is
    /// the client's own say and is not looked at. An entry on the way that is no address hides whoever it stands for: then
    /// the client is the proxy itself.
    pub(crate) fn client(&self, view: &impl RequestView) -> Option<IpAddr> {
        let peer = view.peer().map(|peer| peer.to_canonical())?;
        if !self.trusts(peer) {
            return Some(peer);
        }
        let lines: Vec<&[u8]> = view.raw_header_lines("x-forwarded-for").collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')).map(parse_hop);
        let outermost = hops.find(|hop| hop.is_none_or(|hop| !self.trusts(hop)));
        Some(outermost.flatten().unwrap_or(peer))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

fn parse_net(text: &str) -> Result<IpNet, Error> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        Error::configuration(format!(
            "`{}` among the trusted proxies is neither an address nor a CIDR range: write 10.0.0.5 or 10.0.0.0/8, or leave the \
             setting out",
            text.escape_debug()
        ))
    })
}

/// One entry: an address, perhaps in brackets, with a port (`1.2.3.4:5`, `[::1]:5`) or with a zone (`fe80::1%eth0`), which
/// means something to the proxy only (RFC 4007 section 6).
fn parse_hop(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let (address, port) = match entry.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None if entry.matches(':').count() == 1 => entry.split_at(entry.find(':')?),
        None => (entry, ""),
    };
    if !port.is_empty() && port.strip_prefix(':')?.parse::<u16>().is_err() {
        return None;
    }
    let address = match address.split_once('%') {
        Some((address, _zone)) => address.parse::<Ipv6Addr>().ok()?.into(),
        None => address.parse::<IpAddr>().ok()?,
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::{from, raw_request, request_from};

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::parse("10.0.0.0/8, 192.0.2.1,2001:db8::/32").unwrap();
        let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        proxies.client(&request_from(peer, "GET", "/", &headers)).unwrap().to_string()
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        let all = TrustedProxies::default();
        let asked =
            request_from("10.0.0.1", "GET", "/", &[("x-forwarded-for", "1.1.1.1"), ("x-real-ip", "1.1.1.1")]);
        assert_eq!(all.client(&asked).unwrap().to_string(), "10.0.0.1");
    }

    #[test]
    fn the_right_most_hop_that_is_no_proxy_is_the_client() {
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["6.6.6.6", "198.51.100.1, 192.0.2.1"]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("2001:db8::1", &["[2001:4860::5]:443"]), "2001:4860::5");
        assert_eq!(client("10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_stands_left_of_the_client_changes_nothing() {
        for left in
            ["x", "unknown", "_hidden", "", " ", "10.0.0.3", "6.6.6.6", "\"", "1.2.3.4.5", "for=6.6.6.6"]
        {
            for right in ["", ", 10.0.0.2", ",192.0.2.1:443 ,10.0.0.2"] {
                let line = format!("{left}, 203.0.113.9{right}");
                assert_eq!(client("10.0.0.1", &[&line]), "203.0.113.9", "{line}");
                let lines = [left, &format!("203.0.113.9{right}")];
                assert_eq!(client("10.0.0.1", &lines), "203.0.113.9", "{lines:?}");
            }
        }
        let raw = raw_request(&[("x-forwarded-for", b"\xff, 203.0.113.9")]);
        let proxies = TrustedProxies::parse("10.0.0.1").unwrap();
        assert_eq!(proxies.client(&from("10.0.0.1", raw)).unwrap().to_string(), "203.0.113.9");
    }

    #[test]
    fn an_entry_that_is_no_address_hides_whoever_it_stands_for() {
        for lines in [
            &["unknown"][..],
            &["198.51.100.1, nonsense"],
            &["198.51.100.1, nonsense, 10.0.0.2"],
            &["198.51.100.1", "unknown"],
            &["198.51.100.1,"],
            &["198.51.100.1, unix:"],
            &["198.51.100.1:99999"],
            &["198.51.100.1%eth0"],
            &["[198.51.100.1"],
            &[""],
            &[],
            &["10.0.0.3"],
        ] {
            assert_eq!(client("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn ports_brackets_and_zones_are_no_part_of_an_address() {
        for (entry, address) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:4860::5]", "2001:4860::5"),
            ("[2001:4860::5]:443", "2001:4860::5"),
            ("\t2001:4860::5 ", "2001:4860::5"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("[::ffff:198.51.100.1]:80", "198.51.100.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[entry]), address, "{entry}");
        }
    }

    #[test]
    fn an_empty_or_broken_list_is_a_configuration_error() {
        for bad in ["", " ", "10.0.0.1,", "*", "10.0.0.0/33", "proxy.example"] {
            assert!(TrustedProxies::parse(bad).is_err(), "{bad:?}");
        }
    }
}
