//! Who is at the other end, seen through listed proxies only.

use std::net::IpAddr;

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

    /// The client's address: the connection's, or, when that is a listed proxy's, the right-most address of
    /// `X-Forwarded-For` that is no listed proxy. A line that holds anything but addresses is not believed at all.
    pub(crate) fn client(&self, view: &impl RequestView) -> Option<IpAddr> {
        let peer = view.peer().map(|peer| peer.to_canonical())?;
        if !self.trusts(peer) {
            return Some(peer);
        }
        let hops = forwarded_hops(view).unwrap_or_default();
        Some(hops.into_iter().rev().find(|hop| !self.trusts(*hop)).unwrap_or(peer))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// Every hop of every line, in order; `None` when anything in them is not an address.
fn forwarded_hops(view: &impl RequestView) -> Option<Vec<IpAddr>> {
    let mut hops = Vec::new();
    for line in view.header_lines("x-forwarded-for") {
        for hop in std::str::from_utf8(line).ok()?.split(',') {
            hops.push(parse_hop(hop.trim())?);
        }
    }
    Some(hops)
}

fn parse_net(text: &str) -> Result<IpNet, Error> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        Error::configuration(
            "the list of trusted proxies holds something that is neither an address nor a CIDR range: give it entries like \
             10.0.0.5 or 10.0.0.0/8, or leave proxy mode off",
        )
    })
}

/// One hop: an address, perhaps with a port (`1.2.3.4:5`, `[::1]:5`).
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare.or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::request_from;

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
    fn garbage_means_the_proxy_itself() {
        for lines in
            [&["unknown"][..], &["198.51.100.1, nonsense"], &["198.51.100.1,"], &[""], &[], &["10.0.0.3"]]
        {
            assert_eq!(client("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn an_empty_or_broken_list_is_a_configuration_error() {
        for bad in ["", " ", "10.0.0.1,", "*", "10.0.0.0/33", "proxy.example"] {
            assert!(TrustedProxies::parse(bad).is_err(), "{bad:?}");
        }
    }
}
