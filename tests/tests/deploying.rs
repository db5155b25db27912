//! What `examples/deploying` shows, held against the program: a compose file is no code, and nobody runs it here.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeSet;

use auth_core::testing::login_routes;
use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlLoader};

const COMPOSE: &str = include_str!("../../examples/deploying/compose.yaml");
const CADDYFILE: &str = include_str!("../../examples/deploying/Caddyfile");

fn compose() -> Yaml {
    YamlLoader::load_from_str(COMPOSE).unwrap().remove(0)
}

fn map(yaml: &Yaml) -> &Hash {
    yaml.as_hash().unwrap_or_else(|| panic!("no mapping: {yaml:?}"))
}

fn keys(yaml: &Yaml) -> BTreeSet<&str> {
    if yaml.is_badvalue() {
        return BTreeSet::new();
    }
    map(yaml).keys().map(|key| key.as_str().unwrap()).collect()
}

/// The names of a list, or the keys of a mapping: compose takes both.
fn names(yaml: &Yaml) -> BTreeSet<&str> {
    match yaml.as_vec() {
        Some(list) => list.iter().map(|name| name.as_str().unwrap()).collect(),
        None => keys(yaml),
    }
}

fn services(compose: &Yaml) -> impl Iterator<Item = (&str, &Yaml)> {
    map(&compose["services"]).iter().map(|(name, service)| (name.as_str().unwrap(), service))
}

#[test]
fn every_name_in_it_is_of_something_that_is_there() {
    let compose = compose();
    let (all, networks, volumes) =
        (keys(&compose["services"]), keys(&compose["networks"]), keys(&compose["volumes"]));
    for (name, service) in services(&compose) {
        assert!(service["image"].as_str().is_some_and(|image| image.contains(':')), "{name} has a version");
        assert!(names(&service["depends_on"]).is_subset(&all), "{name}");
        assert!(
            names(&service["networks"]).is_subset(&networks) && !service["networks"].is_badvalue(),
            "{name}"
        );
        for volume in service["volumes"].as_vec().into_iter().flatten() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            assert!(volumes.contains(from) || from == "./Caddyfile", "{name}: {from}");
        }
    }
}

#[test]
fn what_is_waited_for_can_be_reached() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let waits = service["depends_on"].as_hash().into_iter().flatten();
        for (other, how) in waits {
            let other_service = &compose["services"][other.as_str().unwrap()];
            match how["condition"].as_str().unwrap() {
                "service_healthy" => {
                    assert!(!other_service["healthcheck"].is_badvalue(), "{name} waits for {other:?}")
                }
                "service_completed_successfully" => assert_eq!(other_service["restart"].as_str(), Some("no")),
                other => panic!("{name}: {other}"),
            }
        }
    }
}

#[test]
fn three_servers_stand_behind_one_door() {
    let compose = compose();
    let servers: Vec<_> = services(&compose).filter(|(name, _)| name.starts_with("app")).collect();
    assert_eq!(servers.len(), 3);
    for (name, server) in &servers {
        assert!(CADDYFILE.contains(&format!("{name}:3000")), "{name}");
        assert_eq!(server["environment"], servers[0].1["environment"], "all of them alike");
    }
    let open: Vec<_> = services(&compose).filter(|(_, service)| !service["ports"].is_badvalue()).collect();
    assert_eq!(open.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["proxy"]);
}

#[test]
fn the_proxy_is_the_one_that_is_believed() {
    let compose = compose();
    let believed = compose["services"]["app1"]["environment"]["AUTH_TRUSTED_PROXIES"].as_str().unwrap();
    assert_eq!(compose["services"]["proxy"]["networks"]["inside"]["ipv4_address"].as_str(), Some(believed));
}

#[test]
fn no_secret_stands_in_it() {
    let compose = compose();
    for (name, service) in services(&compose) {
        for (variable, value) in service["environment"].as_hash().into_iter().flatten() {
            let (variable, value) = (variable.as_str().unwrap(), value.as_str().unwrap());
            let is_secret =
                ["SECRET", "PASSWORD", "REDISCLI_AUTH", "_URL"].iter().any(|word| variable.contains(word));
            assert!(
                !is_secret || value.contains("${") || value.starts_with("https://"),
                "{name}: {variable}"
            );
        }
    }
}

#[test]
fn the_settings_are_those_that_the_program_reads() {
    let compose = compose();
    let read = ["AUTH_BASE_URL", "AUTH_SECRET", "AUTH_TRUSTED_PROXIES", "DATABASE_URL", "REDIS_URL"];
    assert_eq!(keys(&compose["services"]["app1"]["environment"]), BTreeSet::from(read));
    let text = &compose["services"]["app1"]["environment"];
    auth_core::http::TrustedProxies::parse(text["AUTH_TRUSTED_PROXIES"].as_str().unwrap()).unwrap();
    // What redis-server is told is what is refused at start where it is not so.
    let redis: Vec<_> =
        compose["services"]["redis"]["command"].as_vec().unwrap().iter().filter_map(Yaml::as_str).collect();
    assert!(redis.windows(2).any(|words| words == ["--maxmemory-policy", "noeviction"]), "{redis:?}");
    assert!(redis.windows(2).any(|words| words == ["--appendonly", "yes"]), "{redis:?}");
}

#[test]
fn health_is_asked_at_routes_that_there_are() {
    let routes: BTreeSet<_> = login_routes().map(|(method, path)| format!("{method} /auth{path}")).collect();
    for (text, path) in [(COMPOSE, "/auth/health/live"), (CADDYFILE, "/auth/health/ready")] {
        assert!(text.contains(path) && routes.contains(&format!("GET {path}")), "{path}");
    }
}
