//! What is shipped is right, and each way to leave the guard out is named.

use super::*;

const SIDECAR: &str = include_str!("../../../../envoy/istio/overlays/sidecar/envoyfilter.yaml");
const GATEWAY: &str = include_str!("../../../../envoy/istio/overlays/gateway/envoyfilter.yaml");
const WAYPOINT: &str = include_str!("../../../../envoy/istio/overlays/waypoint/waypoint.yaml");
const STANDALONE: &str = include_str!("../../../../envoy/standalone.yaml");

fn faults(text: &str) -> Vec<String> {
    let environment = |_: &str| Some("a key that is long enough for all".to_owned());
    read(text, &environment)
        .expect("it carries a configuration")
        .faults
}

#[test]
fn what_is_shipped_has_no_fault_but_the_name_that_is_to_be_filled_in() {
    for text in [SIDECAR, GATEWAY] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].ends_with("still has the example's name"));
    }
    assert_eq!(faults(WAYPOINT), Vec::<String>::new());
    assert_eq!(faults(STANDALONE), Vec::<String>::new());
}

#[test]
fn a_policy_is_none_of_these() {
    let environment = |_: &str| None;
    assert!(read("version: 1\ndatabase: chroma\nrules: []\n", &environment).is_none());
}

#[test]
fn each_way_to_leave_the_guard_out_is_named() {
    for (text, from, to, says) in [
        (
            SIDECAR,
            "failure_policy: FAIL_RELOAD",
            "faliure_policy: FAIL_RELOAD",
            "`config.faliure_policy` is no field",
        ),
        (
            SIDECAR,
            "failure_policy: FAIL_RELOAD",
            "failure_policy: FAIL_OPEN",
            "after a trap everything passes",
        ),
        (
            SIDECAR,
            "allow_on_headers_stop_iteration: true",
            "nack_on_code_cache_miss: false",
            "requests with a body would hang",
        ),
        (
            SIDECAR,
            "operation: INSERT_BEFORE",
            "operation: ADD",
            "after the router",
        ),
        (
            SIDECAR,
            "operation: INSERT_BEFORE",
            "operation: INSERT_FIRST",
            "before jwt_authn",
        ),
        (SIDECAR, "subFilter:", "subfilter:", "without `subFilter.name`"),
        (
            SIDECAR,
            "overwrite: true",
            "overwrite: false",
            "a key that the client sends wins",
        ),
        (
            SIDECAR,
            "apply_default_config_without_warming: true",
            "apply_default_config_without_warming: false",
            "first rollout",
        ),
        (
            SIDECAR,
            "\"version\": 1",
            "\"version\": 1, \"rulez\": []",
            "rulez",
        ),
        (
            WAYPOINT,
            "failStrategy: FAIL_RELOAD",
            "failStrategy: FAIL_OPEN",
            "failStrategy",
        ),
        (
            WAYPOINT,
            "hold_headers: false",
            "hold_headers: true",
            "cannot hold headers",
        ),
        (WAYPOINT, "@sha256:", ":latest-", "names no digest"),
        (
            STANDALONE,
            "match_typed_subject_alt_names:",
            "match_nothing:",
            "made out to another name",
        ),
        (
            STANDALONE,
            "failure_policy: FAIL_RELOAD",
            "fail_open: true",
            "everything passes",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let found = faults(&text.replace(from, to));
        assert!(
            found.iter().any(|fault| fault.contains(says)),
            "{to}: want {says:?} in {found:#?}"
        );
    }
}

#[test]
fn the_listeners_port_is_found_where_it_leaves_hbone_out() {
    let text = SIDECAR.replace(
        "          filterChain:",
        "          portNumber: 8000\n          filterChain:",
    );
    assert!(faults(&text).iter().any(|fault| fault.contains("HBONE")));
}

#[test]
fn what_a_plugin_cannot_reach_is_warned_of_and_is_no_fault() {
    let environment = |_: &str| Some("a key that is long enough for all".to_owned());
    let warnings = |text: &str| read(text, &environment).unwrap().warnings;
    assert_eq!(warnings(WAYPOINT), [""; 0]);
    for (section, says) in [("approval", "needs a human"), ("audit", "nothing is recorded")] {
        let text = WAYPOINT.replace(
            "    version: 1\n",
            &format!("    version: 1\n    {section}: {{ cluster: console }}\n"),
        );
        assert_eq!(faults(&text), [""; 0]);
        let [warning] = warnings(&text).try_into().unwrap();
        assert!(
            warning.contains(&format!("`{section}`")) && warning.contains(says),
            "{warning}"
        );
    }
    // Where the secret is put in on the cluster there is nothing to warn of.
    assert_eq!(warnings(SIDECAR), [""; 0]);
}
