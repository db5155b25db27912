//! Where the application and its login routes are on their host.
//!
//! The base URL may have a path, `https://app.example/shop`: the application is below `/shop`, and everything that browsers
//! are told (links, redirects, cookies) says so. Requests arrive in one of two ways, and nothing has to be set for either:
//!
//! 1. whole, `/shop/private`: the application mounts its routes below `/shop`, the login routes with them;
//! 2. without the base path, `/private`: a proxy took it away, and the application mounts its routes at the root.
//!
//! Which of them it is shows in the path, and decides nothing but which login route is meant and where a browser is sent back
//! to. No guard looks at a path. A setting would be one more thing that can be wrong; the price is that an application behind a proxy of
//! the second kind can have no route that begins like its base path.

use super::path::RoutePath;

/// Where the application and its login routes are.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The path of the base URL without a slash at its end; empty for an application that has its host to itself.
    base: String,
    /// Where the login routes are within the application: `/auth`.
    prefix: String,
    /// The two together.
    whole: String,
}

impl Place {
    pub(crate) fn new(base: &str, prefix: &str) -> Self {
        Self { base: base.to_owned(), prefix: prefix.to_owned(), whole: format!("{base}{prefix}") }
    }

    /// The application's front page.
    pub(crate) fn home(&self) -> String {
        format!("{}/", self.base)
    }

    /// Where the login routes are within the application.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Where browsers find a login route whose variable parts are these.
    pub(crate) fn of<const PARTS: usize>(&self, route: RoutePath<PARTS>, parts: [&str; PARTS]) -> String {
        format!("{}{}", self.whole, route.filled(parts))
    }

    /// A path as it came, perhaps with a query, as browsers know it.
    pub(crate) fn public(&self, path: &str) -> String {
        match below(path, &self.base) {
            Some(_) => path.to_owned(),
            None => format!("{}{path}", self.base),
        }
    }

    /// What a path could be within the application: what is below the base path, and the path itself.
    pub(crate) fn within<'a>(&self, path: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        below(path, &self.base).into_iter().chain(std::iter::once(path))
    }

    /// What of a path within the application is below the prefix of the login routes.
    pub(crate) fn login_route<'a>(&self, path: &'a str) -> Option<&'a str> {
        below(path, &self.prefix)
    }

    /// The path below which a login route was asked for that is neither the base path nor the root.
    pub(crate) fn elsewhere<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.within(path).any(|path| self.login_route(path).is_some()) {
            return None;
        }
        let mut leads = path.match_indices(&self.prefix).map(|(at, _)| path.split_at(at));
        leads.find_map(|(lead, rest)| self.login_route(rest).map(|_| lead))
    }
}

/// What follows the folder in a path: nothing, or something after a slash, a query or a fragment.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_public_whole_or_without_its_base_path() {
        let shop = Place::new("/shop", "/auth");
        for (came, public) in [
            ("/shop", "/shop"),
            ("/shop?page=2", "/shop?page=2"),
            ("/shop/private", "/shop/private"),
            ("/private", "/shop/private"),
            ("/private?next=/shop", "/shop/private?next=/shop"),
            ("/shopping", "/shop/shopping"),
            ("/Shop/private", "/shop/Shop/private"),
            ("/", "/shop/"),
        ] {
            assert_eq!(shop.public(came), public);
        }
        let alone = Place::new("", "/auth");
        assert_eq!(alone.public("/private"), "/private");
        assert_eq!((alone.home(), shop.home()), ("/".to_owned(), "/shop/".to_owned()));
    }

    #[test]
    fn a_login_route_is_found_both_ways_and_nowhere_else() {
        let find = |place: &Place, path: &str| {
            place.within(path).find_map(|path| place.login_route(path).map(str::to_owned))
        };
        let shop = Place::new("/shop", "/auth");
        for (path, route) in [
            ("/shop/auth/login", Some("/login")),
            ("/auth/login", Some("/login")),
            ("/auth", Some("")),
            ("/shop/authority", None),
            ("/shop/shop/auth/login", None),
            ("/shopauth/login", None),
            ("//shop/auth/login", None),
        ] {
            assert_eq!(find(&shop, path).as_deref(), route, "{path}");
        }
        let elsewhere = |path| shop.elsewhere(path);
        assert_eq!(elsewhere("/desk/auth/login"), Some("/desk"));
        assert_eq!(elsewhere("/authority/auth"), Some("/authority"));
        for path in ["/shop/auth/login", "/auth/login", "/auth/x/auth/login", "/desk/authority", "/private"] {
            assert_eq!(elsewhere(path), None, "{path}");
        }
        // A base path that reads like the prefix.
        let twice = Place::new("/auth", "/auth");
        assert_eq!(find(&twice, "/auth/auth/login").as_deref(), Some("/login"));
        assert_eq!(find(&twice, "/auth/login").as_deref(), Some("/login"));
    }
}
